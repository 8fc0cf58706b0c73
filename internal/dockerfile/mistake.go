package dockerfile

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var (
	// place is what instructions.Parse puts before a message; the line is told otherwise.
	place = lazyregexp.New(`^dockerfile parse error on line \d+: `)
	// meant is BuildKit's own suggestion, which belongs into the hint.
	meant = lazyregexp.New(` \(did you mean (.+)\?\)$`)
)

// mistake is what is wrong in a line, from 1, with the line's text below.
func (f *File) mistake(line int, format string, args ...any) *failure.Error {
	what := failure.New(failure.Preflight, format, args...)
	e := failure.New(failure.Preflight, "%s:%d: %s", f.name, line, what.Message)
	e.Cause = what.Cause
	if at := f.Excerpt(line, line, 0); len(at) == 1 && strings.TrimSpace(at[0].Text) != "" {
		e = e.WithDetails(shortened(strings.TrimSpace(at[0].Text)))
	}
	return e
}

// shortened keeps a line of a generated file from filling the screen.
func shortened(line string) string {
	const most = 200
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return line
}

// misread makes an error of BuildKit's parser one with line, text and hint.
func (f *File) misread(err error) *failure.Error {
	line := 1
	var at *parser.LocationError
	if errors.As(err, &at) && len(at.Locations) > 0 {
		line = lineOf(at.Locations[0])
	}
	text := place.ReplaceAllString(err.Error(), "")
	var hint string
	if suggestion := meant.FindStringSubmatch(text); suggestion != nil {
		text, hint = strings.TrimSuffix(text, suggestion[0]), "did you mean "+suggestion[1]+"?"
		if strings.HasPrefix(text, "unknown flag: --") {
			hint = "did you mean --" + suggestion[1] + "?"
		}
	}
	var unknown *instructions.UnknownInstructionError
	if errors.As(err, &unknown) {
		return f.mistake(line, "%s is no instruction", unknown.Instruction).WithHint("%s", instructionHint(unknown.Instruction))
	}
	if hint == "" {
		hint = f.remedy(text)
	}
	return f.mistake(line, "%s", text).WithHint("%s", hint)
}

func instructionHint(word string) string {
	if near := failure.Nearest(word, slices.Sorted(maps.Keys(command.Commands))); near != "" {
		return "did you mean " + strings.ToUpper(near) + "?"
	}
	return `begin the line with an instruction, or end the one before with \ if this one continues it`
}

// remedy is what to do about messages of BuildKit's parser that leave it open.
func (f *File) remedy(message string) string {
	for _, known := range []struct{ part, hint string }{
		{"no build stage in current context", "put FROM image before it; only ARG may come earlier"},
		{"either one or three arguments", "write FROM image, or FROM image AS name"},
		{"unterminated heredoc", "end it with a line that is its word and nothing else"},
		{"invalid name for build stage", "write FROM image AS name, the name of letters, digits, - _ and . with a letter first"},
		{"file with no instructions", "begin it with FROM image"},
		{"invalid escape token", "write # escape=` or # escape=\\, or no such line"},
		{"doesn't support variable expansion", "make a stage of it, FROM image AS name with its ARG before the first FROM, and write from=name"},
		{"unknown flag", "correct the flag; docs.docker.com/reference/dockerfile lists those of each instruction"},
	} {
		if strings.Contains(message, known.part) {
			return known.hint
		}
	}
	return "correct the line; docs.docker.com/reference/dockerfile has the form of each instruction"
}

// lineOf is the first line of a location, at least 1.
func lineOf(location []parser.Range) int {
	if len(location) == 0 {
		return 1
	}
	return max(location[0].Start.Line, 1)
}
