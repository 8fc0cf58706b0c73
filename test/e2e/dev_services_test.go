package e2e_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/dev"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// withAnother is a stack whose second application cannot be built.
func withAnother(t *testing.T) *devStack {
	t.Helper()
	s := newDevStack(t)
	s.file("other/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.file("compose/docker-compose.backend.yml", "services:\n"+s.app("one")+"  other: {build: ../other, image: \""+s.name+"-other:dev\"}\n")
	return s
}

// runs fails the test unless these containers and no others are there.
func (s *devStack) runs(services ...string) {
	s.t.Helper()
	var got []string
	for _, name := range slices.Sorted(maps.Keys(s.ids())) {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(name, s.name+"-"), "-1"))
	}
	if !slices.Equal(got, services) {
		s.t.Errorf("containers of %q, want %q", got, services)
	}
}

func TestDevUpOfSomeServicesNeedsNoOthersImage(t *testing.T) {
	t.Parallel()
	s := withAnother(t)
	s.run(func(ctx context.Context, w *app.Run) error {
		return dev.Up(ctx, w, dev.UpOptions{Services: []string{"app"}})
	}).want(t, failure.OK)
	s.serves("one")
	s.runs("app", "base")
	s.run(func(ctx context.Context, w *app.Run) error {
		return dev.Up(ctx, w, dev.UpOptions{Services: []string{"base"}})
	}).want(t, failure.OK)
	if r := s.run(func(ctx context.Context, w *app.Run) error {
		return dev.Up(ctx, w, dev.UpOptions{Services: []string{"nobody"}})
	}).want(t, failure.Usage); strings.Contains(r.all(), "building") {
		t.Errorf("something was built before the mistake was seen:\n%s", r.all())
	}
	r := s.run(func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{}) })
	if r.code == failure.OK {
		t.Error("without -services the broken image is needed")
	}
}

func TestDevWatchOfSomeServicesLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	s := withAnother(t)
	s.g = s.start(nil, func(ctx context.Context, w *app.Run) error {
		return dev.Watch(ctx, w, dev.WatchOptions{Services: []string{"app"}})
	})
	s.says(" (Ctrl-C ends it)\n")
	s.runs("app", "base")
	s.file("other/content", "two")
	s.file("app/content", "two")
	if between := s.says(" → ready TOOK\n"); strings.Contains(between, "other") {
		t.Errorf("told of another service: %q", between)
	}
	s.serves("two")
	s.runs("app", "base")
}
