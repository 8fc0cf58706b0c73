package postgres

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Complete is the line that pg_dump ends with. After it come comments, and since
// August 2025 a command for psql.
const Complete = "-- PostgreSQL database dump complete"

// end is how much of a dump's end has to be looked at.
const end = 4 << 10

// Ended reports whether the last bytes of a dump are those of a whole one.
func Ended(last []byte) bool {
	_, after, found := bytes.Cut(last, []byte("\n"+Complete+"\n"))
	if !found {
		return false
	}
	for line := range bytes.Lines(after) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("--")) && !bytes.HasPrefix(line, []byte(`\unrestrict `)) {
			return false
		}
	}
	return true
}

// Tail keeps the last bytes that are written to it, and counts all of them.
type Tail struct {
	Bytes int64
	last  []byte
}

// Write is part of io.Writer.
func (t *Tail) Write(b []byte) (int, error) {
	t.Bytes += int64(len(b))
	t.last = append(t.last, b[max(0, len(b)-end):]...)
	t.last = t.last[max(0, len(t.last)-end):]
	return len(b), nil
}

// Ended is Ended of what was written.
func (t *Tail) Ended() bool { return Ended(t.last) }

// File is a dump that was found whole.
type File struct {
	Bytes int64
	Major int // the version of the server that it is of, 0 where it does not say
}

// head is how far a dump's first words may be from its beginning: the database's
// own settings come before them.
const head = 256 << 10

// Check tells a whole dump in SQL of one database from anything else.
func Check(f *os.File, name string) (File, error) {
	info, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	if !info.Mode().IsRegular() {
		return File{}, failure.New(failure.Preflight, "%s is no file", name).WithHint("mage infra:dump writes one")
	}
	d := File{Bytes: info.Size()}
	first := make([]byte, min(head, d.Bytes))
	last := make([]byte, min(end, d.Bytes))
	if _, err = f.ReadAt(first, 0); err == nil {
		_, err = f.ReadAt(last, d.Bytes-int64(len(last)))
	}
	if err != nil && err != io.EOF { //nolint:errorlint // ReadAt returns it as it is
		return d, failure.New(failure.Preflight, "read %s: %w", name, err)
	}
	if err := d.begins(first, name); err != nil {
		return d, err
	}
	if !Ended(last) {
		return d, failure.New(failure.Preflight, "%s is cut short: the line that a dump ends with is missing", name).
			WithHint("dump again: mage infra:dump")
	}
	return d, nil
}

// begins reads the first words of a dump.
func (d *File) begins(first []byte, name string) error {
	other := func(what, hint string) error {
		return failure.New(failure.Preflight, "%s is %s, and no dump of one PostgreSQL database in SQL", name, what).WithHint("%s", hint)
	}
	switch {
	case bytes.HasPrefix(first, []byte("PGDMP")):
		return other("in pg_dump's custom format", `mage infra:exec SERVICE "pg_restore --file=-" <`+name+" >dump.sql makes SQL of it")
	case bytes.HasPrefix(first, []byte{0x1f, 0x8b}):
		return other("compressed", "gunzip <"+name+" >dump.sql")
	}
	whole := false
	for lines := bufio.NewScanner(bytes.NewReader(first)); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "-- PostgreSQL database cluster dump":
			return other("a dump of a whole server", "mage infra:dump writes one of a database")
		case line == "-- PostgreSQL database dump":
			whole = true
		case whole && strings.HasPrefix(line, "-- Dumped from database version "):
			d.Major = Major(strings.TrimPrefix(line, "-- Dumped from database version "))
			return nil
		case whole && line != "" && !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, `\restrict `):
			return nil
		}
	}
	if !whole {
		return other("something else", "mage infra:dump writes one")
	}
	return nil
}

// Major is the first number of a version: 15 of "15.14 (Debian 15.14-0+deb12u1)"
// and of "15-alpine"; 0 where it begins with none.
func Major(version string) int {
	digits := strings.TrimLeft(version, "0123456789")
	n, _ := strconv.Atoi(version[:len(version)-len(digits)])
	return n
}
