package containerlog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// followed is a file that is followed, and what has come of it.
type followed struct {
	t       *testing.T
	file    *os.File
	stopped chan struct{}
	lines   chan string
	end     chan error
	cancel  context.CancelCauseFunc
}

func follow(t *testing.T, o Options, before ...string) *followed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "json.log")
	w, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = w.Close(), r.Close() })
	ctx, cancel := context.WithCancelCause(t.Context())
	f := &followed{t: t, file: w, stopped: make(chan struct{}), lines: make(chan string, 100), end: make(chan error, 1), cancel: cancel}
	f.say(before...)
	o.Follow = true
	go func() {
		f.end <- File(ctx, r, o, f.stopped, func(lines []Line) error {
			for _, l := range lines {
				f.lines <- l.Text
			}
			return nil
		})
		close(f.lines)
	}()
	return f
}

func (f *followed) say(texts ...string) {
	for _, text := range texts {
		f.write(string(entry(text+"\n", "stdout", time.Unix(1e9, 0).UTC())))
	}
}

func (f *followed) write(raw string) {
	f.t.Helper()
	if _, err := f.file.WriteString(raw); err != nil {
		f.t.Fatal(err)
	}
}

func (f *followed) wants(texts ...string) {
	f.t.Helper()
	for _, want := range texts {
		select {
		case got := <-f.lines:
			if got != want {
				f.t.Fatalf("got %q, want %q", got, want)
			}
		case <-f.t.Context().Done():
			f.t.Fatalf("no %q", want)
		}
	}
}

func TestAFollowedFileIsReadAsItGrowsUntilItsContainerHasStopped(t *testing.T) {
	f := follow(t, Options{Tail: 1}, "one", "two")
	f.wants("two")
	f.say("three")
	f.wants("three")
	f.write(`{"log":"half`)
	f.write(` and whole\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}` + "\n")
	f.wants("half and whole")
	f.say("last", "words")
	close(f.stopped)
	var rest []string
	for text := range f.lines {
		rest = append(rest, text)
	}
	if err := <-f.end; err != nil || !slices.Equal(rest, []string{"last", "words"}) {
		t.Errorf("%q, %v", rest, err)
	}
}

// truncate -s 0 on the log of a container is what people do where disks are full.
func TestAFollowedFileThatIsEmptiedIsReadFromItsBeginning(t *testing.T) {
	f := follow(t, Options{Tail: -1}, "a long line of the time before")
	f.wants("a long line of the time before")
	if err := f.file.Truncate(0); err != nil {
		t.Fatal(err)
	}
	f.say("new")
	f.wants("new")
}

func TestWhoFollowsAFileIsLetGo(t *testing.T) {
	f := follow(t, Options{Tail: 0})
	why := errors.New("enough")
	f.cancel(why)
	if err := <-f.end; !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}
