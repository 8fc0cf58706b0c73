package build

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/sharedkey"
)

// sending is one run of the builder's command, with the names that it sends
// builds' contexts under (docs/adr/0012).
type sending struct {
	b      *Operation
	dir    string // of what this run alone needs
	builds []plan.Build
	keys   map[string]*sharedkey.Key // by the build's name
}

// again is a look at a build after the builder was sent it.
type again struct {
	*Operation
	err error // nothing can be told of it
}

// send has the builder's command run on builds, whose contexts it finds under
// names that it remembers nothing wrong under, and looks at the first of them
// once more, though the command failed. Without a look it was not run, or
// interrupted.
func (b *Operation) send(ctx context.Context, builds []plan.Build, command func([]plan.Build) error) (after *again, err error) {
	dir, err := os.MkdirTemp("", "spellbook-build-")
	if err != nil {
		return nil, fmt.Errorf("build image: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s := &sending{b: b, dir: dir, keys: map[string]*sharedkey.Key{}}
	defer s.drop()
	for i, one := range builds {
		if err := s.add(one, i, len(builds) > 1); err != nil {
			return nil, err
		}
	}
	err = command(s.builds)
	if ctx.Err() != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	after = b.again(ctx, builds[0].Name)
	if after.err == nil {
		s.keep(after.inputs)
	}
	return after, err
}

// add takes a key for a build. Of several builds in one command each needs paths
// of its own: buildx sends a directory that two of them name once, under either's
// key.
func (s *sending) add(one plan.Build, number int, several bool) error {
	in := s.b.inputs[one.Name]
	linked := one
	if len(in.Mounts) > 0 {
		k, err := s.key(in)
		if err != nil {
			return failure.New(failure.Preflight, "build %s: %w", image.Repository(one), err)
		}
		s.keys[one.Name] = k
		linked = under(one, k)
	}
	switch apart := filepath.Join(s.dir, strconv.Itoa(number)); {
	case one.Inline != "" || !filepath.IsAbs(one.Dockerfile):
	case !image.Local(one.Context): // its text is sent with a time of its own, as there is no key
		text, err := os.ReadFile(in.Path)
		if err != nil {
			return failure.New(failure.Preflight, "build %s: %w", image.Repository(one), err)
		}
		linked.Inline = string(text)
	case several && os.Symlink(filepath.Dir(one.Dockerfile), apart) == nil:
		linked.Dockerfile = filepath.Join(apart, filepath.Base(one.Dockerfile))
	}
	s.builds = append(s.builds, linked)
	return nil
}

// key is one that lasts, or one for this run: where none can be kept, and where
// nothing is to be, as by build:sbom.
func (s *sending) key(in observe.BuildInputs) (k *sharedkey.Key, err error) {
	lasting := !s.b.LoadOptions.ReadOnly
	if lasting {
		store := sharedkey.Store{Dir: filepath.Join(s.b.recordDir(), "sent")}
		k, err = store.Take(in.Mounts, in.Sent, s.b.Options.Force)
	}
	if !lasting || err != nil {
		k, err = sharedkey.Once(s.dir, in.Mounts)
	}
	if err == nil && k.Copied {
		s.b.Run.Tell("warning: this system refuses links, so each build copies its context first; on Windows, Developer Mode allows links")
	}
	return k, err
}

// under is a build whose contexts are those of a key.
func under(one plan.Build, k *sharedkey.Key) plan.Build {
	if image.Local(one.Context) {
		one.Context = k.Path(sharedkey.Main)
	}
	one.Contexts = maps.Clone(one.Contexts)
	for name, where := range one.Contexts {
		if image.Local(where) {
			one.Contexts[name] = k.Path(observe.MountOf(name))
		}
	}
	return one
}

// keep ends the use of keys that the builder was sent what they say under, and
// nothing else meanwhile.
func (s *sending) keep(now map[string]observe.BuildInputs) {
	for name, k := range s.keys {
		if in, seen := now[name]; seen && in.Sent.Same(s.b.inputs[name].Sent) {
			k.Keep()
			delete(s.keys, name)
		}
	}
}

func (s *sending) drop() {
	for _, k := range s.keys {
		k.Drop()
	}
}

// again looks at a build, and what it is linked to, once more.
func (b *Operation) again(ctx context.Context, name string) *again {
	one := slices.DeleteFunc(b.Needed(), func(one plan.Build) bool { return one.Name != name })
	a := &again{Operation: &Operation{Session: b.Session, Options: b.Options, builder: b.builder, host: b.host, multi: b.multi, all: b.all, Chosen: one}}
	a.Options.Force = false
	a.Records, a.err = a.record(ctx, a.Needed())
	return a
}
