package workflow

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// PluginEnable puts a plugin into the stack: its name into PLUGINS of the active
// environment, and those of its variables that are missing into that file and
// into the template. What is there stays as it is.
func (w *Workflow) PluginEnable(ctx context.Context, name string) error {
	return w.atShelf(ctx, func(ctx context.Context, s *shelf) error {
		p, err := s.find(ctx, name)
		if err != nil {
			return err
		}
		return s.enable(ctx, p)
	})
}

func (s *shelf) enable(ctx context.Context, p *pluginhost.Plugin) error {
	name := p.Manifest.Name
	env, err := s.named("")
	if err != nil {
		return err
	}
	if err := s.writable(env); err != nil {
		return err
	}
	if err := s.extendTemplate(ctx, p); err != nil {
		return err
	}
	var added []environ.Addition
	var already bool
	_, err = environ.Edit(ctx, s.dirs, env, func(doc dotenv.Document) (dotenv.Document, error) {
		names := fileNames(env, doc)
		section, err := variablesOf(p, doc)
		if err != nil {
			return doc, err
		}
		doc, added, err = environ.Sync(section, doc, rand.Reader)
		if already = slices.Contains(names, name); already || err != nil {
			return doc, err
		}
		return dotenv.Set(doc, environ.EnabledPlugins, strings.Join(append(names, name), ","))
	})
	if err != nil {
		return err
	}
	s.tellWithheld(p)
	return s.tellEnabled(env, name, already, added)
}

// fileNames are the plugins that the file of an environment names, whatever the
// shell says.
func fileNames(env string, doc dotenv.Document) []string {
	return splitPlugins(environ.Environment{Name: env, Document: doc}.Values(nil)[environ.EnabledPlugins])
}

func (s *shelf) tellEnabled(active, name string, already bool, added []environ.Addition) error {
	file := s.layout.EnvDir + "/.env." + active
	added = slices.DeleteFunc(added, func(a environ.Addition) bool { return a.Variable == environ.EnabledPlugins })
	if err := s.showAdditions(file, added); err != nil {
		return err
	}
	s.noteShell()
	if already {
		_, err := fmt.Fprintf(s.w.Out, "%s is enabled already in %s\n", name, file)
		return err
	}
	_, err := fmt.Fprintf(s.w.Out, "%s is enabled in %s\n→ mage infra:up\n", name, file)
	return err
}

// tellWithheld says which variables the plugin is not given, and how it would be.
func (s *shelf) tellWithheld(p *pluginhost.Plugin) {
	var keys []string
	for _, name := range p.Withheld() {
		keys = append(keys, pluginv1.VariablePermission+name)
	}
	if len(keys) > 0 {
		_, _ = fmt.Fprintf(s.w.Err, "note: %s is not given %s; if it may read that: mage plugin:add %s -grant=%s\n",
			p.Manifest.Name, strings.Join(p.Withheld(), ", "), p.Source, strings.Join(keys, ","))
	}
}

func (s *shelf) noteShell() {
	if _, inShell := s.shell(environ.EnabledPlugins); inShell {
		_, _ = fmt.Fprintf(s.w.Err, "note: the shell sets %s as well, and wins\n", environ.EnabledPlugins)
	}
}

// extendTemplate adds what the template has not; a repository without one gets
// none.
func (s *shelf) extendTemplate(ctx context.Context, p *pluginhost.Plugin) error {
	if _, err := os.Stat(s.dirs.Template()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	_, err := environ.EditTemplate(ctx, s.dirs, func(doc dotenv.Document) (dotenv.Document, error) {
		section, err := variablesOf(p, doc)
		if err != nil || len(section.Variables) == 0 {
			return doc, err
		}
		text := doc.String()
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return dotenv.Parse(text + "\n" + section.Document.String()), nil
	})
	return err
}

// PluginDisable takes a plugin out of the stack. Its variables and volumes stay;
// it says which volumes.
func (w *Workflow) PluginDisable(ctx context.Context, name string) error {
	return w.atShelf(ctx, func(ctx context.Context, s *shelf) error {
		env, err := s.named("")
		if err != nil {
			return err
		}
		if err := s.writable(env); err != nil {
			return err
		}
		e, err := environ.ReadEnvironment(s.dirs, env)
		if err != nil {
			return err
		}
		if !slices.Contains(fileNames(env, e.Document), name) {
			return s.notEnabled(name, e.File)
		}
		volumes := s.volumesOf(ctx, e, name)
		_, err = environ.Edit(ctx, s.dirs, env, func(doc dotenv.Document) (dotenv.Document, error) {
			left := slices.DeleteFunc(fileNames(env, doc), func(one string) bool { return one == name })
			return dotenv.Set(doc, environ.EnabledPlugins, strings.Join(left, ","))
		})
		if err != nil {
			return err
		}
		return s.tellDisabled(name, e.File, volumes)
	})
}

// notEnabled is no failure where the plugin is known: it is as it was wanted.
func (s *shelf) notEnabled(name, file string) error {
	all, err := s.known()
	if err != nil {
		return err
	}
	if _, ok := all[name]; !ok {
		return noPlugin(name, slices.Sorted(maps.Keys(all)))
	}
	s.noteShell()
	_, err = fmt.Fprintf(s.w.Out, "%s is not enabled in %s\n", name, file)
	return err
}

func (s *shelf) tellDisabled(name, file string, volumes []string) error {
	s.noteShell()
	text := fmt.Sprintf("%s is disabled in %s; its variables stay there\n", name, file)
	if len(volumes) > 0 {
		text += fmt.Sprintf("kept, with the data: %s\n", strings.Join(volumes, ", "))
	}
	_, err := fmt.Fprint(s.w.Out, text+"→ mage infra:up removes its containers\n")
	return err
}
