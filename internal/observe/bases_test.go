package observe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// localImages are the contents of an engine's, by reference.
type localImages struct {
	ids  map[string]string
	says map[string]docker.ImageConfig // of some of them
	err  error
}

// ImageConfig has all images for the builder's own platform.
func (l localImages) ImageConfig(_ context.Context, ref string) (docker.ImageConfig, bool, error) {
	content, found := l.ids[ref]
	config := l.says[ref]
	config.Content, config.Platform = content, "linux/riscv64"
	return config, found, l.err
}

// ImageConfigFor is of another platform than the builder's own: REFERENCE PLATFORM.
func (l localImages) ImageConfigFor(_ context.Context, ref, platform string) (docker.ImageConfig, bool, error) {
	content, found := l.ids[ref+" "+platform]
	return docker.ImageConfig{Content: content, Platform: platform}, found, l.err
}

// named are references for the builder's own platform.
func named(refs ...string) []BaseRef {
	var list []BaseRef
	for _, ref := range refs {
		list = append(list, BaseRef{Ref: ref})
	}
	return list
}

// askable is a registry that notes what it is asked.
type askable struct {
	mu      sync.Mutex
	digests map[string]string
	down    bool
	asked   []string
}

func (a *askable) ask(_ context.Context, ref, _ string, _ RegistryImage) (RegistryImage, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, ref)
	if a.down || a.digests[ref] == "" {
		return RegistryImage{}, errors.New("no route to " + ref)
	}
	return RegistryImage{Content: a.digests[ref]}, nil
}

// baseLab is a registry with b, an engine with a, and a clock that a test sets.
type baseLab struct {
	*testing.T
	registry *askable
	engine   localImages
	now      time.Time
	o        BaseOptions
}

func newBaseLab(t *testing.T) *baseLab {
	l := &baseLab{T: t, registry: &askable{digests: map[string]string{"b:1": "sha256:b1"}},
		engine: localImages{ids: map[string]string{"a:1": "sha256:a1"}}, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	l.o = BaseOptions{Local: true, File: filepath.Join(t.TempDir(), "state", "bases.json"), MaxAge: time.Hour,
		Now: func() time.Time { return l.now }, Ask: l.registry.ask}
	return l
}

// want looks refs up and compares "SOURCE DIGEST" of each, and how often the
// registry has been asked in all.
func (l *baseLab) want(asked int, refs string, want ...string) []BaseDigest {
	l.Helper()
	found, err := Bases(l.Context(), l.engine, named(strings.Fields(refs)...), l.o)
	if err != nil {
		l.Fatal(err)
	}
	for i, b := range found {
		if got := b.Source + " " + b.Digest; got != want[i] || (b.Err != nil) != (b.Digest == "") {
			l.Errorf("%s: got %q (%v), want %q", b.Ref, got, b.Err, want[i])
		}
	}
	if len(l.registry.asked) != asked {
		l.Errorf("the registry was asked for %q, want %d", l.registry.asked, asked)
	}
	return found
}

func TestADigestComesFromTheNearestThatKnowsIt(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	l.want(2, "p@sha256:pp b:1 a:1 none:1", "pinned sha256:pp", "registry sha256:b1", "engine sha256:a1", " ")
	l.o.Local = false
	l.want(3, "a:1", " ")
}

func TestWhatTheRegistrySaidIsAskedForAgainWhenItIsOld(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	l.want(1, "b:1", "registry sha256:b1")
	l.registry.digests["b:1"] = "sha256:b2"
	l.now = l.now.Add(time.Hour - time.Second)
	l.want(1, "b:1", "registry sha256:b1")
	l.now = l.now.Add(time.Second)
	l.want(2, "b:1", "registry sha256:b2")
	l.o.Fresh = true
	l.registry.digests["b:1"] = "sha256:b3"
	l.want(3, "b:1 a:1", "registry sha256:b3", "engine sha256:a1")
	l.o.Fresh, l.o.MaxAge = false, 0
	l.want(4, "b:1", "registry sha256:b3")
}

func TestWhatWasSaidOnceServesWhileTheRegistryDoesNotAnswer(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	l.want(1, "b:1", "registry sha256:b1")
	said := l.now
	l.now, l.registry.down = l.now.Add(100*time.Hour), true
	for asked := 2; asked <= 3; asked++ { // it stays old
		if asked == 3 { // and is left alone for a while
			l.want(2, "b:1", "remembered sha256:b1")
			l.now = l.now.Add(failureAge)
		}
		b := l.want(asked, "b:1", "remembered sha256:b1")[0]
		if !b.At.Equal(said) || b.Unanswered == nil || !strings.Contains(b.Unanswered.Error(), "no route") {
			l.Errorf("got %+v", b)
		}
	}
}

func TestADamagedMemoryIsAsGoodAsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", "null", "[]", `{"b:1": 7}`, `{"b:1": {"content": "", "at": "2026-01-01T00:00:00Z"}}`, `{"b:1": {"content": "sha256:future", "at": "2099-01-01T00:00:00Z"}}`,
		`{"b:1": {"digest": "sha256:of-an-index", "at": "2026-01-01T00:00:00Z"}}`} {
		l := newBaseLab(t)
		if err := os.MkdirAll(filepath.Dir(l.o.File), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(l.o.File, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l.want(1, "b:1", "registry sha256:b1")
		l.want(1, "b:1", "registry sha256:b1")
	}
}

func TestWhatAnotherRunRemembersMeanwhileStays(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	for i := range 8 {
		l.registry.digests[fmt.Sprintf("c:%d", i)] = "sha256:c"
	}
	other, ask := l.o, l.o.Ask
	l.o.Ask = func(ctx context.Context, ref, platform string, last RegistryImage) (RegistryImage, error) {
		if _, err := Bases(ctx, l.engine, named("c:1", "c:2"), other); err != nil {
			return RegistryImage{}, err
		}
		return ask(ctx, ref, platform, last)
	}
	l.want(3, "b:1", "registry sha256:b1")
	l.want(3, "c:1 c:2 b:1", "registry sha256:c", "registry sha256:c", "registry sha256:b1")
	if left, err := filepath.Glob(l.o.File + ".*"); len(left) != 0 || err != nil {
		t.Errorf("left behind: %q %v", left, err)
	}
}

func TestAllImagesAreLookedUpAtOnceAndASlowRegistryIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := BaseOptions{Now: time.Now, Ask: func(ctx context.Context, _, _ string, _ RegistryImage) (RegistryImage, error) {
			<-ctx.Done()
			return RegistryImage{}, ctx.Err()
		}}
		start := time.Now()
		found, err := Bases(t.Context(), nil, named("a", "b", "c"), o)
		if took := time.Since(start); err != nil || took != basePatience {
			t.Errorf("took %s (%v)", took, err)
		}
		for _, b := range found {
			if b.Err == nil || !strings.Contains(b.Err.Error(), "no answer within 15s") {
				t.Errorf("%s: %v", b.Ref, b.Err)
			}
		}
	})
}

