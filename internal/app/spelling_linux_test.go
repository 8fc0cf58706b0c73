package app

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/creack/pty"
)

// TestAStreamThatSpellsIsTheTerminalStill: a live picture asks it how large it is,
// and a program that is run gets the terminal itself.
func TestAStreamThatSpellsIsTheTerminalStill(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = terminal.Close(), master.Close() }()
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	w := &Run{Err: speller{terminal, Spelling{Program: "scripts/mage"}}}
	file, ok := w.Err.(interface{ Fd() uintptr })
	if !ok || file.Fd() != terminal.Fd() {
		t.Error("nobody can ask it for its size")
	}
	if w.ChildErr() != io.Writer(terminal) {
		t.Error("a program gets a pipe instead")
	}
	if plain := (&bytes.Buffer{}); (&Run{Err: plain}).ChildErr() != io.Writer(plain) {
		t.Error("another stream is not passed on")
	}
}

func TestWhatAServiceSaidIsNotSpelled(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "err")
	if err != nil {
		t.Fatal(err)
	}
	s := speller{file, Spelling{Program: "scripts/mage"}}
	if _, err := io.WriteString(s, "    │ run mage infra:up first\n  → mage infra:logs -services=db\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file.Name())
	if want := "    │ run mage infra:up first\n  → scripts/mage infra:logs -services=db\n"; err != nil || string(got) != want {
		t.Errorf("%v, got\n%s", err, got)
	}
}
