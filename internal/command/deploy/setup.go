package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/server"
)

// SetupOptions are the flags of deploy:setup.
type SetupOptions struct {
	Env string
	Dry bool // only look, and say what would be done
	Yes bool // do not ask
	// Adopt takes over what somebody runs by hand there; YesInfra also where that
	// makes services anew that have volumes.
	Adopt, YesInfra bool
}

// Setup checks whether a server has what deployments need. On Debian and Ubuntu it
// installs what is missing, as root; where it may not become root it says what to
// type.
func Setup(ctx context.Context, w *app.Run, o SetupOptions) error {
	if o.Adopt {
		return with(ctx, w, o.Env, "deploy:setup "+o.Env+" -adopt", func(ctx context.Context, op *operation) error { return op.adopt(ctx, o) })
	}
	return w.Guard(ctx, func(ctx context.Context) error {
		op, err := remote.Open(ctx, w, o.Env, "deploy:setup "+o.Env)
		if err != nil {
			return err
		}
		defer op.Close()
		s := &setup{rollout: &rollout{operation: &operation{Operation: op}}}
		if err := s.look(ctx); err != nil {
			return err
		}
		commands, err := s.judge()
		if err != nil || len(commands) == 0 {
			return err
		}
		if err := s.install(ctx, commands, o); err != nil || o.Dry {
			return err
		}
		if err := w.Say("\nafter that:\n"); err != nil {
			return err
		}
		if err := s.look(ctx); err != nil { // who signs in anew is in another group
			return err
		}
		if commands, err = s.judge(); err != nil || len(commands) == 0 {
			return err
		}
		return failure.New(failure.Preflight, "%s is not ready yet", op.Settings.Host).WithHint("mage deploy:setup %s", o.Env)
	})
}

// setup is a server that is looked at, and made ready.
type setup struct {
	*rollout

	machine deploy.Machine
	checks  []deploy.Check
}

// look signs in, and asks for all of it.
func (s *setup) look(ctx context.Context) error {
	if s.Server != nil {
		_ = s.Server.Close()
	}
	var err error
	if s.Server, err = ssh.Connect(ctx, s.Settings.Host, s.Run.Environ); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := s.Server.Run(ctx, ssh.Command{Argv: []string{"sh", "-c", deploy.MachineScript}, Stdout: &out}); err != nil {
		return err
	}
	s.machine = deploy.ParseMachine(out.String())
	s.checks = []deploy.Check{{Name: "ssh", OK: true, Text: s.machine.User + " signs in, and reaches files"}}
	if s.Store, err = server.Open(ctx, s.Server, s.Settings.Path); err != nil {
		s.checks[0] = deploy.Check{Name: "ssh", Text: "there is no SFTP", Hint: "in /etc/ssh/sshd_config of the server: Subsystem sftp internal-sftp"}
	}
	tunnel := deploy.Check{Name: "tunnels", OK: true, Text: "sshd forwards"}
	if _, cancel, err := s.Server.Reverse(ctx, "127.0.0.1:9"); errors.Is(err, ssh.ErrForwardingRefused) {
		tunnel = deploy.Check{Name: "tunnels", Warning: true, Text: "sshd refuses to forward (AllowTcpForwarding): images are sent as archives, and deploy:forward is refused"}
	} else if err != nil {
		return err
	} else {
		_ = cancel()
	}
	s.checks = append(append(s.checks, tunnel), s.machine.Checks(s.Run.Now())...)
	return nil
}

// judge prints a line for each check. What is returned is what can be done about
// those that fail; nothing and no error is a server that is ready.
func (s *setup) judge() ([]deploy.ServerCommand, error) {
	if err := s.print(); err != nil {
		return nil, err
	}
	commands, err := s.machine.Installation()
	if err != nil {
		return nil, err
	}
	var hints []string
	installable := false
	for _, c := range s.checks {
		switch {
		case c.OK || c.Warning:
		case c.Hint == "":
			installable = true
		default:
			hints = append(hints, c.Name+": "+c.Hint)
		}
	}
	switch {
	case len(hints) > 0:
		return nil, failure.New(failure.Preflight, "%s is not ready", s.Settings.Host).WithDetails(hints...).WithHint("then: mage deploy:setup %s", s.Project.Env)
	case installable && !s.machine.Debian():
		return nil, failure.New(failure.Preflight, "%s is neither Debian nor Ubuntu, and nothing is installed there", s.Settings.Host).
			WithHint("install Docker's engine as https://docs.docker.com/engine/install has it for this system, then: mage deploy:setup %s", s.Project.Env)
	case installable || s.machine.Debian() && len(commands) > 0:
		return commands, nil
	}
	err = s.Run.Say("%s is ready: mage deploy:to %s\n", s.Settings.Host, s.Project.Env)
	return nil, err
}

