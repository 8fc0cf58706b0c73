package task

import (
	"context"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// broken is a Cache that panics.
type broken struct{ Cache }

func (broken) UpToDate(context.Context, *Task, []string, []Needed) Verdict {
	panic("no index")
}

func TestARunEndsWhereATasksGoroutineEndsEarly(t *testing.T) {
	t.Parallel()
	exits := graph(t, do("a", func(context.Context, io.Writer) error { runtime.Goexit(); return nil }), command("b", "a"))
	for want, o := range map[string]Options{
		"a failed, b skipped (a)": {Reporter: silent{}},
		"no index":                {Cache: broken{}},
	} {
		o.Root = t.TempDir()
		got := make(chan string, 1)
		go func() {
			defer func() {
				if p := recover(); p != nil {
					got <- p.(interface{ String() string }).String()
				}
			}()
			r := &recorder{}
			o.Reporter = r
			_, _ = Execute(t.Context(), exits, o)
			got <- strings.Join(r.finished, ", ")
		}()
		select {
		case text := <-got:
			if !strings.Contains(text, want) {
				t.Errorf("got %q, want %q", text, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it waits for ever")
		}
	}
}
