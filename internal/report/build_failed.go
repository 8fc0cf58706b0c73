package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// BuildFailures writes for each failed build an empty line, why it failed, the
// lines of the Dockerfile around the instruction, the last output of its
// command, and what to do, to o.Err. On GitHub the output is folded away, and
// an annotation stands at the Dockerfile's line.
func BuildFailures(o Options, list []BuildFailed) error {
	var all []called
	for _, f := range list {
		all = append(all, called{f.Image, f.Build})
	}
	names := shownAs(all)
	for i, f := range list {
		f.Build = names[i]
		if _, err := io.WriteString(o.Err, "\n"+buildFailedText(o, f)); err != nil {
			return fmt.Errorf("write failure of build %q: %w", f.Build, err)
		}
	}
	return nil
}

func buildFailedText(o Options, f BuildFailed) string {
	b := &block{o: o.WithDefaults(), palette: NewPalette(o.Color)}
	b.failedHead(f)
	b.excerpt(f.Excerpt)
	if o.Mode != GitHub {
		b.output(f)
		b.remedy(f.Hint)
		return b.text.String()
	}
	b.remedy(f.Hint)
	if len(f.Output) > 0 {
		b.text.WriteString(GroupStart("output of build " + f.Build))
		b.output(f)
		b.text.WriteString(GroupEnd)
	}
	return harmless(b.text.String()) + buildAnnotation(f)
}

// failedHead says which build failed, why, for whom, and where.
func (b *block) failedHead(f BuildFailed) {
	name, reason, width := Clean(f.Build), Clean(or(f.Reason, exitReason(f), "failed")), 0
	if b.o.Mode == Terminal {
		width = b.o.Width - 1
	}
	first, more, _ := strings.Cut(Hang(reason, width, Columns(name)+4), "\n")
	b.line(Row{{"✖ ", Bad}, {name, Strong}, {": " + first, Bad}})
	for text := range strings.Lines(more) {
		b.line(Row{{strings.TrimSuffix(text, "\n"), Bad}})
	}
	if len(f.Services) > 0 && !slices.Equal(f.Services, []string{f.Build}) {
		b.wrapped("  for "+Clean(strings.Join(f.Services, ", ")), Faint)
	}
	if text := f.where(); text != "" {
		b.wrapped("  "+text, Normal)
	}
	if text := stepExit(f.ExitCode); text != "" {
		b.wrapped(fmt.Sprintf("  exit code %d: %s", f.ExitCode, text), Normal)
	}
}

// stepExit explains the exit codes of a build's commands that are no errors of
// the program; empty for others.
func stepExit(code int) string {
	return map[int]string{
		126: "a command is there and cannot be executed",
		127: "a command is not in this stage",
		132: "SIGILL, the image may be for another processor",
		134: "SIGABRT, the program gave up by itself",
		137: "SIGKILL, most likely by the kernel for want of memory",
		139: "SIGSEGV, a memory fault of the program",
	}[code]
}

func exitReason(f BuildFailed) string {
	if f.ExitCode == 0 {
		return ""
	}
	return fmt.Sprintf("a command ended with exit code %d", f.ExitCode)
}

// where is the place in the Dockerfile as editors and terminals open it, the
// stage, and the instruction where no excerpt shows it.
func (f BuildFailed) where() string {
	var words []string
	switch {
	case f.Dockerfile != "" && f.Line > 0:
		words = append(words, fmt.Sprintf("at %s:%d", Clean(f.Dockerfile), f.Line))
	case f.Dockerfile != "":
		words = append(words, "in "+Clean(f.Dockerfile))
	}
	if f.Stage != "" {
		words = append(words, "stage "+Clean(f.Stage))
	}
	if f.Step != "" && len(f.Excerpt) == 0 {
		words = append(words, "step "+Clean(f.Step))
	}
	return strings.Join(words, ", ")
}

// excerpt shows lines of code with their numbers; those that failed have a >
// before them, for readers who see no colours.
func (b *block) excerpt(code []CodeLine) {
	digits := 0
	for _, l := range code {
		digits = max(digits, len(fmt.Sprint(l.Number)))
	}
	for _, l := range code {
		mark, gutter, text := "  ", Faint, Faint
		if l.Marked {
			mark, gutter, text = "> ", Bad, Strong
		}
		number := fmt.Sprintf("%*d", digits, l.Number)
		for _, part := range b.pieces(Clean(l.Text), b.o.Width-digits-8) {
			b.line(Row{{"  " + mark + number + " │ ", gutter}, {part, text}})
			mark, number = "  ", strings.Repeat(" ", digits)
		}
	}
}

// output is the last that the command said.
func (b *block) output(f BuildFailed) {
	said := tailOf(f.Output)
	switch n := len(said); {
	case n == 0 && f.ExitCode != 0:
		b.line(Row{{"  it printed nothing", Faint}})
	case n == 1:
		b.quote("last line of its output:", said)
	case n > 1:
		b.quote(fmt.Sprintf("last %d lines of its output:", n), said)
	}
}

func (b *block) remedy(hint string) {
	if hint != "" {
		b.wrapped("  → "+b.o.spell(Clean(hint)), Busy)
	}
}
