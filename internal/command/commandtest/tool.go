package commandtest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/host/local"
)

// Tool is a program on the PATH of a run that knows its calls and no other.
type Tool struct {
	t   *testing.T
	dir string
}

// Call is one that a Tool knows, any number of times but at least once.
type Call struct {
	Args     string // all arguments, joined by blanks; * stands for any text
	Out, Err string
	Exit     int
	Script   string // of the shell, before it ends
}

// Tools puts a directory on the PATH of the run, alone: what is not a Tool, or
// git, is not installed.
func (r *Repository) Tools() {
	r.T.Helper()
	r.bin = r.T.TempDir()
	r.Env = append(r.Env, "PATH="+r.bin)
}

// Tool installs a program. A call that is not expected fails the test, as does
// one that is not made.
func (r *Repository) Tool(name string, calls ...Call) *Tool {
	r.T.Helper()
	t := &Tool{t: r.T, dir: r.T.TempDir()}
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\nPATH='%s'\ncd '%s' || exit 98\necho \"$*\" >>calls\ncase \"$*\" in\n", os.Getenv("PATH"), t.dir)
	for i, c := range calls {
		pattern := "'" + strings.ReplaceAll(c.Args, "*", "'*'") + "'"
		fmt.Fprintf(&b, "%s)\n: >made-%d\ncat >stdin-%d\ncat out-%d\ncat err-%d >&2\n%s\nexit %d;;\n", pattern, i, i, i, i, c.Script, c.Exit)
		t.write(fmt.Sprintf("out-%d", i), c.Out)
		t.write(fmt.Sprintf("err-%d", i), c.Err)
	}
	b.WriteString("esac\necho \"$*\" >>unexpected\nexit 97\n")
	t.write("script", b.String())
	// Written by another process: a child of a test beside this one may hold what
	// this process has open for writing, and such a file cannot be run.
	r.exec([]string{"install", "-m", "755", filepath.Join(t.dir, "script"), filepath.Join(r.bin, name)}, os.Environ())
	r.T.Cleanup(func() {
		if text := t.read("unexpected"); text != "" {
			r.T.Errorf("%s is called with %s", name, text)
		}
		for i, c := range calls {
			if _, err := os.Stat(filepath.Join(t.dir, fmt.Sprintf("made-%d", i))); err != nil {
				r.T.Errorf("%s is not called with %s", name, c.Args)
			}
		}
	})
	return t
}

// Calls are the arguments of each call, a line each.
func (t *Tool) Calls() string { return t.read("calls") }

// Stdin is what the last call of that number in Tool's list was given.
func (t *Tool) Stdin(call int) string { return t.read(fmt.Sprintf("stdin-%d", call)) }

func (t *Tool) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(t.dir, name))
	return string(text)
}

func (t *Tool) write(name, text string) {
	t.t.Helper()
	if err := os.WriteFile(filepath.Join(t.dir, name), []byte(text), 0o600); err != nil {
		t.t.Fatal(err)
	}
}

// Type runs what a message tells the user to type, from the word of a program to
// the end of the line, in the shell and environment of the run.
func (r *Repository) Type(message, program string) {
	r.T.Helper()
	at := strings.Index(message, program+" ")
	if at < 0 {
		r.T.Fatalf("%q tells nobody to type %s", message, program)
	}
	line, _, _ := strings.Cut(message[at:], "\n")
	r.exec([]string{"/bin/sh", "-c", line}, r.Env)
}

func (r *Repository) exec(argv, env []string) {
	r.T.Helper()
	var out bytes.Buffer
	if err := local.Run(r.T.Context(), local.Command{Argv: argv, Dir: r.Dir, Env: env, Stdout: &out, Stderr: &out}); err != nil {
		r.T.Errorf("%s: %v\n%s", strings.Join(argv, " "), err, out.String())
	}
}
