package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/infinitescribe/spellbook/internal/dockerfile"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// readDockerfile reads what is on this machine; a context that is elsewhere has
// its Dockerfile with it.
func (l *inputLook) readDockerfile(b plan.Build, in *BuildInputs) error {
	name, text := "dockerfile_inline of service "+b.Services[0], []byte(b.Inline)
	if b.Inline == "" {
		if !filepath.IsAbs(b.Dockerfile) {
			return nil
		}
		var err error
		in.Path, name = b.Dockerfile, l.o.Short(b.Dockerfile)
		if text, err = os.ReadFile(b.Dockerfile); err != nil {
			return noDockerfile(b, name, err)
		}
		if target := beyond(b.Dockerfile); target != "" {
			return failure.New(failure.Preflight, "service %s: Dockerfile %s is a link to %s; a builder is sent the Dockerfile's own directory alone", b.Services[0], name, l.o.Short(target)).
				WithHint("write dockerfile: %s, or put the file where the link is", relative(b.Context, target))
		}
	}
	sum := sha256.Sum256(text)
	in.Dockerfile = hex.EncodeToString(sum[:])
	var err error
	if in.Text, err = dockerfile.Parse(name, text); err != nil {
		frontend := dockerfile.Foreign(text)
		if frontend == "" {
			return err
		}
		in.Remote = append(in.Remote, "what "+frontend+" reads there")
	}
	return nil
}

// beyond is what a file is that is a link out of its own directory, else "". An absolute
// link is one: a builder takes its path to begin at that directory.
func beyond(file string) string {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return ""
	}
	defer root.Close() //nolint:errcheck // nothing was written
	if _, err = root.Stat(filepath.Base(file)); err == nil {
		return ""
	}
	target, _ := filepath.EvalSymlinks(file)
	return target
}

// relative is a path as build.dockerfile has it; of a context that is elsewhere it is absolute.
func relative(context, path string) string {
	if dir, err := filepath.EvalSymlinks(context); err == nil && filepath.IsAbs(context) {
		if rel, err := filepath.Rel(dir, path); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return path
}

// found is the Dockerfile that buildx takes: dockerfile where there is no
// Dockerfile. Source: docker/buildx, build/opt.go handleLowercaseDockerfile.
func found(path string) string {
	dir, name := filepath.Split(path)
	if name != "Dockerfile" || !filepath.IsAbs(path) {
		return path
	}
	entries, err := os.ReadDir(dir) // as a disk may take either name for the other
	has := func(name string) bool {
		return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name })
	}
	if err == nil && !has(name) && has("dockerfile") {
		return filepath.Join(dir, "dockerfile")
	}
	return path
}

// address is a URL that was joined to a context's path.
var address = lazyregexp.New(`/https?:/`)

func noDockerfile(b plan.Build, name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := os.Stat(b.Context); gone != nil && filepath.IsAbs(b.Context) {
			return failure.New(failure.Preflight, "service %s: there is no build context %s", b.Services[0], b.Context).
				WithHint("correct build.context in the Compose file")
		}
		if address.MatchString(filepath.ToSlash(b.Dockerfile)) {
			return failure.New(failure.Preflight, "service %s: build.dockerfile is a URL, which docker compose takes for a path below the context", b.Services[0]).
				WithHint("make it the context, build: URL, where it copies nothing; else fetch the file, or name a Git repository")
		}
		return failure.New(failure.Preflight, "service %s: there is no Dockerfile %s", b.Services[0], name).
			WithHint("write it, or correct build.dockerfile in the Compose file, which is relative to build.context")
	}
	return failure.New(failure.Preflight, "service %s: read Dockerfile %s: %w", b.Services[0], name, err).WithHint("correct build.dockerfile in the Compose file")
}

// unused are the build arguments that do nothing.
func unused(declared []string, args map[string]string) []string {
	var list []string
	for name := range args {
		if !slices.Contains(declared, name) && !dockerfile.Predefined(name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}
