package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/composefiles"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
)

// upToDateCache is what the Compose files came to when a target last asked for builds.
// While nothing that they are read from has changed, the answer that there is
// nothing to build needs no load of the model, which costs more than all the
// rest. Anything but that answer is given by the long way.
type upToDateCache struct {
	Version int      `json:"version"`
	Digest  string   `json:"digest"` // of all that the model was read from
	Files   []string `json:"files"`  // absolute
	Project string   `json:"project"`
	Env     string   `json:"env"`
	// Host is what the engine ran. Another engine at its place has no image with
	// the key that comes of it, and so gets no answer from here.
	Host   string       `json:"host"`
	Engine []string     `json:"engine"` // variables that say where it is, NAME=value
	Builds []plan.Build `json:"builds"` // that the target is about
	All    []plan.Build `json:"all"`    // of the project, which they may be linked to
}

const upToDateVersion = 3

func (b *Operation) upToDatePath(l project.Layout) string {
	return l.Path(l.StateDir, strings.ReplaceAll(b.target(), ":", "-")+".json")
}

// ordinary: no flag changes what the target is about.
func (o Options) ordinary() bool {
	return len(o.Services) == 0 && len(o.Platforms) == 0 && o.Push == "" && !o.Force && !o.Dry
}

// isUpToDate answers that nothing is to be built, where that can be told from what
// the files came to the last time. Whatever is in the way of that is for the long way
// to tell.
func (b *Operation) isUpToDate(ctx context.Context, w *app.Run) (done bool) {
	l := w.ProjectLayout()
	env, found, err := environ.Active(app.EnvDirs(l))
	if _, missing := os.Stat(app.EnvDirs(l).Template()); err != nil || !found && missing == nil || !b.Options.ordinary() || composefiles.ShellDecides(w.LookupEnv) {
		return false // a repository with a template gets an environment first
	}
	a, err := state.ReadJSON[upToDateCache](b.upToDatePath(l), upToDateVersion)
	if err != nil || len(a.Builds) == 0 || a.Env != env || a.Digest != digest(w, l, env, a.Files) {
		return false
	}
	s := &load.Session{Run: w, Layout: l, Project: &project.Project{Layout: l, Name: a.Project, Env: a.Env}, Environ: append(slices.Clone(w.Environ), a.Engine...)}
	if s.Client, err = load.Dial(s.Environ); err != nil {
		return false
	}
	defer func() { _ = s.Client.Close() }()
	short := &Operation{Session: s, Options: b.Options, Began: b.Began, Format: b.Format, host: a.Host, Chosen: a.Builds, all: a.All}
	if short.judge(ctx) != nil || slices.ContainsFunc(short.Verdicts, func(v image.Verdict) bool { return v.State != image.Exists }) {
		return false
	}
	short.warnBases()
	return short.unchanged() == nil
}

// source notes what the model was read from, when it has just been read: what
// is written later is not what the builds are of.
func (b *Operation) source() {
	paths, whole := b.Project.Sources()
	if !whole || b.sourced || !b.Options.ordinary() || len(b.Project.Fragments())+len(b.Project.Warnings) > 0 {
		return
	}
	b.sourced = true
	if template := b.Layout.Path(b.Layout.EnvDir, ".env.example"); !slices.Contains(paths, template) {
		paths = append(paths, template) // it says what is secret
	}
	if !writtenSince(append(slices.Clone(paths), b.Project.Reads.Paths()...), b.Began) {
		b.files, b.digest = paths, digest(b.Run, b.Layout, b.Project.Env, paths)
	}
}

// writtenSince: a file may have changed while the model was read, as others of
// them may have been read before that.
func writtenSince(paths []string, began time.Time) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && !info.ModTime().Before(began)
	})
}

// saveUpToDate keeps what the files have come to.
func (b *Operation) saveUpToDate(builds, all []plan.Build) {
	if b.digest == "" || b.LoadOptions.ReadOnly {
		return
	}
	a := upToDateCache{Version: upToDateVersion, Digest: b.digest, Files: b.files, Project: b.Project.Name, Env: b.Project.Env, Host: b.host,
		Engine: b.Environ[len(b.Run.Environ):], Builds: builds, All: all}
	data, err := json.Marshal(a)
	path := b.upToDatePath(b.Layout)
	if old, _ := os.ReadFile(path); err != nil || bytes.Equal(old, data) {
		return
	}
	b.Run.NoteUnsaved(state.Write(path, data))
}

// digest is of all that a model is read from: which files there are, their
// content and that of the environment file, this program, and the variables of
// the shell that are named anywhere in them.
func digest(w *app.Run, l project.Layout, env string, files []string) string {
	h := sha256.New()
	set, err := l.Reads(project.Options{Env: env, Backend: true, Environ: w.Environ})
	program, _ := os.Executable()
	info, _ := os.Stat(program)
	if err != nil || info == nil {
		return ""
	}
	_, _ = fmt.Fprintf(h, "%q %q %s %d %d\n", set.Files, env, program, info.Size(), info.ModTime().UnixNano())
	words := map[string]bool{}
	for _, path := range append(slices.Clone(files), set.Paths()...) {
		text, err := environ.ReadFile(path)
		_, _ = fmt.Fprintf(h, "%q %v %d\n", path, err == nil, len(text))
		_, _ = h.Write(text)
		for _, word := range bytes.FieldsFunc(text, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			words[string(word)] = true
		}
	}
	for _, pair := range slices.Sorted(slices.Values(w.Environ)) {
		name, _, _ := strings.Cut(pair, "=")
		if words[name] || steers(name) {
			_, _ = fmt.Fprintf(h, "%q\n", pair)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// steers: a variable that tools obey without being named in a file.
func steers(name string) bool {
	return name == "PLUGINS" || name == "HOME" || slices.ContainsFunc([]string{"COMPOSE_", "DOCKER_", "BUILDX_", "BUILDKIT_", "SPELLBOOK_"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// judge finds out what the chosen builds are made from and what of it is there.
func (b *Operation) judge(ctx context.Context) (err error) {
	if b.builder, err = docker.FindBuilder(func(name string) string { return app.Lookup(b.Environ, name) }); err != nil {
		return err
	}
	if b.host == "" {
		if b.host, err = b.Client.Platform(ctx); err != nil {
			return err
		}
	}
	b.narrow()
	if err := b.possible(ctx); err != nil && !b.telling {
		return err
	}
	if err := b.compare(ctx); err != nil || !b.trusted() {
		return err
	}
	b.fresh = true
	return b.compare(ctx)
}

func (b *Operation) compare(ctx context.Context) (err error) {
	if b.Records, err = b.record(ctx, b.Needed()); err != nil {
		return err
	}
	if b.State, err = b.inspect(ctx); err != nil {
		return err
	}
	b.Verdicts = image.Judge(b.Chosen, b.Records, b.State, b.planOptions())
	return nil
}

// trusted: something has to be built, or named, whose base images are as a registry
// had them some time ago, or are not known because it gave no answer then. The builder starts from what they are now, and the key has
// to say the same; and a name that is of another image may be of one that was built
// from what they are now, and is not given back to an older one.
func (b *Operation) trusted() bool {
	if !slices.ContainsFunc(b.Verdicts, func(v image.Verdict) bool { return v.State != image.Exists }) {
		return false
	}
	for _, in := range b.inputs {
		if slices.ContainsFunc(in.Bases, func(d observe.BaseDigest) bool { return !d.Asked.IsZero() && d.Asked.Before(b.Began) }) {
			return true
		}
	}
	return false
}
