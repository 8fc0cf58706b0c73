package infra_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func inService(service, line string) func(context.Context, *app.Run) error {
	return func(ctx context.Context, w *app.Run) error { return infra.Exec(ctx, w, service, line) }
}

func TestInsideOfContainers(t *testing.T) {
	t.Parallel()
	s := newLookStack(t)
	t.Run("exec", func(t *testing.T) { execKeepsStreamsAndCode(t, s) })
	t.Run("words", func(t *testing.T) { whatAProgramSaysIsItsOwn(t, s) })
	t.Run("signal", func(t *testing.T) { execHandsSignalsOn(t, s) })
	t.Run("terminal", func(t *testing.T) { shellHasATerminal(t, s) })
	t.Run("terminal and TERM", func(t *testing.T) { termEndsAShellWithItsOwnCode(t, s) })
	t.Run("clients", func(t *testing.T) { clientsAreSignedIn(t, s) })
	t.Run("arguments", func(t *testing.T) { noPasswordIsAnArgument(t, s) })
}

// whatAProgramSaysIsItsOwn, however the user called us.
func whatAProgramSaysIsItsOwn(t *testing.T, s *stack) {
	cmd := s.Mage("infra:exec", "postgres", "echo 'run mage infra:up first' >&2")
	cmd.Env = append(cmd.Environ(), "SPELLBOOK_COMMAND=scripts/mage")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "run mage infra:up first") {
		t.Errorf("%v\n%s", err, out)
	}
}

func execKeepsStreamsAndCode(t *testing.T, s *stack) {
	for _, c := range []struct {
		service, line, in, out, err string
		code                        int
	}{
		{"postgres", "echo out; echo err >&2; exit 7", "", "out\n", "err\n", 7},
		{"postgres", "tr a-z A-Z | rev", "abc\n", "CBA\n", "", 0},
		{"postgres", "exec >&- 2>&-; sleep 0.2; exit 3", "", "", "", 3},
		{"postgres", "printf '1\\n2'", "", "1\n2", "", 0},
		{"postgres", "no-such-program", "", "", "/bin/sh: 1: no-such-program: not found\n", 127},
		{"talker", "/service health 'tcp'", "", "", "", 0}, // there is no shell in it
		{"talker", "/service 'no such'", "", "", "service: unknown command \"no such\": health, oneshot or none\n", 2},
	} {
		out, errs, code := s.RunWithInput(c.in, inService(c.service, c.line))
		if c.service == "talker" && c.code == 0 {
			out = ""
		}
		if out != c.out || errs != c.err || code != c.code {
			t.Errorf("%s %q: code %d\nout %q\nerr %q", c.service, c.line, code, out, errs)
		}
	}
	for service, want := range map[string]string{"absent": "not running", "talkr": "did you mean talker?"} {
		r := s.Run(inService(service, "true"))
		if r.Failed == nil {
			t.Errorf("%s: it went well", service)
		}
		r.Says(t, want)
	}
}

// Redis is what runs there, for PostgreSQL takes an orphan that a signal ended
// for a crash of its own.
func execHandsSignalsOn(t *testing.T, s *stack) {
	for sig, code := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		g := s.Start(nil, inService("redis", "echo begun; sleep 98.7; echo not reached"))
		g.Out.Await(t, "the command", func(text string) bool { return text == "begun\n" })
		g.Signals <- sig
		if got := g.Wait(t); got != code || g.Out.String() != "begun\n" {
			t.Errorf("%s: code %d, want %d\n%s", sig, got, code, g.Out)
		}
	}
	if top := stacktest.Docker(t, "top", s.Name+"-redis-1"); strings.Contains(top, "sleep 98.7") {
		t.Errorf("a command runs on for nobody:\n%s", top)
	}
	g := s.Start(nil, inService("redis", "trap 'echo caught; exit 5' INT; echo begun; while :; do sleep 0.05; done"))
	g.Out.Await(t, "the command", func(text string) bool { return text == "begun\n" })
	g.Signals <- os.Interrupt
	if got := g.Wait(t); got != 5 || !strings.HasSuffix(g.Out.String(), "caught\n") {
		t.Errorf("code %d, want that of the trap\n%s", got, g.Out)
	}
}

// A shell at a terminal ends by HUP, as it does not listen to TERM: whoever sent that looks
// for its number all the same.
func termEndsAShellWithItsOwnCode(t *testing.T, s *stack) {
	screen, _, w := onTerminal(t, s)
	signals := make(chan os.Signal, 1)
	w.Signals = signals
	ended := make(chan error, 1)
	go func() { ended <- infra.Shell(t.Context(), w, "postgres") }()
	shown := stacktest.NewOutput()
	go func() { _, _ = io.Copy(shown, screen) }()
	shown.AwaitText(t, "$ ")
	signals <- syscall.SIGTERM
	var exit *app.Exit
	if err := <-ended; !errors.As(err, &exit) || exit.Code != 143 {
		t.Errorf("got %v\n%s", err, shown)
	}
}

