package task

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host"
	"github.com/infinitescribe/spellbook/internal/host/local"
)

// errTimeout is the cause of a task's context after its Timeout.
var errTimeout = errors.New("timed out")

// once runs one task, unless the cache says that it need not.
func (w *walk) once(ctx context.Context, t *Task, needed []Needed) Result {
	r := Result{Task: t.Name, Began: w.Now()}
	w.Reporter.Started(t.Name)
	v, unlock, err := w.look(ctx, t, needed, func() { r.Began = w.Now() })
	defer unlock()
	r.Reason = v.Reason
	switch {
	case err != nil:
	case v.Cached:
		r.Outcome, r.Made = Cached, v.Made
		r.Output = w.replay(t.Name, v.Output)
	default:
		r.Output, err = w.steps(ctx, t)
		if err == nil && w.Cache != nil {
			r.Made, r.Warnings, err = w.Cache.Keep(ctx, t, v, r.Output)
		}
	}
	r.Output = w.fromRoot(r.Output)
	r.Took = w.Now().Sub(r.Began)
	switch {
	case r.Outcome == Cached:
	case canceled(ctx, err):
		r.Outcome, r.Cause = Canceled, context.Cause(ctx).Error()
	case err != nil:
		r.Outcome, r.Err, r.Code = Failed, err, codeOf(err)
	default:
		r.Outcome = Passed
	}
	return r
}

// look says whether a task has to run. If it does no other run in this checkout is at
// it, nor puts its outputs back, until unlock is called. Where it had to wait for one, that
// is over when waited is called: the time was the other's.
func (w *walk) look(ctx context.Context, t *Task, needed []Needed, waited func()) (v Verdict, unlock func(), err error) {
	unlock = func() {}
	if w.Cache == nil {
		return v, unlock, nil
	}
	if len(t.Steps) > 0 {
		if v = w.Cache.UpToDate(ctx, t, w.Environ, needed); v.Cached {
			return v, unlock, nil
		}
		waits, name := false, t.Name // by itself: else all of t is copied for who never waits
		free, err := w.Cache.Lock(ctx, name, func(holder string) { waits = true; w.Reporter.Line(name, "waiting for "+holder) })
		if err != nil {
			return v, unlock, err
		}
		if unlock = free; waits {
			waited()
		}
	}
	v, err = w.Cache.Look(ctx, t, w.Environ, needed)
	return v, unlock, err
}

// steps runs the steps of a task one after the other. Its output goes line by line to
// the reporter, and as it is to a file.
func (w *walk) steps(ctx context.Context, t *Task) (output string, err error) {
	if t.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.Timeout, fmt.Errorf("%w after %s", errTimeout, t.Timeout))
		defer cancel()
	}
	out := &lines{name: t.Name, to: w.Reporter}
	if w.Outputs != "" && len(t.Steps) > 0 {
		file, failed := w.outputFile(t.Name)
		if failed != nil {
			return "", failed
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out.file, output = file, file.Name()
	}
	defer out.flush()
	for _, s := range t.Steps {
		if err = w.step(ctx, t, s, out); err != nil {
			break
		}
	}
	if err != nil && errors.Is(context.Cause(ctx), errTimeout) {
		err = context.Cause(ctx)
	}
	return output, err
}

func (w *walk) step(ctx context.Context, t *Task, s Step, out io.Writer) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.Func != nil {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		return s.Func(ctx, out)
	}
	return local.RunAllowing(ctx, local.Command{Argv: s.Argv, Dir: filepath.Join(w.Root, filepath.FromSlash(t.Dir)), Env: t.Environ(w.Environ),
		Stdout: out, Stderr: out, Whole: true}, s.AllowedCode, s.AllowIf)
}

// outputFile makes the empty file for a task's output.
func (w *walk) outputFile(name string) (*os.File, error) {
	if err := os.MkdirAll(w.Outputs, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(w.outputPath(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
}

func (w *walk) outputPath(name string) string { return filepath.Join(w.Outputs, logName(name)) }

func logName(task string) string { return url.QueryEscape(task) + ".log" }

// listLogs are the files in Outputs.
func (w *walk) listLogs() map[string]bool {
	there := map[string]bool{}
	list, _ := os.ReadDir(w.Outputs)
	for _, e := range list {
		there[e.Name()] = true
	}
	return there
}

// removeLog removes the file with the output of an earlier run.
func (w *walk) removeLog(name string) {
	if w.Outputs != "" && w.logs()[logName(name)] {
		_ = os.Remove(w.outputPath(name))
	}
}

// replay shows the kept output of a task that need not run, and copies it to where that
// of a run is. An earlier run's is gone in any case.
func (w *walk) replay(name, kept string) (output string) {
	if kept == "" {
		w.removeLog(name)
		return ""
	}
	file, err := os.Open(kept)
	if err != nil { // what it said was shown when it was new
		w.removeLog(name)
		return ""
	}
	defer func() { _ = file.Close() }()
	out := &lines{name: name, to: w.Reporter}
	if w.Outputs != "" && os.MkdirAll(w.Outputs, 0o700) == nil { // another run may write to the file that is there
		if copied, err := os.CreateTemp(w.Outputs, ".replay.*"); err == nil {
			defer func() {
				if errors.Join(copied.Close(), os.Rename(copied.Name(), w.outputPath(name))) == nil {
					output = w.outputPath(name)
					return
				}
				_ = os.Remove(copied.Name())
			}()
			out.file = copied
		}
	}
	_, _ = io.Copy(out, file)
	out.flush()
	return ""
}

// fromRoot is a path as it is told: relative to the root where it is below, with slashes.
func (w *walk) fromRoot(file string) string {
	if at, err := filepath.Rel(w.Root, file); err == nil && filepath.IsLocal(at) {
		return filepath.ToSlash(at)
	}
	return file
}

// codeOf is the exit code that an error asks for, however it is wrapped: that of a
// command, of a failure of ours, or of one of Mage's (mg.Fatal).
func codeOf(err error) int {
	var exit *local.ExitError
	var status interface{ ExitStatus() int }
	var path *fs.PathError
	switch {
	case errors.Is(err, errTimeout):
		return 124
	case errors.As(err, &exit):
		return exit.Code
	case errors.As(err, &status) && status.ExitStatus() != 0:
		return status.ExitStatus()
	case errors.Is(err, host.ErrNotFound), errors.As(err, &path) && path.Op == "fork/exec" && errors.Is(path, fs.ErrNotExist):
		return 127
	}
	return int(failure.Unexpected)
}

// lines cuts output into lines. Both streams of a command write to it, so that they
// keep their order.
type lines struct {
	mu   sync.Mutex
	name string
	to   Reporter
	file io.Writer
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		if _, err := l.file.Write(p); err != nil {
			return 0, err
		}
	}
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.to.Line(l.name, strings.TrimSuffix(string(line), "\r"))
		l.rest = rest
	}
}

// flush hands on a last line that has no end.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.to.Line(l.name, string(l.rest))
		l.rest = nil
	}
}
