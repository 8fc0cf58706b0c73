package plugin

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/execute"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/internal/units"
	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// TestOptions are the name and the flags of plugin:test.
type TestOptions struct {
	Name string
	Live bool // also the checks that need the running stack, and change it
	Yes  bool // do not ask before these
}

// Test runs the conformance kit on a plugin, without a stack: no service
// of it is started. Live, it runs on the stack that is there.
func Test(ctx context.Context, w *app.Run, o TestOptions) error {
	if o.Live {
		return testLive(ctx, w, o)
	}
	return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
		program, err := s.Program(ctx, o.Name)
		if err != nil {
			return err
		}
		return test(ctx, w, o.Name, program, kit.Options{Environ: allowed(w)})
	})
}

// testLive hands the kit what a call of the plugin is told of the running stack.
func testLive(ctx context.Context, w *app.Run, o TestOptions) error {
	return withPlugin(ctx, w, o.Name, "", func(ctx context.Context, s *load.Session, p *pluginhost.Plugin) error {
		if err := mayChange(ctx, s, p, "plugin:test"); err != nil {
			return err
		}
		question := fmt.Sprintf("Run the hooks of %s twice on %s, and restore a backup of its data over it", o.Name, s.Project.Name)
		if err := w.Confirm(ctx, question, o.Yes); err != nil {
			return err
		}
		run, err := execute.PluginRun(ctx, s, p, 0)
		if err != nil {
			return err
		}
		if len(run.Endpoints) == 0 && len(p.Manifest.Endpoints) > 0 {
			return failure.New(failure.Preflight, "no endpoint of %s is reached: its services are not running", o.Name).WithHint("mage infra:up")
		}
		return test(ctx, w, o.Name, p.Binary, live(s, p, run))
	})
}

// live are the options for a running stack. The first backup of its data is one
// of plugin:backup.
func live(s *load.Session, p *pluginhost.Plugin, run pluginhost.Run) kit.Options {
	return kit.Options{Environ: allowed(s.Run), Config: run.Config, Endpoints: run.Endpoints, Secrets: run.Secrets,
		Project: run.Project, Environment: run.Environment, LiveTimeout: liveTimeout, Backups: backupsOf(s.Run, p.Manifest.Name),
		BackedUp: func(dir string, files []*pluginv1.File) error { return newBackup(s, p, filesOf(files)).keep(dir) }}
}

// liveTimeout is as good as none, which is what plugin:restore has: much data
// takes its time, and Ctrl-C ends it.
const liveTimeout = 24 * time.Hour

// backupsOf is where the data lies while it is restored: neither of the
// repository, which might commit it, nor what clean:all removes, nor in memory.
func backupsOf(w *app.Run, name string) string {
	if dir := w.CacheDir(); dir != "" {
		return filepath.Join(dir, "spellbook", "backups", name)
	}
	return ""
}

func filesOf(list []*pluginv1.File) (files []pluginhost.File) {
	for _, f := range list {
		files = append(files, pluginhost.File{Path: f.GetPath(), Size: int64(min(f.GetSize(), math.MaxInt64)), SHA256: f.GetSha256()})
	}
	return files
}

func test(ctx context.Context, w *app.Run, name, program string, o kit.Options) error {
	result, err := kit.Run(ctx, program, o)
	defer tellBackup(w, name, result.Backup) // however it ends
	if err != nil {
		return fmt.Errorf("test plugin %q: %w", name, err)
	}
	if err := checks(w, result.Checks, o.Secrets); err != nil {
		return err
	}
	if n := result.Failed(); n > 0 {
		return failure.New(failure.Unexpected, "plugin %q: %s of %d failed", name, units.Plural(n, "check"), len(result.Checks)).
			WithHint("correct the plugin, then mage plugin:test %s", name)
	}
	text := fmt.Sprintf("%s %s passes the kit: %s passed", result.Plugin, result.Version, units.Plural(result.Count(kit.Pass), "check"))
	if n := result.Count(kit.NotRun); n > 0 {
		text += fmt.Sprintf(", %d not run\n→ on the running stack, which it changes: mage plugin:test %s -live", n, name)
	}
	return w.Say("%s\n", text)
}

// tellBackup says where the data is that was not restored, "" for nowhere.
func tellBackup(w *app.Run, name, dir string) {
	if dir != "" {
		w.Tell("warning: the data of %s may not be whole; its backup from before the restore is kept: %s\n  → mage plugin:restore %s %s", name, dir, name, dir)
	}
}

// checks is the table. No value of a secret is in it, though a plugin says one.
func checks(w *app.Run, list []kit.Check, secrets map[string]string) error {
	var rows [][]report.Cell
	for _, c := range list {
		state := report.Cell{Text: string(c.Status)}
		switch c.Status {
		case kit.Pass:
			state.State = status.Ready
		case kit.Fail:
			state.State = status.Failed
		case kit.NotApplicable, kit.NotRun:
		}
		rows = append(rows, []report.Cell{state, {Text: c.Name, Whole: true}, {Text: c.Took.Round(time.Millisecond).String()}, {Text: strings.Map(noControl, pluginhost.Masked(c.Detail, secrets))}})
	}
	return report.Table(w.Out, w.Format(false).Tables, []string{"RESULT", "CHECK", "TOOK", "WHY"}, rows)
}

// noControl keeps a plugin's text from moving the cursor.
func noControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// allowed is the environment that a host gives a plugin.
func allowed(w *app.Run) (list []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if value := w.Getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}
