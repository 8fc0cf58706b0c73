package process

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestAPluginSeesOnlyWhatItIsGiven(t *testing.T) {
	t.Parallel()
	s := spec(t, "is good")
	s.Args = []string{"-quiet"}
	s.Dir = t.TempDir()
	p := started(t, s)
	m, err := p.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(m.GetDocs()), "\n")
	slices.Sort(got)
	want := []string{
		`args ["kafka" "-quiet"]`, "dir " + s.Dir,
		"env PATH", "env PLUGIN_CLIENT_CERT", "env PLUGIN_MAX_PORT", "env PLUGIN_MIN_PORT", "env PLUGIN_PROTOCOL_VERSIONS",
		"env PLUGIN_UNIX_SOCKET_DIR", "env PROCESS_TEST_ROLE", "env SPELLBOOK_LIFELINE", "env SPELLBOOK_PLUGIN",
		"env SPELLBOOK_TLS", `stdin "" <nil>`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	info, err := os.Stat(p.child.dir.path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("its sockets are in %v, %v", info, err)
	}
}

func TestAPluginInheritsNoDescriptor(t *testing.T) {
	t.Parallel()
	// What the host was itself started with, by make or a terminal.
	fd, err := syscall.Open("/etc/passwd", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	_, err = Start(t.Context(), spec(t, "shows its descriptors"))
	e := coded(t, err, Crashed, "handshake")
	want := []string{"0 /dev/null", "1 pipe", "2 pipe", "3 pipe", "4 pipe"}
	if !slices.Equal(e.Output, want) {
		t.Errorf("it has %q, want %q", e.Output, want)
	}
}

func TestTheFileThatWasOpenedIsTheOneThatRuns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kafka")
	s := spec(t, "is good")
	copyTo(t, path, s.File)
	s.File = open(t, path)
	swapped := path + ".new"
	if err := os.WriteFile(swapped, []byte("#!/bin/sh\necho swapped\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(swapped, path); err != nil {
		t.Fatal(err)
	}
	if _, err := started(t, s).Describe(t.Context()); err != nil {
		t.Error(err)
	}
	s.File = open(t, path)
	_, err := Start(t.Context(), s)
	if e := coded(t, err, BadHandshake, "handshake"); !strings.Contains(e.Summary, `"swapped"`) {
		t.Errorf("%q: a script did not run by its descriptor", e.Summary)
	}
}

// A socket's path has 108 bytes at most.
func TestALongTMPDIRIsNoHindrance(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 106))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	p := started(t, spec(t, "is good"))
	if _, err := p.Describe(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestABusyExecutableIsTriedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kafka")
	s := spec(t, "is good")
	copyTo(t, path, s.File)
	s.File = open(t, path)
	writer, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var closed atomic.Bool
	time.AfterFunc(200*time.Millisecond, func() { closed.Store(true); _ = writer.Close() })
	if _, err := started(t, s).Describe(t.Context()); err != nil {
		t.Error(err)
	}
	if !closed.Load() {
		t.Error("it ran while it was written")
	}
}

func copyTo(t *testing.T, path string, from *os.File) {
	t.Helper()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
}
