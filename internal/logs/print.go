package logs

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// colors are those of the prefixes, in the order in which sources get them.
var colors = []string{"36", "33", "32", "35", "34", "96", "93", "92", "95", "94"}

// Printer writes lines with an aligned prefix.
type Printer struct {
	out    io.Writer
	width  int
	colors map[string]string // by service; nil for none
	// Mask takes out of a line what must not be shown; nil for nothing.
	Mask func(string) string

	known  map[string]string // prefixes, by source
	buffer bytes.Buffer
}

// NewPrinter makes a printer. Each of services has a colour that depends on
// nothing but its place among them; sources are what the prefixes say.
func NewPrinter(out io.Writer, services, sources []string, color bool) *Printer {
	p := &Printer{out: out, known: map[string]string{}}
	for _, source := range sources {
		p.width = max(p.width, utf8.RuneCountInString(source))
	}
	if color {
		p.colors = map[string]string{}
		for i, service := range services {
			p.colors[service] = colors[i%len(colors)]
		}
	}
	return p
}

// Print writes lines, few in one Write. One goroutine at a time may.
func (p *Printer) Print(lines []Line) error {
	b := &p.buffer
	for _, line := range lines {
		if p.Mask != nil {
			line.Text = p.Mask(line.Text)
		}
		prefix, known := p.known[line.Source]
		if !known {
			prefix = p.prefix(line.Source)
			p.known[line.Source] = prefix
		}
		if b.Len() > room {
			if err := p.flush(); err != nil {
				return err
			}
		}
		b.WriteString(prefix)
		b.WriteString(line.Text)
		if p.colors != nil && strings.Contains(line.Text, "\x1b") {
			b.WriteString("\x1b[0m")
		}
		b.WriteByte('\n')
	}
	return p.flush()
}

// room is how much is written at once, in bytes.
const room = 1 << 16

func (p *Printer) flush() error {
	_, err := p.out.Write(p.buffer.Bytes())
	p.buffer.Reset()
	return err
}

func (p *Printer) prefix(source string) string {
	text := fmt.Sprintf("%s%s | ", source, strings.Repeat(" ", max(0, p.width-utf8.RuneCountInString(source))))
	if p.colors == nil {
		return text
	}
	return "\x1b[" + p.color(source) + "m" + text + "\x1b[0m"
}

// color is that of the service that source is, or is a replica of.
func (p *Printer) color(source string) string {
	for name := source; name != ""; {
		if color, known := p.colors[name]; known {
			return color
		}
		cut := strings.LastIndexByte(name, '-')
		if cut < 0 {
			break
		}
		name = name[:cut]
	}
	return "37"
}

var escapes = lazyregexp.New(`\x1b\[[0-9;]*[A-Za-z]`)

// Matcher tells whether a line's text matches re, its colours left aside. A
// nil re matches all.
func Matcher(re *regexp.Regexp) func(Line) bool {
	return func(line Line) bool {
		text := line.Text
		if re != nil && strings.IndexByte(text, '\x1b') >= 0 {
			text = escapes.ReplaceAllString(text, "")
		}
		return re == nil || re.MatchString(text)
	}
}
