package dev

import (
	"cmp"
	"context"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/watch"
)

// watchState is what the Compose files and the environment say, as loaded.
type watchState struct {
	stack    *load.Session // the chosen services
	builds   *load.Session // all services, as other builds may be made from theirs
	services []string      // those of stack that are watched
	built    []string      // those of them that have a build section
	needed   []plan.Build
	rules    map[string][]develop.Rule // of those services that have develop.watch
	own      map[string]bool           // the builds that are made on any change of theirs
	digests  project.Digests
}

// open loads everything.
func (d *watcher) open(ctx context.Context) (_ *watchState, err error) {
	w := &watchState{}
	if w.stack, err = load.Open(ctx, d.w, load.Options{Services: d.o.Services, Backend: true, Environment: true}); err != nil {
		return nil, err
	}
	if w.builds, err = build.OpenBuilds(ctx, d.w, false); err != nil {
		w.close()
		return nil, err
	}
	if err = w.choose(); err == nil {
		w.digests, err = w.stack.Project.Digests()
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// choose finds what is watched, and by which rules.
func (w *watchState) choose() error {
	if err := w.readRules(); err != nil {
		return err
	}
	w.built = image.Buildable(w.stack.Project)
	w.services = slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(w.rules)), w.built...))))
	if len(w.services) == 0 {
		return failure.New(failure.Preflight, "none of these services has a build section or develop.watch, so there is nothing to watch").
			WithHint("mage infra:up starts them; services with a build section: %s", cmp.Or(build.Join(image.Buildable(w.builds.Project)), "none"))
	}
	b := &build.Operation{Session: w.builds}
	if len(w.built) > 0 {
		if err := b.Choose(w.built); err != nil {
			return err
		}
		w.needed = b.Needed()
	}
	w.own = map[string]bool{}
	for _, one := range b.Chosen {
		if slices.ContainsFunc(one.Services, func(name string) bool { return slices.Contains(w.built, name) && len(w.rules[name]) == 0 }) {
			w.own[one.Name] = true
		}
	}
	w.own = w.linked(w.own)
	return nil
}

// linked are builds with those that they are made from.
func (w *watchState) linked(names map[string]bool) map[string]bool {
	all := maps.Clone(names)
	for range w.needed { // as long as a chain may be
		for _, one := range w.needed {
			for _, name := range image.Links(one) {
				all[name] = all[name] || all[one.Name]
			}
		}
	}
	return all
}

// readRules reads develop.watch of all services, with the ignore files that count
// for it.
func (w *watchState) readRules() error {
	w.rules = map[string][]develop.Rule{}
	for _, name := range w.stack.Project.Services() {
		list, err := develop.Rules(w.stack.Project.Model.Services[name], w.stack.Layout.Path(w.stack.Layout.StateDir))
		if err != nil {
			return err
		}
		if len(list) > 0 {
			w.rules[name] = list
		}
	}
	return nil
}

func (w *watchState) close() {
	for _, s := range []*load.Session{w.stack, w.builds} {
		if s != nil {
			s.Close()
		}
	}
}

// building is a look at all builds that are watched.
func (d *watcher) building(f app.Format) *build.Operation {
	return &build.Operation{Session: d.world.builds, Options: build.Options{Services: d.world.built}, Format: f, Began: d.w.Now()}
}

// up is a run that brings the stack to ready.
func (d *watcher) up(w *app.Run, f app.Format) *infra.UpRun {
	return &infra.UpRun{Session: d.world.stack, Run: w, Format: f, Began: d.w.Now(),
		Options: infra.UpOptions{Services: d.o.Services, Timeout: infra.DefaultTimeout, Target: devWatch, Backend: true, Built: d.world.built}}
}

