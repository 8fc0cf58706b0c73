package tasks

import (
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

// plain writes each line behind the name of its task.
type plain struct {
	o       Options
	palette report.Palette
	width   int
}

func newPlain(o Options, names []string) *plain {
	p := &plain{o: o, palette: report.NewPalette(o.Color)}
	for _, name := range names {
		p.width = max(p.width, report.Columns(name))
	}
	return p
}

func (p *plain) started(string) {}

func (p *plain) lines(name string, shown []string) {
	for _, text := range shown {
		p.line(name, " │ ", report.Normal, clean(text))
	}
}

func (p *plain) finished(r task.Result, _ outputs.Result) {
	p.line(r.Task, " "+markOf(r.Outcome)+" ", toneOf(r.Outcome), sentence(r, p.o.Explain))
}

func (p *plain) line(name, between string, tone report.Tone, text string) {
	row := report.Row{{Text: report.Pad(name, p.width), Tone: report.Faint}, {Text: between, Tone: report.Faint}, {Text: text, Tone: tone}}
	_, _ = io.WriteString(p.o.Err, row.Render(p.palette, report.Columns(name)+p.width+len(between)+report.Columns(text))+"\n")
}

func (p *plain) stop() {}

// clean is a line of a command's output, safe to print.
func clean(text string) string { return strings.TrimRight(report.Clean(text), " ") }
