package e2e_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestACheckoutThatWasMovedIsAskedAboutAndKeepsItsData(t *testing.T) {
	t.Parallel()
	s := newStack(t, store)
	s.file(".env", "POSTGRES_PASSWORD=one-1one\n")
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if _, err := s.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	before, old := s.ids(), s.dir
	s.dir = filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(old, s.dir); err != nil {
		t.Fatal(err)
	}
	gone := "made from " + old + ", which is gone"
	s.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, gone, "mage infra:up -adopt")
	s.answer("n\n").want(t, failure.Refused).says(t, gone, "Is it this checkout, moved")
	if after := s.ids(); !equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	s.answer("y\n").want(t, failure.OK)
	s.keeps()
	s.settled()

	// Without a container the volume alone says whose it is.
	s.down(infra.DownOptions{}).want(t, failure.OK)
	old = s.dir
	s.dir = filepath.Join(t.TempDir(), "again")
	if err := os.Rename(old, s.dir); err != nil {
		t.Fatal(err)
	}
	s.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, "made from "+old+", which is gone (its data in "+s.name+"_data)")
	s.up(infra.UpOptions{Adopt: true}).want(t, failure.OK)
	s.keeps()
	s.settled()
}

// answer is an infra:up on a terminal where somebody types an answer.
func (s *stack) answer(text string) result {
	s.t.Helper()
	return s.run(func(ctx context.Context, w *app.Run) error {
		w.In, w.InTerminal = strings.NewReader(text), true
		return infra.Up(ctx, w, infra.UpOptions{})
	})
}

// The volumes of a stack that is down are still somebody's.
func TestTheVolumesOfAnotherCheckoutAreNotUsedAfterItsDown(t *testing.T) {
	t.Parallel()
	first := newStack(t, store)
	first.file(".env", "POSTGRES_PASSWORD=one-1one\n")
	first.up(infra.UpOptions{}).want(t, failure.OK)
	if _, err := first.psql("CREATE TABLE kept (line text); INSERT INTO kept VALUES ('of the first')"); err != nil {
		t.Fatal(err)
	}
	first.down(infra.DownOptions{}).want(t, failure.OK)
	second := first.in(t.TempDir(), "two-2two")
	second.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, "made from "+first.dir+" (its data in "+first.name+"_data)", "env:isolate")
	second.up(infra.UpOptions{Dry: true}).want(t, failure.Preflight)
	if ids := first.ids(); len(ids) > 0 {
		t.Errorf("made: %v", ids)
	}
	first.up(infra.UpOptions{}).want(t, failure.OK)
	first.keeps()
}

// Two machines may have one path; the engine that both use says nothing of it.
func TestOnARemoteEngineTheMachineCountsToo(t *testing.T) {
	s := newStack(t, lights)
	s.env = append(s.env, "DOCKER_HOST=tcp://"+relayed(t, strings.TrimPrefix(s.client.Endpoint.Host, "unix://")))
	s.up(infra.UpOptions{}).want(t, failure.OK)
	s.settled()
	before := s.ids()

	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // another machine remembers nothing
	elsewhere := "made from " + s.dir + ", perhaps on another machine (1 service running for "
	s.up(infra.UpOptions{}).want(t, failure.Preflight).says(t, elsewhere, "mage infra:up -adopt")
	s.status(false).want(t, failure.NotReady).says(t, elsewhere)
	if after := s.ids(); !equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
	s.up(infra.UpOptions{Adopt: true}).want(t, failure.OK)
	s.settled()
}

// relayed is an address that leads to a socket.
func relayed(t *testing.T, socket string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go relay(from, socket)
		}
	}()
	return l.Addr().String()
}

func relay(from net.Conn, socket string) {
	to, err := net.Dial("unix", socket)
	if err != nil {
		_ = from.Close()
		return
	}
	go func() { _, _ = io.Copy(to, from); _ = to.(*net.UnixConn).CloseWrite() }()
	_, _ = io.Copy(from, to)
	_, _ = to.Close(), from.Close()
}

func TestACacheThatCannotBeWrittenIsOneWarning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no-directory")
	if err := os.MkdirAll(filepath.Join(file, "spellbook", "locks"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(file, "spellbook", "stacks"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file)
	s := newStack(t, cleanStack)
	r := s.up(infra.UpOptions{}).want(t, failure.OK)
	if strings.Count(r.all(), "warning: ") != 1 || !strings.Contains(r.all(), "warning: it is not noted whose the volumes of "+s.name+" are: ") {
		t.Errorf("got\n%s", r.all())
	}
	s.settled()
}
