package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Confirm asks before something is lost; yes answers for the user. Without a
// terminal nobody can be asked, so yes must have been said.
func (w *Run) Confirm(ctx context.Context, question string, yes bool) error {
	if yes {
		return nil
	}
	if !w.InTerminal {
		return failure.New(failure.Refused, "%s needs a yes, and there is no terminal to ask on", question).
			WithHint("add -yes")
	}
	_, _ = io.WriteString(w.Err, w.readable(w.ErrTerminal, "%s? [y/N] ", []any{question}))
	answer, err := w.ReadLine(ctx)
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return failure.New(failure.Refused, "not done: you did not say yes")
}

// ReadLine reads the answer to a question, or gives up when ctx ends. It ends
// the question's line where the answer, Ctrl-D or a signal, does not.
func (w *Run) ReadLine(ctx context.Context) (string, error) {
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(w.In).ReadString('\n')
		lines <- line
	}()
	select {
	case line := <-lines:
		if !strings.HasSuffix(line, "\n") {
			_, _ = fmt.Fprintln(w.Err)
		}
		return line, nil
	case <-ctx.Done():
		_, _ = fmt.Fprintln(w.Err)
		return "", context.Cause(ctx)
	}
}

// MaxValue is how long a value may be, in bytes: longer ones are files.
const MaxValue = 1 << 20

// ReadValue reads the value of a variable: all of a pipe but one line break at
// its end, or on a terminal one line, without echo if it is a secret.
func (w *Run) ReadValue(ctx context.Context, name string, hidden bool) (string, error) {
	if w.InTerminal {
		return w.askValue(ctx, name, hidden)
	}
	text, err := within(ctx, func() (string, error) {
		data, err := io.ReadAll(io.LimitReader(w.In, MaxValue+1))
		return string(data), err
	})
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", failure.New(failure.Usage, "no value of %s came by standard input", name).
			WithHint("pipe it in, or write %s= for an empty one", name)
	case len(text) > MaxValue:
		return "", failure.New(failure.Usage, "the value of %s is longer than 1 MB", name).WithHint("put it into a file, and set its path")
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), nil
}

// askValue prompts when the terminal is ready: whoever, or whatever, answers a
// prompt may answer at once.
func (w *Run) askValue(ctx context.Context, name string, hidden bool) (string, error) {
	in, isFile := w.In.(*os.File)
	if !hidden || !isFile {
		_, _ = fmt.Fprintf(w.Err, "%s: ", name)
		line, err := w.ReadLine(ctx)
		return strings.TrimRight(line, "\r\n"), err
	}
	former, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", fmt.Errorf("prepare terminal: %w", err)
	}
	defer func() { _ = term.Restore(int(in.Fd()), former); _, _ = fmt.Fprintln(w.Err) }()
	if err := silence(in); err != nil {
		return "", fmt.Errorf("turn the terminal's echo off: %w", err)
	}
	_, _ = fmt.Fprintf(w.Err, "%s: ", name)
	return within(ctx, func() (string, error) {
		value, err := term.ReadPassword(int(in.Fd()))
		return string(value), err
	})
}

// within waits for what cannot be cancelled no longer than ctx lasts.
func within(ctx context.Context, read func() (string, error)) (string, error) {
	type outcome struct {
		text string
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		text, err := read()
		done <- outcome{text, err}
	}()
	select {
	case o := <-done:
		return o.text, o.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
