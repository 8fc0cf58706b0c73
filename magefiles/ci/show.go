package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/host/local"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// exec runs a command in a process group of its own. Its standard error goes
// where its output goes, so that lines stay in order, unless that is captured.
func (c *run) exec(ctx context.Context, out io.Writer, line string, env, argv []string) error {
	command := local.Command{Argv: argv, Dir: c.root, Env: append(c.env[:len(c.env):len(c.env)], env...), Stdout: out, Stderr: c.w.Out}
	err := c.command(ctx, command)
	var exit *local.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return fmt.Errorf("%s: exit code %d", shorten(line, 60), exit.Code)
	}
	return fmt.Errorf("%s: %w", shorten(line, 60), err)
}

// shorten keeps a list of packages out of a message.
func shorten(line string, limit int) string {
	if runes := []rune(line); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return line
}

// open begins the part of a check: a group that GitHub Actions folds, or a line.
func (c *run) open(check check) {
	title := check.name + ": " + check.what
	line := "== " + title + "\n"
	if c.onGitHub {
		line = report.GroupStart(title)
	}
	_, _ = io.WriteString(c.w.Out, line)
}

// close ends it. What failed stands behind the group, where it is not folded.
func (c *run) close(r result) {
	line := fmt.Sprintf("%s: %s in %s", r.check.name, c.word(r), report.Took(r.took))
	switch {
	case c.onGitHub && r.err != nil:
		_, _ = io.WriteString(c.w.Out, report.GroupEnd+report.ErrorCommand("ci", line))
	case c.onGitHub:
		_, _ = io.WriteString(c.w.Out, report.GroupEnd)
	default:
		_, _ = fmt.Fprintf(c.w.Out, "== %s\n\n", line)
	}
}

// word is the result in a word.
func (c *run) word(r result) string {
	switch {
	case r.err == nil:
		return "ok"
	case errors.Is(r.err, errNotRun):
		return "not run"
	case r.ended:
		return "stopped"
	}
	return "failed"
}

// table shows each check, how it went and what it took.
func (c *run) table(total time.Duration) error {
	var rows [][]report.Cell
	for _, r := range c.results {
		rows = append(rows, c.row(r))
	}
	rows = append(rows, []report.Cell{{Text: "total"}, {}, {Text: report.Took(total)}, {}})
	return report.Table(c.w.Out, c.tables, []string{"CHECK", "RESULT", "TOOK", "DETAIL"}, rows)
}

func (c *run) row(r result) []report.Cell {
	word := c.word(r)
	cells := []report.Cell{{Text: r.check.name, Whole: true}, {Text: word, Whole: true, State: status.Ready}, {Text: report.Took(r.took)}, {}}
	switch word {
	case "not run":
		cells[1].State, cells[2].Text = "", ""
	case "failed", "stopped":
		cells[1].State, cells[3].Text = status.Failed, strings.TrimSpace(r.err.Error())
	}
	return cells
}
