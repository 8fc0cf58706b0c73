package app

import (
	"bufio"
	"context"
	"fmt"
	"strings"

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
	_, _ = fmt.Fprintf(w.Err, "%s? [y/N] ", question)
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
