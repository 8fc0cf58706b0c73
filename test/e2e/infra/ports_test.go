package infra_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
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
  db: {image: "lab/service:1", ports: ["127.0.0.1:${DB_PORT:-%d}:8080"], `+stacktest.Health+`}
`, port))
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, fmt.Sprint(port), "DB_PORT=", fmt.Sprintf("pid %d", os.Getpid()))
	if ids := s.IDs(); len(ids) != 0 {
		t.Errorf("containers were made: %v", ids)
	}
}

func TestAPortTakenByAnotherProjectIsNamedWithItsService(t *testing.T) {
	t.Parallel()
	port := stacktest.FreePort(t)
	text := fmt.Sprintf("\n  db: {image: \"lab/service:1\", ports: [\"127.0.0.1:${DB_PORT:-%d}:8080\"], "+stacktest.Health+"}\n", port)
	first, second := newStack(t, text), newStack(t, text)
	first.Up(infra.UpOptions{}).Want(t, failure.OK)
	second.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, first.Name, "DB_PORT=")
	second.Env = append(second.Env, fmt.Sprintf("DB_PORT=%d", stacktest.FreePort(t)))
	second.Up(infra.UpOptions{}).Want(t, failure.OK)
}

func TestARestartStopsNothingThatCouldNotStartAgain(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := newStack(t, fmt.Sprintf("\n  db: {image: \"${DB_IMAGE:-lab/service:1}\", ports: [\"127.0.0.1:${DB_PORT:-%d}:8080\"], "+stacktest.Health+"}\n", stacktest.FreePort(t)))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	before := s.IDs()
	restart := func(ctx context.Context, w *app.Run) error { return infra.Restart(ctx, w, nil) }
	for _, change := range []string{fmt.Sprintf("DB_PORT=%d", l.Addr().(*net.TCPAddr).Port), "DB_IMAGE=127.0.0.1:1/none:1"} {
		changed := *s
		changed.Env = append(slices.Clone(s.Env), change)
		changed.Run(restart).Want(t, failure.Preflight)
		if after := s.IDs(); !maps.Equal(before, after) {
			t.Errorf("%s: before %v, after %v", change, before, after)
		}
	}
	s.Run(restart).Want(t, failure.OK)
}
