package plugin

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

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Enable puts a plugin into the stack: its name into PLUGINS of the active
// environment, and those of its variables that are missing into that file and
// into the template. What is there stays as it is.
func Enable(ctx context.Context, w *app.Run, name string) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		p, err := s.Find(ctx, name)
		if err != nil {
			return err
		}
		return enable(ctx, s, p)
	})
}

func enable(ctx context.Context, s *load.PluginContext, p *pluginhost.Plugin) error {
	name := p.Manifest.Name
	env, err := s.EnvironmentOrActive("")
	if err != nil {
		return err
	}
	if err := s.Writable(env); err != nil {
		return err
	}
	if err := extendTemplate(ctx, s, p); err != nil {
		return err
	}
	var added []environ.Addition
	var already bool
	_, err = environ.Edit(ctx, s.Dirs, env, func(doc dotenv.Document) (dotenv.Document, error) {
		names := fileNames(env, doc)
		section, err := plugins.Template(p, doc)
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
	tellWithheld(s, p)
	return tellEnabled(s, env, name, already, added)
}

// fileNames are the plugins that the file of an environment names, whatever the
// shell says.
func fileNames(env string, doc dotenv.Document) []string {
	return plugins.Split(environ.Environment{Name: env, Document: doc}.Values(nil)[environ.EnabledPlugins])
}

func tellEnabled(s *load.PluginContext, active, name string, already bool, added []environ.Addition) error {
	file := s.Layout.EnvDir + "/.env." + active
	added = slices.DeleteFunc(added, func(a environ.Addition) bool { return a.Variable == environ.EnabledPlugins })
	if err := env.ShowAdditions(s.EnvContext, file, added); err != nil {
		return err
	}
	noteShell(s)
	if already {
		return s.Run.Say("%s is enabled already in %s\n", name, file)
	}
	return s.Run.Say("%s is enabled in %s\n→ mage infra:up\n", name, file)
}

// tellWithheld says which variables the plugin is not given, and how it would be.
func tellWithheld(s *load.PluginContext, p *pluginhost.Plugin) {
	var keys []string
	for _, name := range p.Withheld() {
		keys = append(keys, pluginv1.VariablePermission+name)
	}
	if len(keys) > 0 {
		s.Run.Tell("note: %s is not given %s; if it may read that: mage plugin:add %s -grant=%s",
			p.Manifest.Name, strings.Join(p.Withheld(), ", "), p.Source, strings.Join(keys, ","))
	}
}

func noteShell(s *load.PluginContext) {
	if _, inShell := s.Shell(environ.EnabledPlugins); inShell {
		s.Run.Tell("note: the shell sets %s as well, and wins", environ.EnabledPlugins)
	}
}

// extendTemplate adds what the template has not; a repository without one gets
// none.
func extendTemplate(ctx context.Context, s *load.PluginContext, p *pluginhost.Plugin) error {
	if _, err := os.Stat(s.Dirs.Template()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	_, err := environ.EditTemplate(ctx, s.Dirs, func(doc dotenv.Document) (dotenv.Document, error) {
		section, err := plugins.Template(p, doc)
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

// Disable takes a plugin out of the stack. Its variables and volumes stay;
// it says which volumes.
func Disable(ctx context.Context, w *app.Run, name string) error {
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		env, err := s.EnvironmentOrActive("")
		if err != nil {
			return err
		}
		if err := s.Writable(env); err != nil {
			return err
		}
		e, err := environ.ReadEnvironment(s.Dirs, env)
		if err != nil {
			return err
		}
		if !slices.Contains(fileNames(env, e.Document), name) {
			return notEnabledIn(s, name, e.File)
		}
		volumes := s.VolumesOf(ctx, e, name)
		_, err = environ.Edit(ctx, s.Dirs, env, func(doc dotenv.Document) (dotenv.Document, error) {
			left := slices.DeleteFunc(fileNames(env, doc), func(one string) bool { return one == name })
			return dotenv.Set(doc, environ.EnabledPlugins, strings.Join(left, ","))
		})
		if err != nil {
			return err
		}
		return tellDisabled(s, name, e.File, volumes)
	})
}

// notEnabledIn is no failure where the plugin is known: it is as it was wanted.
func notEnabledIn(s *load.PluginContext, name, file string) error {
	all, err := s.Known()
	if err != nil {
		return err
	}
	if _, ok := all[name]; !ok {
		return plugins.NotFound(name, slices.Sorted(maps.Keys(all)))
	}
	noteShell(s)
	return s.Run.Say("%s is not enabled in %s\n", name, file)
}

func tellDisabled(s *load.PluginContext, name, file string, volumes []string) error {
	noteShell(s)
	text := fmt.Sprintf("%s is disabled in %s; its variables stay there\n", name, file)
	if len(volumes) > 0 {
		text += fmt.Sprintf("kept, with the data: %s\n", strings.Join(volumes, ", "))
	}
	return s.Run.Say("%s→ mage infra:up removes its containers\n", text)
}
