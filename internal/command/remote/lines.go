package remote

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/logs"
	"github.com/infinitescribe/spellbook/internal/observe"
)

// LastLines are the last n of a container's log.
func (o *Operation) LastLines(ctx context.Context, c observe.Container, n int) ([]logs.Line, error) {
	var lines []logs.Line
	err := o.Engine.Logs(ctx, c.ID, docker.LogOptions{Tail: n}, func(got docker.LogLine) error {
		lines = append(lines, logs.Line{Time: got.Time, Text: got.Text, Stderr: got.Stderr})
		return nil
	})
	return lines, err
}

// LastWords are what a container that has ended said last, for its error.
func (o *Operation) LastWords(ctx context.Context, c observe.Container) []string {
	lines, _ := o.LastLines(ctx, c, 10)
	var words []string
	for _, line := range lines {
		words = append(words, LogName(c)+" | "+line.Text)
	}
	return words
}

// LogName is what the lines of a container of a release begin with, however many
// there are of its service: also the name of the file that keeps them.
func LogName(c observe.Container) string {
	if c.Number > 1 {
		return fmt.Sprintf("%s-%d", c.Labels[deploy.LabelService], c.Number)
	}
	return c.Labels[deploy.LabelService]
}
