package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Spelling is how the user called, and so how the commands that are printed
// have to be called. They are written as "mage TARGET" everywhere; the zero
// value leaves them so.
type Spelling struct {
	Program string // instead of mage, as a shell reads it: ../scripts/mage
	Manager string // pnpm, npm, yarn or bun, where the call was one of its scripts
	Scripts []byte // package.json, read only to see which scripts there are
	Argued  bool   // the script has arguments of its own
}

// SpellingOf reads from the environment what the launcher and package managers
// leave there; root has the package.json. Where neither called, mage did, by a
// program in PATH or by the go command.
func SpellingOf(environ []string, root, target string) Spelling {
	s := Spelling{Program: quoted(Lookup(environ, "SPELLBOOK_COMMAND"))}
	manager, _, _ := strings.Cut(Lookup(environ, "npm_config_user_agent"), "/")
	if s.Program != "" && manager != "" && strings.EqualFold(strings.TrimSuffix(Lookup(environ, "npm_lifecycle_event"), ":all"), strings.TrimSuffix(target, ":all")) {
		if text, err := os.ReadFile(filepath.Join(root, "package.json")); err == nil {
			s.Manager, s.Scripts = manager, text
			_, own, _ := strings.Cut(s.script(Lookup(environ, "npm_lifecycle_event")), target)
			s.Argued = strings.TrimSpace(own) != ""
		}
	}
	if s.Program == "" && Lookup(environ, "MAGEFILE_GOCMD") != "" && !inPath(Lookup(environ, "PATH"), "mage") {
		s.Program = "go tool mage"
	}
	return s
}

// quoted is a path as a shell takes it for one word.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\n'\"$`\\()&;|<>*?#~![]{}") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

func inPath(path, program string) bool {
	for _, dir := range filepath.SplitList(path) {
		for _, name := range []string{program, program + ".exe"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				return true
			}
		}
	}
	return false
}

// command finds "mage TARGET" and "mage -l" in a text, and what stands before
// mage where it is spelled already.
var command = lazyregexp.New(`(go tool |[\w./-]+)?\bmage (-[lh]\b|ci\b|bench\b|clean\b|[a-z][a-z0-9]*:[a-z]+)`)

// Spell writes the commands in a text as the user calls them.
func (s Spelling) Spell(text string) string {
	if s.Program == "" || !strings.Contains(text, "mage ") {
		return text
	}
	return command.ReplaceAllStringFunc(text, func(found string) string {
		target, fresh := strings.CutPrefix(found, "mage ")
		if !fresh {
			return found
		}
		if s.Manager == "" || s.script(target) == "" {
			return s.Program + " " + target
		}
		end := ""
		if s.Manager == "npm" {
			end = " --" // or the flags are npm's
		}
		return s.Manager + " run " + target + end
	})
}

// script is the text of a script; "" where there is none.
func (s Spelling) script(name string) string {
	var manifest struct{ Scripts map[string]string }
	if json.Unmarshal(s.Scripts, &manifest) != nil {
		return ""
	}
	return manifest.Scripts[name]
}

// Spell writes the commands in a text as the user calls them.
func (w *Run) Spell(text string) string { return w.Spelling.Spell(text) }

// Say writes a result for people: its commands spelled, and its lines broken between
// words where a terminal would break them anywhere.
func (w *Run) Say(format string, args ...any) error {
	_, err := io.WriteString(w.Out, w.readable(w.OutTerminal, format, args))
	return err
}

// Tell writes what people should know besides the result, a line of its own, as Say does.
func (w *Run) Tell(format string, args ...any) {
	_, _ = io.WriteString(w.Err, w.readable(w.ErrTerminal, format+"\n", args))
}

func (w *Run) readable(terminal bool, format string, args []any) string {
	text := w.Spelling.lines(fmt.Sprintf(format, args...))
	if terminal {
		text = report.Hang(text, w.Columns(), 0)
	}
	return text
}

// speller is a stream for people, on which commands are spelled.
type speller struct {
	*os.File
	spelling Spelling
}

// ChildErr is Err for what other programs say: nothing of it is spelled, and one that
// looks at it finds the terminal itself, where it is one.
func (w *Run) ChildErr() io.Writer {
	if s, ok := w.Err.(speller); ok {
		return s.File
	}
	return w.Err
}

func (s speller) Write(p []byte) (int, error) {
	if !bytes.Contains(p, []byte("mage ")) {
		return s.File.Write(p)
	}
	_, err := io.WriteString(s.File, s.spelling.lines(string(p)))
	return len(p), err
}

// WriteString is Write: the file's own would spell nothing.
func (s speller) WriteString(text string) (int, error) { return s.Write([]byte(text)) }

// lines is Spell for all lines but those that quote.
func (s Spelling) lines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !quotes(line) {
			line = s.Spell(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

// quotes: behind the first bar of a line is what a service or a build has said.
func quotes(line string) bool {
	before, _, found := strings.Cut(line, "│ ")
	return found && !strings.Contains(before, "mage ")
}
