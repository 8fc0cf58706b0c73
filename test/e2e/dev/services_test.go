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
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
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

// Compose by itself would build it once more, which gives its name to another image.
func TestDevUpBuildsOnceWhatIsBuiltAtEveryUp(t *testing.T) {
	t.Parallel()
	s := newDevStack(t)
	s.File("app/Dockerfile", devDockerfile+"RUN cat /proc/sys/kernel/random/uuid >/id\n")
	s.File("compose/docker-compose.backend.yml", "services:\n"+strings.Replace(s.app("one"), "build: ../app", "pull_policy: build\n    build: {context: ../app, no_cache: true}", 1)+
		"  tool: {profiles: [tools], build: ../gone}\n")
	up := func() {
		s.Run(func(ctx context.Context, w *app.Run) error { return dev.Up(ctx, w, dev.UpOptions{}) }).Want(t, failure.OK)
	}
	up()
	images := func() string {
		return stacktest.Docker(t, "image", "ls", "--no-trunc", "--format", "{{.ID}}", s.Name+"-app")
	}
	if ids := strings.Fields(images()); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("the name and the key are of %q", ids)
	}
	before, container := images(), s.Inspect("app", "{{.Id}}")
	up()
	if images() != before || s.Inspect("app", "{{.Id}}") != container {
		t.Error("it was built again")
	}
	s.backend("two")
	s.Edit("compose/docker-compose.backend.yml", "build: ../app", "pull_policy: build\n    build: {context: ../app, no_cache: true}")
	up()
	if images() != before || s.Inspect("app", "{{.Id}}") == container {
		t.Error("the service has another environment, and the same image")
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
