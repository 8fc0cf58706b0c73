package canary_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// canaryForm is one way in which a target can report.
type canaryForm struct {
	name     string
	flag     string // that it needs, and that the target has to offer
	env      []string
	terminal bool
}

var canaryForms = []canaryForm{
	{name: "dry", flag: "dry"},
	{name: "json", flag: "json"},
	{name: "plain"},
	{name: "github", env: []string{"GITHUB_ACTIONS=true"}},
	{name: "terminal", terminal: true},
}

// canaryCall is a target with its arguments.
type canaryCall struct {
	target  string
	args    []string
	input   string
	hidden  bool        // the input is typed only where it does not show
	stop    func() bool // when it is time for Ctrl-C; never when nil
	env     []string
	reveals []string // the canaries that have to come out, in plain text
	only    []string // forms; all that the target offers when empty
}

func call(target string, args ...string) canaryCall { return canaryCall{target: target, args: args} }

// with adds variables of the shell.
func (k canaryCall) with(pairs ...string) canaryCall {
	k.env = append(slices.Clone(k.env), pairs...)
	return k
}

// in restricts the forms.
func (k canaryCall) in(forms ...string) canaryCall { k.only = forms; return k }

// typed is what comes by standard input.
func (k canaryCall) typed(text string) canaryCall { k.input = text; return k }

// until is for what ends with Ctrl-C.
func (k canaryCall) until(holds func() bool) canaryCall { k.stop = holds; return k }

// after is when some time is over.
func after(d time.Duration) func() bool {
	var end time.Time
	return func() bool {
		if end.IsZero() {
			end = time.Now().Add(d)
		}
		return time.Now().After(end)
	}
}

// giving names what may come out, and must.
func (k canaryCall) giving(names ...string) canaryCall { k.reveals = names; return k }

// canaryRun is what a call did in one form.
type canaryRun struct {
	call   canaryCall
	form   string
	after  string // which failure was provoked, "" for none
	code   int
	output []byte
}

func (r canaryRun) String() string {
	text := strings.Join(append([]string{r.call.target}, r.call.args...), " ") + " (" + r.form
	if r.after != "" {
		text += ", " + r.after
	}
	return text + ")"
}

// forms are those in which a call can be made.
func (c *canaries) forms(k canaryCall) []canaryForm {
	var list []canaryForm
	for _, f := range canaryForms {
		wanted := len(k.only) == 0 || slices.Contains(k.only, f.name)
		if wanted && (f.flag == "" || c.offers(k.target, f.flag) && !slices.Contains(k.args, "-"+f.flag)) {
			list = append(list, f)
		}
	}
	return list
}

// every makes a call in every form, and wants it to succeed.
func (c *canaries) every(k canaryCall) {
	c.T.Helper()
	for _, f := range c.forms(k) {
		if r := c.make(k, f, ""); r.code != 0 {
			c.T.Errorf("%s: exit code %d\n%s", r, r.code, r.output)
		}
	}
}

// fails makes a call in every form, and wants it to fail as somebody has foreseen: neither
// by a signal nor by a panic, whose code of 2 is that of wrong arguments, too.
func (c *canaries) fails(k canaryCall, after string) {
	c.T.Helper()
	for _, f := range c.forms(k) {
		switch r := c.make(k, f, after); {
		case r.code == 0:
			c.T.Errorf("%s: succeeds\n%s", r, r.output)
		case r.code < 0 || r.code >= 128 || panics.Match(r.output):
			c.T.Errorf("%s: breaks down with exit code %d\n%s", r, r.code, r.output)
		}
	}
}

// panics is what Go says of one, and what Mage makes of that.
var panics = regexp.MustCompile(`(?m)panic: |^goroutine \d+ \[|runtime error: `)

// together makes calls in every form, several at once, and wants them to succeed.
func (c *canaries) together(calls ...canaryCall) {
	c.T.Helper()
	stacktest.AtOnce(len(calls), func(i int) {
		for _, f := range c.forms(calls[i]) {
			if r := c.make(calls[i], f, ""); r.code != 0 {
				c.T.Errorf("%s: exit code %d\n%s", r, r.code, r.output)
			}
		}
	})
}

// apart is a call as one for each form, so that these can run at once.
func (c *canaries) apart(k canaryCall) (list []canaryCall) {
	for _, f := range c.forms(k) {
		list = append(list, k.in(f.name))
	}
	return list
}

// make makes a call in a form and keeps what it said.
func (c *canaries) make(k canaryCall, f canaryForm, after string) canaryRun {
	c.T.Helper()
	ctx, cancel := context.WithTimeout(c.T.Context(), time.Minute)
	defer cancel()
	args := append([]string{k.target}, k.args...)
	if f.flag != "" {
		args = append(args, "-"+f.flag)
	}
	cmd := exec.CommandContext(ctx, c.binary, args...)
	cmd.Dir, cmd.Env = c.Dir, slices.Concat(c.Env, f.env, k.env)
	r := canaryRun{call: k, form: f.name, after: after}
	if f.terminal {
		r.output = c.onTerminal(cmd, k)
	} else {
		r.output = c.byPipe(cmd, k)
	}
	r.code = cmd.ProcessState.ExitCode()
	if ctx.Err() != nil {
		c.T.Errorf("%s: does not end\n%s", r, r.output)
	}
	c.learn()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = append(c.runs, r)
	return r
}

func (c *canaries) byPipe(cmd *exec.Cmd, k canaryCall) []byte {
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(k.input), &out, &out
	if err := cmd.Start(); err != nil {
		c.T.Fatal(err)
	}
	defer interrupt(cmd, k.stop)()
	_ = cmd.Wait()
	return out.Bytes()
}

func (c *canaries) onTerminal(cmd *exec.Cmd, k canaryCall) []byte {
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 200})
	if err != nil {
		c.T.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	screen := stacktest.Capture(terminal)
	defer interrupt(cmd, k.stop)()
	if k.hidden {
		stacktest.Eventually(c.T, "the terminal shows nothing of what is typed", func() bool { return !echoes(terminal) })
	}
	if _, err := io.WriteString(terminal, k.input); err != nil && !errors.Is(err, syscall.EIO) {
		c.T.Error(err)
	}
	_ = cmd.Wait()
	return []byte(screen())
}

// echoes: what is typed shows.
func echoes(terminal *os.File) bool {
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
	return err == nil && state.Lflag&unix.ECHO != 0
}

// interrupt ends a command when it is time; the function takes that back.
func interrupt(cmd *exec.Cmd, when func() bool) func() {
	ended := make(chan struct{})
	go func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for when != nil && !when() {
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
		}
		if when != nil {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}()
	return func() { close(ended) }
}
