package dev_test

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
	s.File("other/Dockerfile", devDockerfile+"RUN exit 3\n")
	s.File("compose/docker-compose.backend.yml", "services:\n"+s.app("one")+"  other: {build: ../other, image: \""+s.Name+"-other:dev\"}\n")
	return s
}

// runs fails the test unless these containers and no others are there.
func (s *devStack) runs(services ...string) {
	s.T.Helper()
	var got []string
	for _, name := range slices.Sorted(maps.Keys(s.IDs())) {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(name, s.Name+"-"), "-1"))
	}
	if !slices.Equal(got, services) {
		s.T.Errorf("containers of %q, want %q", got, services)
	}
}

func TestDevUpOfSomeServicesNeedsNoOthersImage(t *testing.T) {
	t.Parallel()
	s := withAnother(t)
	s.Run(func(ctx context.Context, w *app.Run) error {
		return dev.Up(ctx, w, dev.UpOptions{Services: []string{"app"}})
	}).Want(t, failure.OK)
	s.serves("one")
	s.runs("app", "base")
	s.Run(func(ctx context.Context, w *app.Run) error {
		return dev.Up(ctx, w, dev.UpOptions{Services: []string{"base"}})
	}).Want(t, failure.OK)
	s.Run(func(ctx context.Context, w *app.Run) error {
		return dev.Up(ctx, w, dev.UpOptions{Services: []string{"nobody"}})
	}).Want(t, failure.Usage).SaysNot(t, "building")
	r := s.Run(func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{}) })
	if r.Code == failure.OK {
		t.Error("without -services the broken image is needed")
	}
}

func TestDevWatchOfSomeServicesLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	s := withAnother(t)
	s.g = s.Start(nil, func(ctx context.Context, w *app.Run) error {
		return dev.Watch(ctx, w, dev.WatchOptions{Services: []string{"app"}})
	})
	s.says(" (Ctrl-C ends it)\n")
	s.runs("app", "base")
	s.File("other/content", "two")
	s.File("app/content", "two")
	if between := s.says(" → ready TOOK\n"); strings.Contains(between, "other") {
		t.Errorf("told of another service: %q", between)
	}
	s.serves("two")
	s.runs("app", "base")
}
