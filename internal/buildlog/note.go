package buildlog

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

const stepWidth = 100 // characters of an instruction in a note

// show tells what v does now, if that is news.
func (l *Log) show(v *vertex) {
	if v == nil || v.started.IsZero() || !v.completed.IsZero() {
		return
	}
	n := engine.Note{Text: l.words(v)}
	for _, moved := range v.moved {
		n.Current += moved.current
		n.Total += moved.total
	}
	if n.Text == "" || n == l.last {
		return
	}
	l.last = n
	l.note(n)
}

// words are "" for what nobody waits for.
func (l *Log) words(v *vertex) string {
	if s, is := l.step(v); is {
		done, cached, total := l.Counts()
		if strings.HasPrefix(s.Name, "FROM ") {
			image, _, _ := strings.Cut(strings.TrimPrefix(s.Name, "FROM "), "@")
			return cut("fetching " + image)
		}
		text := fmt.Sprintf("%d/%d %s", min(done+1, total), total, cut(s.where()+s.Name))
		if cached > 0 {
			text += fmt.Sprintf(" (%d cached)", cached)
		}
		return text
	}
	for _, t := range transfers {
		if m := t.of.FindStringSubmatch(v.name); m != nil {
			return t.words + m[len(m)-1]
		}
	}
	return ""
}

// transfers are the doings beside instructions that can last.
var transfers = []struct {
	of    *lazyregexp.Regexp
	words string
}{
	{lazyregexp.New(`internal\] load build context()$`), "sending the context"},
	{lazyregexp.New(`internal\] load metadata for (.+)$`), "asking for "},
	{lazyregexp.New(`^(?:\[\S+\] )?exporting to (?:docker image format|image)()$`), "exporting the image"},
	{lazyregexp.New(`exporting (?:to )?cache()`), "exporting the cache"},
	{lazyregexp.New(`importing to docker()$`), "loading the image"},
	{lazyregexp.New(`^(?:\[\S+\] )?pushing (\S+)`), "pushing "},
	{lazyregexp.New(`internal\] booting buildkit()$`), "starting the builder"},
	{lazyregexp.New(`internal\] waiting for connection()$`), "waiting for the builder"},
}

// where is the build and stage of a step, for a reader.
func (s Step) where() string {
	var words []string
	for _, word := range []string{s.Target, s.Platform, s.Stage} {
		if word != "" {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, " ") + ": "
}

// runFlags are how a command runs, which says less than the command.
var runFlags = lazyregexp.New(`\bRUN(?: +--(?:mount|network|security|device)=\S+)+`)

// cut makes one line of a text without RUN's flags, and of a long one its
// beginning.
func cut(text string) string {
	text = runFlags.ReplaceAllString(strings.Join(strings.Fields(text), " "), "RUN")
	if utf8.RuneCountInString(text) > stepWidth {
		text = string([]rune(text)[:stepWidth-1]) + "…"
	}
	return text
}

// warn hands BuildKit's findings in the Dockerfile on, each once.
func (l *Log) warn(line int, text string) {
	if line > 0 {
		text = fmt.Sprintf("Dockerfile line %d: %s", line, text)
	}
	if !l.warned[text] {
		l.warned[text] = true
		l.note(engine.Note{Text: text, Warning: true})
	}
}
