package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
)

// form is the version of what is digested, and of how a snapshot lies on the engine.
const form = "1"

// How much is read of what services bind; more of it is no init script.
const (
	mostFiles = 20_000
	mostBytes = 256 << 20
)

// TooMuchError is a bound directory that is too large to be part of a digest.
type TooMuchError struct{ Service, Path string }

func (e *TooMuchError) Error() string {
	return fmt.Sprintf("%s binds %s, which has more than %d files or %d MiB", e.Service, e.Path, mostFiles, mostBytes>>20)
}

// written is what of a service decides what it writes.
type written struct {
	Image                      string
	Command, Entrypoint        types.ShellCommand
	Environment                map[string]string
	User, WorkingDir, Platform string
	Volumes, Configs, Secrets  []string
	Tmpfs                      []string
	DependsOn                  []string
	Hooks                      []types.ServiceHook
	Sysctls                    types.Mapping
	Ulimits                    map[string]*types.UlimitsConfig
	ReadOnly, Privileged       bool
}

// digest sums all that a snapshot is made by: of each service of its scope the image,
// what it runs, its variables, and the content of what it binds or is given, and the
// plugins that it is of. The project's own name, which every stack has another of, stands for itself.
func digest(p *project.Project, s Scope, images map[string]docker.ImageConfig) (string, error) {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s %q %q\n", form, s.Held, keys(s.Volumes))
	for _, name := range s.Services {
		w, err := service(p, name, images)
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(w)
		if err != nil {
			return "", fmt.Errorf("digest service %q: %w", name, err)
		}
		_, _ = fmt.Fprintf(sum, "%s %s\n", name, strings.ReplaceAll(string(text), p.Name, "\x00"))
	}
	for _, f := range p.Fragments() {
		if slices.ContainsFunc(f.Services, func(name string) bool { return slices.Contains(s.Services, name) }) {
			_, _ = fmt.Fprintf(sum, "plugin %s %s %q\n", f.Plugin, f.Sum, values(p, f))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:10]), nil
}

// values are a plugin's, whose hooks may write with them. A published port, which every
// stack has another of, and the project's name stand for themselves.
func values(p *project.Project, f project.Fragment) (list []string) {
	ports := map[string]bool{}
	for _, one := range p.Model.Services {
		for _, port := range one.Ports {
			ports[port.Published] = true
		}
	}
	for _, name := range f.Variables {
		value := strings.ReplaceAll(p.Variable(name), p.Name, "\x00")
		if ports[value] && value != "" {
			value = "\x00port"
		}
		list = append(list, name+"="+value)
	}
	return list
}

// MadeOf sums all that a whole stack is made from but images, whether volumes hold it or
// not, and names these services' images. What is built here, keeps no data and is no part
// of a one-shot's way is left out: it is an application, whose files are its source.
func MadeOf(p *project.Project, images map[string]docker.ImageConfig) (sum string, refs []string, err error) {
	f := &finder{p: p}
	f.oneShots()
	behind := map[string]bool{}
	for name := range f.shots {
		for _, on := range f.closure(name) {
			behind[on] = true
		}
	}
	var s Scope
	for _, name := range p.Services() {
		one := p.Model.Services[name]
		if one.Build != nil && !behind[name] && len(images[one.Image].Volumes) == 0 {
			continue
		}
		s.Services = append(s.Services, name)
		refs = append(refs, one.Image)
	}
	sum, err = digest(p, s, nil)
	return sum, refs, err
}

func service(p *project.Project, name string, images map[string]docker.ImageConfig) (w written, err error) {
	s := p.Model.Services[name]
	w = written{Image: firstOf(images[s.Image].ID, s.Image), Command: s.Command, Entrypoint: s.Entrypoint, Environment: map[string]string{}, User: s.User,
		WorkingDir: s.WorkingDir, Platform: s.Platform, Hooks: append(append([]types.ServiceHook{}, s.PostStart...), s.PreStop...),
		Sysctls: s.Sysctls, Ulimits: s.Ulimits, ReadOnly: s.ReadOnly, Privileged: s.Privileged, Tmpfs: s.Tmpfs}
	for key, value := range s.Environment {
		if value != nil {
			w.Environment[key] = *value
		}
	}
	for _, d := range p.Dependencies(name) {
		w.DependsOn = append(w.DependsOn, d.On+" "+d.Condition)
	}
	for _, v := range s.Volumes {
		text := v.Type + " " + v.Target
		if v.Type == types.VolumeTypeBind {
			content, err := files(v.Source)
			if errors.Is(err, errTooMuch) {
				return w, &TooMuchError{Service: name, Path: p.Short(v.Source)}
			}
			if err != nil {
				return w, fmt.Errorf("digest what %s binds: %w", name, err)
			}
			text += " " + content
		} else {
			text += " " + v.Source
			if v.Volume != nil {
				text += fmt.Sprintf(" %q %t", v.Volume.Subpath, v.Volume.NoCopy)
			}
		}
		w.Volumes = append(w.Volumes, text)
	}
	for _, ref := range s.Configs {
		text, err := object(types.FileObjectConfig(p.Model.Configs[ref.Source]), p)
		if err != nil {
			return w, err
		}
		w.Configs = append(w.Configs, ref.Source+" "+ref.Target+" "+text)
	}
	for _, ref := range s.Secrets {
		text, err := object(types.FileObjectConfig(p.Model.Secrets[ref.Source]), p)
		if err != nil {
			return w, err
		}
		w.Secrets = append(w.Secrets, ref.Source+" "+ref.Target+" "+text)
	}
	return w, nil
}

// object sums a config or secret: of a file, a variable or a text.
func object(o types.FileObjectConfig, p *project.Project) (string, error) {
	if o.File != "" {
		return files(o.File)
	}
	sum := sha256.Sum256([]byte(o.Content + "\x00" + p.Variable(o.Environment)))
	return hex.EncodeToString(sum[:]), nil
}

var errTooMuch = errors.New("too much")

// files sums a file, or all below a directory: names, modes, targets of links, content.
// Sockets, pipes and devices have none; of what is not there the sum says so.
func files(root string) (string, error) {
	sum, n, left := sha256.New(), 0, int64(mostBytes)
	if at, err := filepath.EvalSymlinks(root); err == nil {
		root = at
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil {
			return err
		}
		if n++; n > mostFiles {
			return errTooMuch
		}
		rel, _ := filepath.Rel(root, path)
		return entry(sum, path, rel, d, &left)
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

func entry(sum hash.Hash, path, rel string, d fs.DirEntry, left *int64) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(sum, "%q %s\n", filepath.ToSlash(rel), info.Mode())
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		_, _ = fmt.Fprintf(sum, "%q\n", target)
		return err
	case !info.Mode().IsRegular():
		return nil
	}
	if *left -= info.Size(); *left < 0 {
		return errTooMuch
	}
	_, _ = fmt.Fprintln(sum, info.Size())
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.Copy(sum, file)
	return err
}
