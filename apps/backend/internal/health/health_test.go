package health_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/health"
)

func TestADependencyThatIsDownIsShownWithoutTheWordsOfItsDriver(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	p := health.Prober{Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil)), Checks: []health.Check{
		{Name: "good", Ask: func(context.Context) error { return nil }},
		{Name: "bad", Ask: func(context.Context) error { return errors.New("host db.internal refused") }},
	}}
	states, up := p.Probe(t.Context())
	if up || states["good"].Status != "up" || states["bad"].Status != "down" || states["bad"].Error != "unavailable" {
		t.Errorf("got %v, %v", states, up)
	}
	if !strings.Contains(log.String(), "db.internal") {
		t.Errorf("the log does not say why: %s", log.String())
	}
}

func TestDependenciesAreAskedAtOnceAndNoLongerThanTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		p := health.Prober{Now: time.Now, Log: slog.New(slog.DiscardHandler), Checks: []health.Check{{Name: "a", Ask: hang}, {Name: "b", Ask: hang}}}
		began := time.Now()
		states, up := p.Probe(t.Context())
		if took := time.Since(began); up || took != health.Limit {
			t.Errorf("took %s, up %v", took, up)
		}
		if s := states["a"]; s.LatencyMS != 2000 || !strings.Contains(s.Error, "no answer") {
			t.Errorf("got %+v", s)
		}
	})
}

func TestBoltIsUpWhenItChoosesAVersion(t *testing.T) {
	t.Parallel()
	for answer, fine := range map[string]bool{
		"\x00\x00\x04\x05": true, "\x00\x00\x04\x04": true, "\x00\x00\x00\x00": false, "HTTP": false, "\x00": false,
	} {
		err := health.Bolt(serve(t, answer))(t.Context())
		if (err == nil) != fine {
			t.Errorf("%q: got %v", answer, err)
		}
	}
}

func TestABoltServerThatIsSilentIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := health.Bolt(serve(t, "silence"))(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// serve answers one handshake, or none at all, and returns its address.
func serve(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.ReadFull(conn, make([]byte, 20))
		if answer == "silence" {
			_, _ = io.Copy(io.Discard, conn) // until the client leaves
			return
		}
		_, _ = io.WriteString(conn, answer)
	}()
	return l.Addr().String()
}
