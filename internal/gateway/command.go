package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Runtime speaks to a running gateway.
type Runtime struct {
	// Dial connects to the Unix socket of Options.Socket.
	Dial func(context.Context) (net.Conn, error)
}

// command is one of the runtime API, and what HAProxy answers when it was done:
// nothing, where done is nil. The API has no other sign of an error.
type command struct {
	text string
	done *lazyregexp.Regexp
}

// Error is an answer of HAProxy that is not the one of a command that was done.
type Error struct {
	Command string
	Answer  string
}

func (e *Error) Error() string { return fmt.Sprintf("gateway: %s: %s", e.Command, e.Answer) }

// run has all commands done in one write. HAProxy does not stop at one that
// fails: the rest is done too, and all errors are returned.
func (r Runtime) run(ctx context.Context, commands ...command) error {
	if len(commands) == 0 {
		return nil
	}
	texts := make([]string, len(commands))
	for i, c := range commands {
		texts[i] = c.text
	}
	out, err := r.exchange(ctx, strings.Join(texts, ";")+"\n")
	if err != nil {
		return err
	}
	answers := answers(out)
	var failed []error
	for i, c := range commands {
		if i >= len(answers) {
			failed = append(failed, &Error{c.text, "no answer"})
		} else if !c.accepts(answers[i]) {
			failed = append(failed, &Error{c.text, answers[i]})
		}
	}
	return errors.Join(failed...)
}

func (c command) accepts(answer string) bool {
	if c.done == nil {
		return answer == ""
	}
	return c.done.MatchString(answer)
}

// answers are those of each command: lines, ended by an empty one.
func answers(out string) []string {
	var all []string
	var answer []string
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line != "" {
			answer = append(answer, line)
			continue
		}
		all = append(all, strings.Join(answer, " "))
		answer = nil
	}
	if answer != nil {
		all = append(all, strings.Join(answer, " "))
	}
	return all
}

// exchange sends one line, with its payload, and reads all of the answer: HAProxy closes after a line.
func (r Runtime) exchange(ctx context.Context, line string) (string, error) {
	conn, err := r.Dial(ctx)
	if err != nil {
		return "", r.cut(ctx, "reach", err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // not all have deadlines
	defer stop()
	if _, err := io.WriteString(conn, line); err != nil {
		return "", r.cut(ctx, "speak to", err)
	}
	out, err := io.ReadAll(conn)
	if err != nil {
		return "", r.cut(ctx, "speak to", err)
	}
	return string(out), nil
}

// cut is ctx's error where that ended the exchange; a connection may notice its deadline before ctx does.
func (Runtime) cut(ctx context.Context, verb string, err error) error {
	if _, limited := ctx.Deadline(); limited && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)) { // while speaking, or while dialling
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s the gateway: %w", verb, err)
}

var (
	addressSet = lazyregexp.New(`^(IP changed|no need to change the addr)`)
	nameSet    = lazyregexp.New(`(changed its FQDN|no need to change the FDQN)`)
)

// slot is a server as commands have it.
type slot struct{ backend, name string }

func (s slot) String() string { return s.backend + "/" + s.name }

func (s slot) state(state string) command {
	return command{text: fmt.Sprintf("set server %s state %s", s, state)}
}

func (s slot) down() command { return command{text: fmt.Sprintf("set server %s health down", s)} }

func (s slot) move(ip string, port int) command {
	return command{text: fmt.Sprintf("set server %s addr %s port %d", s, ip, port), done: addressSet}
}

func (s slot) named(name string) command {
	return command{text: fmt.Sprintf("set server %s fqdn %s", s, name), done: nameSet}
}

// shutdown cuts what is still open.
func (s slot) shutdown() command { return command{text: "shutdown sessions server " + s.String()} }
