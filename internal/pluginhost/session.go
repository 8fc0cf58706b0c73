package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Session launches plugins when they are first called, several at once, and
// ends them all with Close. Its methods may be called from several goroutines.
type Session struct {
	host    *Host
	life    context.Context // ends with Close
	end     context.CancelFunc
	mu      sync.Mutex
	running map[string]*running // by name
	given   map[string]string   // the secrets that any plugin was given: they are in no log line
}

// running is one plugin's process.
type running struct {
	turn     chan struct{} // held by the one that launches
	proc     *process.Process
	launches int
	err      error // of the last launch
}

// maxLaunches: a plugin that crashed is given one more chance.
const maxLaunches = 2

// Open begins a session; nothing is launched.
func (h *Host) Open() *Session {
	life, end := context.WithCancel(context.Background())
	return &Session{host: h, life: life, end: end, running: map[string]*running{}, given: map[string]string{}}
}

// Close ends every plugin of the session within a bounded time. It may be
// called twice; calls after it fail.
func (s *Session) Close() {
	s.end() // of launches
	s.mu.Lock()
	list := s.running
	s.running = nil
	s.mu.Unlock()
	var wait sync.WaitGroup
	for _, r := range list {
		wait.Go(func() {
			r.turn <- struct{}{}
			if r.proc != nil {
				_ = r.proc.Close()
			}
		})
	}
	wait.Wait()
}

// log hands on what a plugin writes to stderr, which may be at any time.
func (s *Session) log(l Line) {
	s.mu.Lock()
	l = l.clean(s.given)
	s.mu.Unlock()
	s.host.log(l)
}

// run is r as the plugin may see it; its secrets are kept out of the log.
func (s *Session) run(p *Plugin, r Run) *pluginv1.Run {
	run := r.of(p.Manifest)
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.given, run.GetSecrets())
	return run
}

var errClosed = errors.New("the session with the plugins is closed")

// process is the plugin's process, launched if it does not run.
func (s *Session) process(ctx context.Context, p *Plugin) (*process.Process, error) {
	name := p.Manifest.Name
	s.mu.Lock()
	if s.life.Err() != nil {
		s.mu.Unlock()
		return nil, errClosed
	}
	r := s.running[name]
	if r == nil {
		r = &running{turn: make(chan struct{}, 1)}
		s.running[name] = r
	}
	s.mu.Unlock()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("start plugin %q: %w", name, context.Cause(ctx))
	case <-s.life.Done():
		return nil, errClosed
	}
	defer func() { <-r.turn }()
	return r.get(ctx, s, p)
}

// get is called by one goroutine at a time.
func (r *running) get(ctx context.Context, s *Session, p *Plugin) (*process.Process, error) {
	if r.proc != nil && !r.isDone() {
		return r.proc, nil
	}
	if r.launches >= maxLaunches {
		return nil, r.gone(p)
	}
	if r.proc != nil {
		_ = r.proc.Close()
	}
	launching, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	proc, err := s.host.start(launching, p.Manifest.Name, p.Binary, p.Sum, !p.Manifest.PlainText, s.log)
	if s.life.Err() != nil && err != nil {
		return nil, errClosed
	}
	if ctx.Err() == nil {
		r.launches++ // one that the caller broke off says nothing of the plugin
	}
	if r.err = err; err != nil {
		return nil, err
	}
	r.proc = proc
	return proc, nil
}

// gone is why a plugin has no launch left.
func (r *running) gone(p *Plugin) error {
	if r.err != nil {
		return r.err
	}
	err := failure.New(failure.Unexpected, "plugin %q ended %d times", p.Manifest.Name, r.launches).
		WithHint("mage plugin:test %s shows whether it keeps to the contract", p.Manifest.Name)
	if why := r.proc.Err(); why != nil {
		err.WithDetails(manifest.Printable(why.Error()))
	}
	return err
}

func (r *running) isDone() bool {
	select {
	case <-r.proc.Done():
		return true
	default:
		return false
	}
}

// Run is what every call carries.
type Run struct {
	ID, Project, Environment   string
	Deadline                   time.Time
	DryRun                     bool
	Endpoints, Config, Secrets map[string]string // only what the manifest declares
}

// Probed is the answer of one attempt.
type Probed struct {
	Ready, Fatal   bool
	Reason, Detail string
	Diagnostic     *manifest.Diagnostic // of Fatal
}

// Event is what a hook, a command or a backup tells; one field is set.
type Event struct {
	Progress *Progress
	Resource *Resource
	Line     *Line
}

// Progress tells how far the work is; Total 0 is unknown.
type Progress struct {
	Text        string
	Done, Total uint64
}

// Resource is a thing and what became of it: created, existed, updated, deleted.
type Resource struct{ Kind, Name, Change string }

// File is one that a backup wrote.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Call is a command line for a plugin.
type Call struct {
	Command   string
	Arguments []string
	Flags     map[string]string // only those given
	Width     int
	Dir       string // where it was called, absolute
	Stdin     io.Reader
	Out, Err  io.Writer
	Signals   <-chan int // POSIX numbers, handed on
}