// follow watches what the world is made from, in place of what was watched
// before; in between nothing is missed.
func (d *watcher) follow(ctx context.Context) error {
	if err := d.world.readRules(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ignores, err := d.world.ignores()
	if err != nil {
		stop()
		return err
	}
	batches, err := watch.Watch(ctx, watch.Options{Roots: d.world.roots(), Skip: d.world.skip(ignores), Warn: func(text string) {
		d.w.Tell("warning: %s", text)
	}})
	if err != nil {
		stop()
		return err
	}
	if d.stop != nil {
		d.stop()
	}
	d.batches, d.stop = batches, stop
	d.carry()
	return nil
}

// roots are all files and directories that say what is built and what runs.
func (w *watchState) roots() []string {
	roots := append(w.settings(), w.layoutDir())
	for _, list := range w.rules {
		for _, r := range list {
			roots = append(roots, r.Path)
		}
	}
	for _, b := range w.needed {
		if image.Local(b.Context) {
			roots = append(roots, b.Context)
		}
		for _, where := range b.Contexts {
			if image.Local(where) {
				roots = append(roots, where)
			}
		}
		if filepath.IsAbs(b.Dockerfile) {
			roots = append(roots, b.Dockerfile, b.Dockerfile+develop.IgnoreFile)
		}
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}

// layoutDir is where Compose files are looked for: a new one counts as well.
func (w *watchState) layoutDir() string { return w.stack.Layout.Path(w.stack.Layout.ComposeDir) }

// settings are the files that the model is made from, but for those that
// another one includes, which layoutDir is watched for.
func (w *watchState) settings() []string {
	p := w.stack.Project
	files := slices.Clone(w.builds.Project.Files)
	if link := w.stack.Layout.Path(w.stack.Layout.EnvLink); !environ.IsPipe(link) {
		files = append(files, link)
	}
	files = append(files, slices.DeleteFunc(p.Reads.Paths(), environ.IsPipe)...) // what a FIFO has given stays for this run
	for _, s := range p.Model.Services {
		for _, f := range s.EnvFiles {
			files = append(files, f.Path)
		}
	}
	for _, c := range p.Model.Configs {
		files = append(files, c.File)
	}
	for _, s := range p.Model.Secrets {
		files = append(files, s.File)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return !filepath.IsAbs(f) })
	slices.Sort(files)
	return slices.Compact(files)
}

// touched are the settings among paths, and whether an ignore file is.
func (w *watchState) touched(paths []string) (settings []string, ignored bool) {
	known := w.settings()
	for _, path := range paths {
		if slices.Contains(known, path) || w.isCompose(path) {
			settings = append(settings, w.stack.Project.Short(path))
		}
		ignored = ignored || strings.HasSuffix(path, develop.IgnoreFile)
	}
	return settings, ignored
}

func (w *watchState) isCompose(path string) bool {
	ext := filepath.Ext(path)
	return filepath.Dir(path) == w.layoutDir() && (ext == ".yml" || ext == ".yaml")
}

// reload loads everything anew. The line is nil where nothing came of it; ok
// is false where what is there now cannot be loaded, which is told.
func (d *watcher) reload(ctx context.Context, files []string) (_ *watchLine, ok bool) {
	next, err := d.open(ctx)
	if err == nil && reflect.DeepEqual(next.digests, d.world.digests) && reflect.DeepEqual(next.needed, d.world.needed) {
		next.close()
		return nil, true
	}
	what := cmp.Or(build.Join(files), "the files")
	s := d.line("stack", what+" changed", false)
	if err != nil {
		s.add("cannot be loaded, so all goes on as before")
		s.end()
		_ = d.reported(ctx, err)
		return nil, false
	}
	before := d.world
	d.world = next
	if err := d.follow(ctx); err != nil {
		d.world = before // so that the next change finds that it is another
		next.close()
		s.add("cannot be watched, so all goes on as before")
		s.end()
		_ = d.reported(ctx, err)
		return nil, false
	}
	d.redefined(before)
	before.close()
	s.add("reloaded")
	return s, true
}

// line begins a line at the time of now.
func (d *watcher) line(who, what string, alone bool) *watchLine {
	s := &watchLine{to: d.w.Out, live: alone && d.w.OutTerminal, began: d.w.Now()}
	s.write(s.began.Format(time.TimeOnly) + " " + who + "  " + what)
	return s
}
