package workflow

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

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// asked is what the Compose files came to when a target last asked for builds.
// While nothing that they are read from has changed, the answer that there is
// nothing to build needs no load of the model, which costs more than all the
// rest. Anything but that answer is given by the long way.
type asked struct {
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
	All    []plan.Build `json:"all"`    // they, and those that they are linked to
}

const askedVersion = 3

func (b *building) askedPath(l project.Layout) string {
	return l.Path(l.StateDir, strings.ReplaceAll(b.target(), ":", "-")+".json")
}

// ordinary: no flag changes what the target is about.
func (o BuildOptions) ordinary() bool {
	return len(o.Services) == 0 && len(o.Platforms) == 0 && o.Push == "" && !o.Force && !o.Dry
}

// unasked answers that nothing is to be built, where that can be told from what
// the files came to the last time. Whatever is in the way of that is for the long way
// to tell.
func (b *building) unasked(ctx context.Context, w *Workflow) (done bool) {
	l := w.layout()
	env, found, err := environ.Active(dirs(l))
	if _, missing := os.Stat(dirs(l).Template()); err != nil || !found && missing == nil || !b.o.ordinary() {
		return false // a repository with a template gets an environment first
	}
	var a asked
	data, err := os.ReadFile(b.askedPath(l))
	if err != nil || json.Unmarshal(data, &a) != nil || a.Version != askedVersion || len(a.Builds) == 0 || a.Env != env || a.Digest != w.digest(l, env, a.Files) {
		return false
	}
	s := &session{w: w, layout: l, project: &project.Project{Layout: l, Name: a.Project, Env: a.Env}, environ: append(slices.Clone(w.Environ), a.Engine...)}
	if s.client, err = dial(s.environ); err != nil {
		return false
	}
	defer func() { _ = s.client.Close() }()
	short := &building{session: s, o: b.o, began: b.began, format: b.format, host: a.Host, chosen: a.Builds, all: a.All}
	if short.judge(ctx) != nil || slices.ContainsFunc(short.verdicts, func(v image.Verdict) bool { return v.State != image.Exists }) {
		return false
	}
	short.warnBases()
	b.shown = true
	return short.unchanged() == nil
}

// source notes what the model was read from, when it has just been read: what
// is written later is not what the builds are of.
func (b *building) source() {
	paths, whole := b.project.Sources()
	if !whole || b.sourced || !b.o.ordinary() || len(b.project.Fragments()) > 0 {
		return
	}
	b.sourced = true
	if template := b.layout.Path(b.layout.EnvDir, ".env.example"); !slices.Contains(paths, template) {
		paths = append(paths, template) // it says what is secret
	}
	if !writtenSince(append(slices.Clone(paths), b.layout.Path(b.layout.EnvLink)), b.began) {
		b.files, b.digest = paths, b.w.digest(b.layout, b.project.Env, paths)
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

// rememberAsked keeps what the files have come to.
func (b *building) rememberAsked(builds, all []plan.Build) {
	if b.digest == "" || b.opts.look {
		return
	}
	a := asked{Version: askedVersion, Digest: b.digest, Files: b.files, Project: b.project.Name, Env: b.project.Env, Host: b.host,
		Engine: b.environ[len(b.w.Environ):], Builds: builds, All: all}
	data, err := json.Marshal(a)
	path := b.askedPath(b.layout)
	if old, _ := os.ReadFile(path); err != nil || bytes.Equal(old, data) {
		return
	}
	b.w.saved(replace("remember builds", path, data))
}

// digest is of all that a model is read from: which files there are, their
// content and that of the environment file, this program, and the variables of
// the shell that are named anywhere in them.
func (w *Workflow) digest(l project.Layout, env string, files []string) string {
	h := sha256.New()
	list, err := l.ComposeFiles(env, true)
	program, _ := os.Executable()
	info, _ := os.Stat(program)
	if err != nil || info == nil {
		return ""
	}
	_, _ = fmt.Fprintf(h, "%q %q %s %d %d\n", list, env, program, info.Size(), info.ModTime().UnixNano())
	words := map[string]bool{}
	for _, path := range append(slices.Clone(files), l.Path(l.EnvLink)) {
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
func (b *building) judge(ctx context.Context) (err error) {
	if b.builder, err = docker.FindBuilder(func(name string) string { return lookup(b.environ, name) }); err != nil {
		return err
	}
	if b.host == "" {
		if b.host, err = b.client.Platform(ctx); err != nil {
			return err
		}
	}
	b.narrow()
	if err := b.possible(ctx); err != nil && !b.telling {
		return err
	}
	if err := b.weigh(ctx); err != nil || !b.believed() {
		return err
	}
	b.fresh = true
	return b.weigh(ctx)
}

func (b *building) weigh(ctx context.Context) (err error) {
	if b.records, err = b.record(ctx, b.needed()); err != nil {
		return err
	}
	if b.state, err = b.seen(ctx); err != nil {
		return err
	}
	b.verdicts = image.Judge(b.chosen, b.records, b.state, b.options())
	return nil
}

// believed: something has to be built whose base images are as a registry had
// them some time ago. The builder starts from what they are now, and the key has
// to say the same.
func (b *building) believed() bool {
	if !slices.ContainsFunc(b.verdicts, func(v image.Verdict) bool { return v.State == image.Make }) {
		return false
	}
	for _, in := range b.inputs {
		if slices.ContainsFunc(in.Bases, func(d observe.BaseDigest) bool { return d.Source == observe.BaseRegistry && d.At.Before(b.began) }) {
			return true
		}
	}
	return false
}
