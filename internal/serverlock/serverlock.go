// Package serverlock is the lock of a project on its server, for whoever deploys
// there from whatever machine. A process on the server holds it, as long as this
// one is alive to say so. It imports host/ssh, which brings it there, and failure.
package serverlock

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// Holder is who holds a lock, as the server knows.
type Holder struct {
	Owner     string        `json:"owner"`
	Host      string        `json:"host"`
	PID       int           `json:"pid"` // on Host
	Target    string        `json:"target"`
	Started   time.Time     `json:"-"` // by the server's clock
	Heartbeat time.Duration `json:"-"` // since then it has said nothing; -1: the server was started again in between
	Stale     bool          `json:"-"` // so long that it is thought to be dead
}

func (h Holder) String() string {
	return fmt.Sprintf("%s (%s@%s, pid %d) since %s, last heartbeat %s", h.Target, h.Owner, h.Host, h.PID,
		h.Started.Local().Format(time.DateTime), h.lastHeartbeat())
}

func (h Holder) lastHeartbeat() string {
	if h.Heartbeat < 0 {
		return "before the server was started again"
	}
	return h.Heartbeat.String() + " ago"
}

// Options say which lock, and for whom.
type Options struct {
	Path                string // the project's directory on the server, which is there
	Env                 string // for what is to be typed
	Owner, Host, Target string
	PID                 int
	Wait                bool         // for as long as ctx lets it
	Waiting             func(Holder) // called for each whose end is waited for; may be nil
}

// Lock is held until Release, or until this process or the connection ends. It
// outlives the context it was acquired with, so that what is left to do after
// Ctrl-C is done under it.
type Lock struct {
	Taken *Holder // from whom it was taken over, as they were silent; else nil

	lines *io.PipeWriter
	end   context.CancelFunc
	ended chan struct{} // closed once the process on the server is gone
	lost  chan struct{}
	err   error
}

// heartbeat is how often this side says that it is alive.
const heartbeat = time.Second

// Acquire takes the lock. One that another holds is failure.Locked with who that
// is; one whose holder has been silent for 30 seconds of the server's clock, or
// since before its last start, is taken over.
func Acquire(ctx context.Context, server *ssh.Server, o Options) (*Lock, error) {
	who, err := json.Marshal(Holder{Owner: o.Owner, Host: o.Host, PID: o.PID, Target: o.Target})
	if err != nil {
		return nil, err
	}
	wait := ""
	if o.Wait {
		wait = "wait"
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	input, lines := io.Pipe()
	l := &Lock{lines: lines, end: end, ended: make(chan struct{}), lost: make(chan struct{})}
	said := make(reports, 16)
	go func() {
		defer close(l.ended)
		l.err = run(running, server, ssh.Command{Argv: []string{"sh", "-c", hold, "sh", o.Path, rand.Text(), string(who), wait}, Stdin: input, Stdout: &reader{to: said}})
		_ = input.Close()
		close(said)
	}()
	go l.beat()
	if err := l.await(ctx, o, said); err != nil {
		end()
		<-l.ended
		return nil, err
	}
	go l.watch(said)
	return l, nil
}

// beat writes a line a second as long as the process is there.
func (l *Lock) beat() {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for range tick.C {
		if _, err := l.lines.Write([]byte("alive\n")); err != nil {
			return
		}
	}
}

// await follows what the process says until it has the lock.
func (l *Lock) await(ctx context.Context, o Options, said reports) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case r, more := <-said:
			switch {
			case !more && l.err != nil:
				return fmt.Errorf("take the lock of %s: %w", o.Path, l.err)
			case !more:
				return fmt.Errorf("take the lock of %s: its process ended", o.Path)
			case r.word == "got":
				return nil
			case r.word == "broken":
				l.Taken = &r.holder
			case r.word == "held" && !o.Wait:
				return held(r.holder, o.Env)
			case r.word == "held" && o.Waiting != nil:
				o.Waiting(r.holder)
			}
		}
	}
}

func held(h Holder, env string) error {
	return failure.New(failure.Locked, "the lock of this environment is held by %s", h).
		WithHint("wait for it with -wait, or look at it: mage deploy:lock %s", env)
}

// watch closes lost when the lock is gone before it was released.
func (l *Lock) watch(said reports) {
	for range said { // "lost", or the process's end
	}
	close(l.lost)
}

// Lost is closed when the lock is held no more: it was taken away, or the
// connection broke. It is closed by Release too.
func (l *Lock) Lost() <-chan struct{} { return l.lost }

// Release lets go, and returns when that is done.
func (l *Lock) Release() error {
	_ = l.lines.Close()
	patience := time.AfterFunc(10*time.Second, l.end)
	defer patience.Stop()
	<-l.ended
	l.end()
	return l.err
}

// Show is who holds the lock of the project at path; nil where nobody does.
func Show(ctx context.Context, server *ssh.Server, path string) (*Holder, error) {
	r, err := ask(ctx, server, show, path)
	if err != nil || r.word == "" {
		return nil, err
	}
	return &r.holder, nil
}

// Break takes the lock away, and says from whom; nil where nobody held it. A
// holder that is alive keeps it, failure.Locked, unless force is set: then its run
// is told that it has lost it.
func Break(ctx context.Context, server *ssh.Server, path, env string, force bool) (*Holder, error) {
	argument := ""
	if force {
		argument = "force"
	}
	r, err := ask(ctx, server, remove, path, argument)
	switch {
	case err != nil || r.word == "":
		return nil, err
	case r.word == "held":
		return nil, failure.New(failure.Locked, "the holder of the lock is alive: %s", r.holder).
			WithHint("end that run, or take the lock from it: mage deploy:unlock %s -force", env)
	}
	return &r.holder, nil
}

func ask(ctx context.Context, server *ssh.Server, script string, arguments ...string) (r report, err error) {
	said := make(reports, 1)
	err = run(ctx, server, ssh.Command{Argv: append([]string{"sh", "-c", script, "sh"}, arguments...), Stdout: &reader{to: said}})
	close(said)
	return <-said, err
}

// run makes an error out of what the command said.
func run(ctx context.Context, server *ssh.Server, c ssh.Command) error {
	var words bytes.Buffer
	c.Stderr = &words
	err := server.Run(ctx, c)
	if text := strings.TrimSpace(words.String()); err != nil && text != "" && ctx.Err() == nil {
		return failure.New(failure.Preflight, "%w: %s", err, text)
	}
	return err
}

// report is one line of a script.
type report struct {
	word   string // got, held, broken, lost
	holder Holder
}

type reports chan report

// reader takes a script's output apart.
type reader struct {
	to   reports
	mu   sync.Mutex
	held []byte
}

// Write is part of io.Writer.
func (r *reader) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = append(r.held, b...)
	for {
		line, rest, whole := bytes.Cut(r.held, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		r.to <- parse(string(line))
		r.held = append([]byte(nil), rest...)
	}
}

// parse reads WORD alive|silent|rebooted AGE BEGUN JSON.
func parse(line string) report {
	fields := strings.SplitN(line, " ", 5)
	r := report{word: fields[0]}
	if len(fields) < 5 {
		return r
	}
	_ = json.Unmarshal([]byte(fields[4]), &r.holder)
	age, _ := strconv.Atoi(fields[2])
	begun, _ := strconv.ParseInt(fields[3], 10, 64)
	r.holder.Stale = fields[1] != "alive"
	r.holder.Heartbeat = time.Duration(age) * time.Second
	if age < 0 {
		r.holder.Heartbeat = -1
	}
	r.holder.Started = time.Unix(begun, 0)
	return r
}