func shellHasATerminal(t *testing.T, s *stack) {
	screen, keys, w := onTerminal(t, s)
	before, err := term.GetState(int(keys.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- infra.Shell(t.Context(), w, "postgres") }()
	shown := stacktest.NewOutput()
	go func() { _, _ = io.Copy(shown, screen) }()
	shown.AwaitText(t, "$ ")
	until := func(line, what string) {
		t.Helper()
		if _, err := screen.WriteString(line); err != nil {
			t.Fatal(err)
		}
		shown.AwaitText(t, what)
	}
	until("until stty size | grep '33 101'; do sleep 0.05; done\n", "33 101\r\n")
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 44, Cols: 55}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	until("until stty size | grep '44 55'; do sleep 0.05; done\n", "44 55\r\n")
	// What says so is in the terminal's foreground by then: earlier, the interrupt
	// would be the shell's.
	until("sh -c 'echo as\"\"leep; exec sleep 99'\n", "asleep\r\n")
	until("\x03", "^C")
	// An interrupt empties the terminal's input queue: type at the next prompt.
	shown.Await(t, "a prompt", func(text string) bool { _, after, _ := strings.Cut(text, "^C"); return strings.Contains(after, "$ ") })
	until("echo $0 $TERM; exit 9\n", "bash dumb")
	if code := stacktest.ExitStatus(<-ended); code != 9 {
		t.Errorf("code %d, want 9\n%s", code, shown)
	}
	after, err := term.GetState(int(keys.Fd()))
	if err != nil || *before != *after {
		t.Errorf("the terminal is not as it was: %v", err)
	}
}

// onTerminal is a workflow that sits at a terminal of 101 columns, 33 rows.
func onTerminal(t *testing.T, s *stack) (screen, keys *os.File, w *app.Run) {
	t.Helper()
	screen, keys, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = screen.Close(), keys.Close() })
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 33, Cols: 101}); err != nil {
		t.Fatal(err)
	}
	env := append(s.Env, "TERM=dumb")
	return screen, keys, &app.Run{Layout: project.Layout{Root: s.Dir}, Dir: s.Dir, Environ: env, In: keys, Out: keys, Err: keys,
		Now: time.Now, InTerminal: true, OutTerminal: true, ErrTerminal: true, Width: 101}
}

func clientsAreSignedIn(t *testing.T, s *stack) {
	psql := func(o infra.ClientOptions) func(context.Context, *app.Run) error {
		return func(ctx context.Context, w *app.Run) error { return infra.Psql(ctx, w, o) }
	}
	redis := func(o infra.ClientOptions) func(context.Context, *app.Run) error {
		return func(ctx context.Context, w *app.Run) error { return infra.Redis(ctx, w, o) }
	}
	for _, c := range []struct {
		do       func(context.Context, *app.Run) error
		in, want string
		code     int
	}{
		{psql(infra.ClientOptions{}), "select current_user || '@' || current_database()", "scribe@books", 0},
		{psql(infra.ClientOptions{Command: "select 6*7"}), "", "42", 0},
		{psql(infra.ClientOptions{}), "select nonsense", "", 3},
		{redis(infra.ClientOptions{}), "set a 1\nget a\n", "OK\n1\n", 0},
		{redis(infra.ClientOptions{Command: `set b "two words"`}), "", "OK", 0},
		{redis(infra.ClientOptions{Command: "get b", Service: "redis"}), "", "two words", 0},
		{redis(infra.ClientOptions{Command: "incr b"}), "", "", 1},
		{psql(infra.ClientOptions{Service: "absent"}), "", "", 3},
	} {
		out, errs, code := s.RunWithInput(c.in, c.do)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%q: code %d, want %d and %q\n%s%s", c.in, code, c.code, c.want, out, errs)
		}
	}
}

// While a client runs, no process of the machine has a password among its
// arguments. The engine of these tests shares the machine's processes.
func noPasswordIsAnArgument(t *testing.T, s *stack) {
	g := s.Start(strings.NewReader("\\echo signed in\nselect pg_sleep(1);"), func(ctx context.Context, w *app.Run) error {
		return infra.Psql(ctx, w, infra.ClientOptions{})
	})
	g.Out.AwaitText(t, "signed in")
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	clients := 0
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if strings.Contains(string(line), "canary-postgres") {
			t.Errorf("%s: %q", file, line)
		}
		if strings.HasPrefix(string(line), "psql\x00") {
			clients++
		}
	}
	if code := g.Wait(t); code != 0 || clients == 0 {
		t.Errorf("code %d, %d clients seen", code, clients)
	}
}
