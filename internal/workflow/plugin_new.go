package workflow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/scaffold"
)

// PluginNew writes a new plugin into plugins/NAME: a package of Spellbook's own
// module, or in another repository a module that requires Spellbook as the
// repository itself does.
func (w *Workflow) PluginNew(ctx context.Context, name string) error {
	return w.atShelf(ctx, func(ctx context.Context, s *shelf) error {
		if err := s.mayBe(name); err != nil {
			return err
		}
		files, err := scaffold.New(name)
		if err != nil {
			return err
		}
		dir := path.Join("plugins", name)
		for _, f := range files {
			if err := writeFile(s.layout.Path(dir, f.Path), f.Text); err != nil {
				return err
			}
		}
		if !s.isOwn() {
			if err := s.module(ctx, dir, name); err != nil {
				return errors.Join(err, os.RemoveAll(s.layout.Path(dir)))
			}
		}
		_, err = fmt.Fprintf(w.Out, "wrote %s\n→ mage plugin:test %s, mage plugin:sync, mage plugin:enable %s\n", dir, name, name)
		return err
	})
}

// mayBe refuses a name that somebody else has, and a directory that is there.
func (s *shelf) mayBe(name string) error {
	if err := scaffold.CheckName(name); err != nil {
		return err
	}
	all, err := s.known()
	if err != nil {
		return err
	}
	if e, ok := all[name]; ok {
		return failure.New(failure.Usage, "there is a plugin %q already: %s, %s", name, e.Kind, s.where(e.Source)).WithHint("take another name")
	}
	if _, err := os.Lstat(s.layout.Path("plugins", name)); !errors.Is(err, fs.ErrNotExist) {
		return failure.New(failure.Usage, "plugins/%s is there already", name).WithHint("take another name, or remove that directory")
	}
	targets, err := s.targetNames()
	if err != nil {
		return err
	}
	return clash(name, targets)
}

// isOwn: this is Spellbook's own repository.
func (s *shelf) isOwn() bool {
	mine, err := os.Stat(s.host.Module)
	if err != nil {
		return false
	}
	here, err := os.Stat(s.layout.Root)
	return err == nil && os.SameFile(mine, here)
}

// module writes the plugin's go.mod: it requires Spellbook in the version, and
// with the replacement, of the repository.
func (s *shelf) module(ctx context.Context, dir, name string) error {
	r, err := s.w.requirement(ctx, s.layout)
	if err != nil {
		return err
	}
	root, err := s.moduleOf(ctx, ".")
	if err != nil {
		return err
	}
	at := s.layout.Path(dir)
	quiet := *s.w
	quiet.Environ = append(append([]string{}, s.w.Environ...), "GOWORK=off")
	edit := []string{"mod", "edit", "-require=" + spellbook + "@" + first(r.Version, "v0.0.0")}
	if r.Replace != nil {
		edit = append(edit, "-replace="+spellbook+"="+replacement(at, r))
	}
	// The sums that the repository knows need not be asked for.
	if sums, err := os.ReadFile(s.layout.Path("go.sum")); err == nil {
		if err := writeFile(filepath.Join(at, "go.sum"), string(sums)); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"mod", "init", path.Join(root, "plugins", name)}, edit, {"mod", "tidy"}} {
		if _, err := quiet.goCommand(ctx, at, args...); err != nil {
			return err
		}
	}
	return nil
}

// replacement is that of the repository, seen from the plugin's directory.
func replacement(from string, r requirement) string {
	if r.Replace.Version != "" {
		return r.Replace.Path + "@" + r.Replace.Version
	}
	if filepath.IsAbs(r.Replace.Path) {
		return r.Replace.Path
	}
	if relative, err := filepath.Rel(resolved(from), resolved(r.Replace.Dir)); err == nil {
		return filepath.ToSlash(relative) // with ../ first: nothing of Spellbook lies in a plugin's directory
	}
	return r.Replace.Dir
}

// resolved is a directory without symbolic links, through which ../ would lead
// elsewhere.
func resolved(dir string) string {
	if path, err := filepath.EvalSymlinks(dir); err == nil {
		return path
	}
	return dir
}
