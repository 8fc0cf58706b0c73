//go:build unix

package build

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

// pipe is a FIFO, and what waits for a program to read from it.
func pipe(t *testing.T) (path string, opened <-chan *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	c := make(chan *os.File, 1)
	go func() {
		f, _ := os.OpenFile(path, os.O_WRONLY, 0)
		c <- f
	}()
	return path, c
}

func TestAnInterruptedBuildLeavesNoNameAndOneDocument(t *testing.T) {
	t.Parallel()
	for signal, code := range map[os.Signal]failure.Code{os.Interrupt: failure.Interrupted, syscall.SIGTERM: failure.Terminated, syscall.SIGHUP: failure.HungUp} {
		r, e := world(t)
		path, opened := pipe(t)
		r.Tool("docker", bakes("api", "read line <"+path))
		signals := make(chan os.Signal, 1)
		r.Signals = signals
		go func() { <-opened; signals <- signal }()
		x := r.Run(func(ctx context.Context, w *app.Run) error {
			w.Call = "build:backend -json"
			return Build(ctx, w, Options{JSON: true})
		}).Want(t, code)
		schematest.Validate(t, "build", []byte(x.Out))
		if e.Done() != "" {
			t.Errorf("%s: the engine was told\n%s", signal, e.Done())
		}
		if !strings.Contains(x.Failed.Error(), "\n  → mage build:backend -json again") {
			t.Errorf("%s: what to type next is not said:\n%s", signal, x.Failed.Error())
		}
	}
}

// notice closes told when text is written.
type notice struct {
	said string
	text string
	told chan struct{}
}

func (n *notice) Write(p []byte) (int, error) {
	before := strings.Contains(n.said, n.text)
	if n.said += string(p); !before && strings.Contains(n.said, n.text) {
		close(n.told)
	}
	return len(p), nil
}

func TestWhoWaitsForAnotherBuildLooksAgain(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	path, opened := pipe(t)
	docker := r.Tool("docker", bakes("api", "read line <"+path))
	first := make(chan commandtest.Output)
	go func() { first <- r.Run(buildCall(Options{})) }()
	hold := <-opened
	said := &notice{text: "waiting for build:backend (pid ", told: make(chan struct{})}
	second := make(chan commandtest.Output)
	go func() {
		second <- r.Run(func(ctx context.Context, w *app.Run) error { w.Err = said; return Build(ctx, w, Options{}) })
	}()
	<-said.told
	if err := hold.Close(); err != nil {
		t.Fatal(err)
	}
	(<-first).Want(t, failure.OK, "built")
	(<-second).Want(t, failure.OK, "exists, nothing to build")
	if n := strings.Count(docker.Calls(), "\n"); n != 1 {
		t.Errorf("built %d times", n)
	}
}