func TestAnEngineThatFailsAndAnEndedRunAreErrors(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	l.engine.err = errors.New("engine is gone")
	if _, err := Bases(t.Context(), l.engine, named("a:1"), l.o); !errors.Is(err, l.engine.err) || !strings.Contains(err.Error(), `"a:1"`) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	cancel(stop)
	l.o.Local = false
	if _, err := Bases(ctx, l.engine, named("none:1"), l.o); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestAMemoryThatCannotBeWrittenIsToldWithTheDigests(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	if err := os.WriteFile(filepath.Dir(l.o.File), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Bases(t.Context(), l.engine, named("b:1"), l.o)
	if err == nil || len(found) != 1 || found[0].Digest != "sha256:b1" {
		t.Errorf("got %+v, %v", found, err)
	}
}

// A frontend of which no registry tells is looked for at every look.
func TestARegistryThatGivesNoAnswerIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	look := func(asked int, want string) BaseDigest {
		t.Helper()
		found, err := Bases(t.Context(), l.engine, []BaseRef{{Ref: "a:1", Frontend: true}, {Ref: "none:1"}}, l.o)
		if err != nil || found[0].Digest != want || found[1].Err == nil || !strings.Contains(found[1].Err.Error(), "no route to none:1") {
			t.Fatalf("got %+v, %v", found, err)
		}
		if len(l.registry.asked) != asked {
			t.Errorf("asked for %q, want %d", l.registry.asked, asked)
		}
		if !found[1].Asked.Equal(l.now) && !found[1].Asked.Before(l.now) {
			t.Errorf("asked at %s", found[1].Asked)
		}
		return found[1]
	}
	look(2, "sha256:a1")
	l.now = l.now.Add(failureAge - time.Second)
	if b := look(2, "sha256:a1"); !b.Asked.Before(l.now) {
		t.Error("what is believed counts as asked for now")
	}
	l.now = l.now.Add(time.Second)
	look(4, "sha256:a1")
	l.registry.digests["a:1"] = "sha256:registry"
	look(4, "sha256:a1")
	l.o.Fresh = true
	look(6, "sha256:registry")
	l.o.Fresh = false
	l.now = l.now.Add(time.Second)
	look(6, "sha256:registry")
}

func TestABaseForAnotherPlatformIsThatOfTheEngineWhereItHasBoth(t *testing.T) {
	t.Parallel()
	l := newBaseLab(t)
	l.engine.ids["a:1 linux/s390x"] = "sha256:other"
	for platform, want := range map[string]string{"": "sha256:a1", "linux/s390x": "sha256:other", "linux/arm64": ""} {
		found, err := Bases(t.Context(), l.engine, []BaseRef{{Ref: "a:1", Platform: platform}}, l.o)
		if err != nil || found[0].Digest != want {
			t.Errorf("%s: %+v, %v", platform, found, err)
		}
	}
}
