package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/status"
)

// logLines is how much of a log a failure shows.
const logLines = 20

// FailureBlock writes an empty line and FailureText to o.Err.
func FailureBlock(o Options, f status.Failure) {
	text := FailureText(o, f)
	if o.Mode == GitHub {
		text = harmless(text)
	}
	_, _ = io.WriteString(o.Err, "\n"+text)
}

// FailureText is the text of one failed service: why, what its exit code
// means, what its health check said, the end of its log, what was not started
// because of it, and what to do.
func FailureText(o Options, f status.Failure) string {
	b := &block{o: o.WithDefaults(), palette: NewPalette(o.Color)}
	b.line(Row{{"✖ ", Bad}, {Clean(or(f.Container, f.Service)), Strong}, {" " + Clean(or(f.Reason, string(f.State))), Bad}})
	if text := exitText(f); text != "" {
		b.wrapped("  "+text, Normal)
	}
	b.quote("health check said:", lines(f.Health))
	b.quote(logTitle(f), tailOf(f.Logs))
	if len(f.NotStarted) > 0 {
		b.wrapped("  not started: "+strings.Join(f.NotStarted, ", "), Faint)
	}
	if f.Hint != "" {
		b.wrapped("  → "+b.o.spell(Clean(f.Hint)), Busy)
	}
	return b.text.String()
}

// exitText explains an exit code that means more than an error of the program.
func exitText(f status.Failure) string {
	switch {
	case f.OOMKilled:
		return "out of memory: the kernel killed it"
	case f.ExitCode == nil:
		return ""
	}
	if text, known := map[int]string{
		125: "125: the engine could not run it",
		126: "126: its command is there and cannot be executed",
		127: "127: its command is not in the image",
		132: "132: SIGILL, the image may be for another processor",
		134: "134: SIGABRT, the program gave up by itself",
		137: "137: SIGKILL, by the kernel, docker kill or a stop that took too long",
		139: "139: SIGSEGV, a memory fault of the program",
		143: "143: SIGTERM, somebody stopped it",
	}[*f.ExitCode]; known {
		return "exit code " + text
	}
	return fmt.Sprintf("exit code %d", *f.ExitCode)
}

func logTitle(f status.Failure) string {
	if f.NoLog != "" {
		return fmt.Sprintf("its logging driver %q keeps no log", Clean(f.NoLog))
	}
	if len(f.Logs) == 0 {
		return "its log is empty"
	}
	n := min(len(f.Logs), logLines)
	if n == 1 {
		return "last line of its log:"
	}
	return fmt.Sprintf("last %d lines of its log:", n)
}

func tailOf(logs []string) []string {
	var out []string
	for _, l := range logs[max(0, len(logs)-logLines):] {
		out = append(out, Clean(l))
	}
	return out
}

func or(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// block is text in the making. On a terminal long lines are wrapped behind
// their bar; elsewhere they stay whole, for search.
type block struct {
	o       Options
	palette Palette
	text    strings.Builder
}

func (b *block) line(r Row) {
	b.text.WriteString(r.Render(b.palette, max(b.o.Width, r.columns())) + "\n")
}

func (b *block) wrapped(text string, t Tone) {
	for i, part := range b.parts(text) {
		if i > 0 {
			part = "    " + strings.TrimLeft(part, " ")
		}
		b.line(Row{{part, t}})
	}
}

// quote writes what somebody else said, behind a bar; title is written only
// where it ends without a colon or something follows.
func (b *block) quote(title string, said []string) {
	if len(said) == 0 && strings.HasSuffix(title, ":") {
		return
	}
	b.line(Row{{"  " + title, Faint}})
	for _, text := range said {
		for _, part := range b.parts(text) {
			b.line(Row{{"    │ ", Faint}, {part, Normal}})
		}
	}
}

// parts is text in pieces that fit behind six columns on a terminal.
func (b *block) parts(text string) []string {
	return b.pieces(text, b.o.Width-7)
}

// pieces is text in pieces of at most room columns (20 at least) on a terminal.
func (b *block) pieces(text string, room int) []string {
	if b.o.Mode != Terminal {
		return []string{text}
	}
	var parts []string
	room = max(20, room)
	for Columns(text) > room {
		head, tail := splitAtBlank(text, room)
		parts, text = append(parts, head), tail
	}
	return append(parts, text)
}

// splitAtBlank cuts at the last blank before n columns, if it is not too far.
func splitAtBlank(s string, n int) (head, tail string) {
	head, tail = split(s, n)
	if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
		return s[:i], s[i+1:]
	}
	return head, tail
}