func (s *setup) print() error {
	rows := make([][]report.Cell, 0, len(s.checks))
	for _, c := range s.checks {
		word := "missing"
		if c.OK {
			word = "ok"
		} else if c.Warning {
			word = "warning"
		}
		rows = append(rows, []report.Cell{{Text: c.Name, Whole: true}, {Text: word, Whole: true}, {Text: report.Clean(c.Text)}})
	}
	return report.Table(s.Run.Out, s.Run.Format(false).Tables, []string{"CHECK", "", "SERVER " + s.Settings.Host}, rows)
}

// install shows what it will do, asks, and does it.
func (s *setup) install(ctx context.Context, commands []deploy.ServerCommand, o SetupOptions) error {
	if s.machine.Root == "no" {
		return s.byHand(commands)
	}
	p := plan.Plan{Project: s.Settings.Name}
	var after []plan.Edge
	for _, c := range commands {
		id := plan.ID(c.Title)
		p.Add(plan.Step{ID: id, After: after, Action: plan.RunOnServer{Line: c.Line, Typed: c.Typed()}})
		after = []plan.Edge{plan.Needs(id)}
	}
	_ = s.Run.Say("\nto be done on %s as root:\n", s.Settings.Host)
	for _, c := range commands {
		_, _ = fmt.Fprintf(s.Run.Out, "  %s\n    %s\n", c.Title, c.Typed()) // to be copied in one piece
	}
	if o.Dry {
		return nil
	}
	if err := s.Run.Confirm(ctx, "do this on "+s.Settings.Host, o.Yes); err != nil {
		return err
	}
	s.inputs = map[string][]byte{}
	for _, c := range commands {
		s.inputs[c.Line] = c.Input
	}
	began := s.Run.Now()
	return s.Exclusive(ctx, false, func(ctx context.Context) error {
		return s.recorded(ctx, "setup", began, func() error { return s.walk(ctx, s.Session, p, "setup") })
	})
}

// byHand is for who may not become root there.
func (s *setup) byHand(commands []deploy.ServerCommand) error {
	lines := make([]string, 0, len(commands))
	for _, c := range commands {
		lines = append(lines, c.Typed())
	}
	return failure.New(failure.Preflight, "%s has to be root on %s, or to have sudo without a password", s.machine.User, s.Settings.Host).
		WithDetails(append([]string{"as root, on " + s.Settings.Host + ":"}, lines...)...).
		WithHint("type these there, then: mage deploy:setup %s", s.Project.Env)
}

// RunOnServer is part of execute's deployer: a line for the server's shell, as root.
// What it says is shown as it comes, and where it fails its end.
func (r *rollout) RunOnServer(ctx context.Context, a plan.RunOnServer, note func(engine.Note)) error {
	said := &lastLines{note: note}
	line := a.Line
	argv := []string{"sh", "-c", `if [ "$(id -u)" = 0 ]; then exec sh -c "$1"; else exec sudo -n sh -c "$1"; fi`, "sh", line}
	err := r.Server.Run(ctx, ssh.Command{Argv: argv, Stdin: bytes.NewReader(r.inputs[line]), Stdout: said, Stderr: said})
	if exit := (*ssh.ExitError)(nil); errors.As(err, &exit) {
		return failure.New(failure.Unexpected, "%s: exit code %d", a.Typed, exit.Code).WithDetails(said.lines...)
	}
	return err
}

// lastLines keeps the end of what a command says, and tells each line.
type lastLines struct {
	mu    sync.Mutex // its streams come at once
	note  func(engine.Note)
	rest  string
	lines []string
}

// Write is part of io.Writer.
func (l *lastLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.rest + string(b)
	for {
		line, after, whole := strings.Cut(text, "\n")
		if !whole {
			l.rest = text
			return len(b), nil
		}
		text = after
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		l.note(engine.Note{Text: line})
		if l.lines = append(l.lines, line); len(l.lines) > 10 {
			l.lines = l.lines[1:]
		}
	}
}
