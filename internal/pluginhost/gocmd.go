package pluginhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// settings are the variables that change what the go command builds.
var settings = []string{
	"GOROOT", "GOTOOLCHAIN", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOFLAGS", "GOEXPERIMENT", "GOFIPS140", "GOWORK", "GOENV", "GOMODCACHE",
	"GOPATH", "CGO_ENABLED", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS", "CC", "CXX", "AR", "PKG_CONFIG",
}

// settings are those of Environ, in order.
func (h *Host) settings() []string {
	list := make([]string, 0, len(settings))
	for _, name := range settings {
		list = append(list, name+"="+h.getenv(name))
	}
	return list
}

// getenv is the last value of a variable, which is the one that counts.
func (h *Host) getenv(name string) string {
	for _, e := range slices.Backward(h.Environ) {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// goEnviron is that of a build for this machine: without cgo, so that the
// binary depends on no C compiler that happens to be there, unless that is
// asked for. Other people's modules get neither cgo nor a workspace.
func (h *Host) goEnviron(s source) []string {
	env := slices.DeleteFunc(slices.Clone(h.Environ), func(e string) bool {
		return strings.HasPrefix(e, "GOOS=") || strings.HasPrefix(e, "GOARCH=")
	})
	if s.whole != "" || h.getenv("CGO_ENABLED") == "" {
		env = append(env, "CGO_ENABLED=0")
	}
	return append(env, "GOWORK="+s.work)
}

// tools stamps the go command and the file of its settings. The command's
// version is asked for when one of them changed.
func (h *Host) tools() ([]stamp, error) {
	path, err := host.Find("go", h.Environ)
	if err != nil {
		return nil, failure.New(failure.Preflight, "go is not in PATH: plugins are built from source").
			WithHint("install Go: https://go.dev/doc/install")
	}
	file := h.getenv("GOENV")
	if file == "" {
		file = filepath.Join(h.getenv("HOME"), ".config", "go", "env")
		if dir := h.getenv("XDG_CONFIG_HOME"); dir != "" {
			file = filepath.Join(dir, "go", "env")
		}
	}
	now := h.now()
	return []stamp{look(path, now), look(file, now)}, nil
}

// command runs the go command in dir; what it wrote to stderr is in the error.
func (h *Host) command(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	run := h.run
	if run == nil {
		run = local.Run
	}
	var out bytes.Buffer
	errs := &head{left: 64 << 10}
	err := run(ctx, local.Command{Argv: append([]string{"go"}, args...), Dir: dir, Env: env, Stdout: &out, Stderr: errs})
	var exit *local.ExitError
	if errors.As(err, &exit) {
		return out.Bytes(), &goError{args: args, text: errs.String()}
	}
	return out.Bytes(), err
}

// goError is a go command that ended with an error.
type goError struct {
	args []string
	text string // of stderr
}

func (e *goError) Error() string { return "go " + e.args[0] + ": " + manifest.Printable(e.text) }

// lines are the first of what the command said, for a terminal.
func (e *goError) lines() []string {
	var list []string
	for line := range strings.Lines(e.text) {
		if line = strings.TrimRight(manifest.Printable(line), " "); line != "" {
			list = append(list, line)
		}
	}
	if len(list) > 10 {
		list = append(list[:10], "…")
	}
	return list
}

// head keeps the beginning of what is written to it.
type head struct {
	strings.Builder
	left int
}

func (w *head) Write(p []byte) (int, error) {
	n, _ := w.Builder.Write(p[:min(len(p), w.left)])
	w.left -= n
	return len(p), nil
}

// toolVersion is what the go command says of itself for a source.
func (h *Host) toolVersion(ctx context.Context, s source) (string, error) {
	args := append([]string{"env", "GOVERSION", "GOOS", "GOARCH"}, settings...)
	out, err := h.command(ctx, s.module, h.goEnviron(s), args...)
	return string(out), err
}

// listed is what go list says of a package.
type listed struct {
	Dir           string
	Standard      bool
	EmbedPatterns []string
	Module        *struct {
		Main    bool
		Version string
		GoMod   string
		Replace *struct{ Version, GoMod string }
	}
}

// isLocal: not of the standard library, nor of a version in the module cache.
func (p listed) isLocal(module string) bool {
	switch {
	case p.Standard || p.Dir == "":
		return false
	case p.Module == nil || p.Module.Main || policy.Below(filepath.ToSlash(module), filepath.ToSlash(p.Dir)):
		return true
	}
	return p.Module.Replace != nil && p.Module.Replace.Version == ""
}

// inputs are the directories of all packages that are not in the module cache,
// and the go.mod files of their modules. A module of somebody else must not
// have any outside of itself: its h1 sum would say nothing of them.
func (h *Host) inputs(ctx context.Context, s source) ([]string, error) {
	out, err := h.command(ctx, s.dir, h.goEnviron(s), append([]string{"list", "-e", "-deps", "-json=Dir,Standard,Module,EmbedPatterns"}, s.mode(".")...)...)
	if err != nil {
		return nil, err
	}
	dirs := []string{s.dir}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read go list: %w", err)
		}
		if !p.isLocal(s.module) {
			continue
		}
		if s.whole != "" && !policy.Below(filepath.ToSlash(s.dir), filepath.ToSlash(p.Dir)) {
			return nil, failure.New(failure.Preflight, "plugin %q: its go.mod replaces a module by a directory outside of it", s.name).
				WithHint("ask its author for a version without replace")
		}
		dirs = append(dirs, p.Dir)
		if len(p.EmbedPatterns) > 0 {
			dirs = append(dirs, p.Dir+"/")
		}
		if p.Module != nil && p.Module.GoMod != "" {
			dirs = append(dirs, p.Module.GoMod)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), nil
}

// mode adds how modules are found: go.mod is never written to. The module
// cache is read-only anyway, and a vendor directory is used where there is one.
func (s source) mode(args ...string) []string {
	if look(filepath.Join(s.module, "vendor", "modules.txt"), time.Time{}).Size >= 0 && s.whole == "" {
		return args
	}
	return append([]string{"-mod=readonly"}, args...)
}
