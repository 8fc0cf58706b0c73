package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestATakenPortIsNamedWithItsOwnerBeforeAnythingIsTouched(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port
	s := newStack(t, fmt.Sprintf(`
  db: {image: "lab/service:1", ports: ["127.0.0.1:${DB_PORT:-%d}:8080"], `+health+`}
`, port))
	r := s.up(infra.UpOptions{}).want(t, failure.Preflight)
	for _, part := range []string{fmt.Sprint(port), "DB_PORT=", fmt.Sprintf("pid %d", os.Getpid())} {
		if !strings.Contains(r.all(), part) {
			t.Errorf("%q is not in\n%s", part, r.all())
		}
	}
	if ids := s.ids(); len(ids) != 0 {
		t.Errorf("containers were made: %v", ids)
	}
}

func TestAPortTakenByAnotherProjectIsNamedWithItsService(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	text := fmt.Sprintf("\n  db: {image: \"lab/service:1\", ports: [\"127.0.0.1:${DB_PORT:-%d}:8080\"], "+health+"}\n", port)
	first, second := newStack(t, text), newStack(t, text)
	first.up(infra.UpOptions{}).want(t, failure.OK)
	r := second.up(infra.UpOptions{}).want(t, failure.Preflight)
	if !strings.Contains(r.all(), first.name) || !strings.Contains(r.all(), "DB_PORT=") {
		t.Errorf("got\n%s", r.all())
	}
	second.env = append(second.env, fmt.Sprintf("DB_PORT=%d", freePort(t)))
	second.up(infra.UpOptions{}).want(t, failure.OK)
}

func TestARestartStopsNothingThatCouldNotStartAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := newStack(t, fmt.Sprintf("\n  db: {image: \"${DB_IMAGE:-lab/service:1}\", ports: [\"127.0.0.1:${DB_PORT:-%d}:8080\"], "+health+"}\n", freePort(t)))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	before := s.ids()
	restart := func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }
	for _, change := range []string{fmt.Sprintf("DB_PORT=%d", l.Addr().(*net.TCPAddr).Port), "DB_IMAGE=127.0.0.1:1/none:1"} {
		changed := *s
		changed.env = append(slices.Clone(s.env), change)
		changed.run(restart).want(t, failure.Preflight)
		if after := s.ids(); !equal(before, after) {
			t.Errorf("%s: before %v, after %v", change, before, after)
		}
	}
	s.run(restart).want(t, failure.OK)
}
