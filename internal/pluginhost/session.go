package pluginhost

import (
	"context"
	"errors"
	"io"
	"time"
)

// Session launches plugins when they are first called, several at once, and
// ends them all with Close. Its methods may be called from several goroutines.
type Session struct{}

// Open begins a session; nothing is launched.
func (h *Host) Open() *Session { return &Session{} }

// Close ends every plugin of the session within a bounded time.
func (s *Session) Close() {}

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
	Diagnostic     *Diagnostic // of Fatal
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
	Stdin     io.Reader
	Out, Err  io.Writer
	Signals   <-chan int // POSIX numbers, handed on
}

// Validate asks the plugin about values.
func (s *Session) Validate(ctx context.Context, p *Plugin, config map[string]string) ([]Diagnostic, error) {
	return nil, errNotYet
}

// Probe is one attempt.
func (s *Session) Probe(ctx context.Context, p *Plugin, r Run, service string) (Probed, error) {
	return Probed{}, errNotYet
}

// Hook runs a phase.
func (s *Session) Hook(ctx context.Context, p *Plugin, r Run, phase string, tell func(Event)) error {
	return errNotYet
}

// Invoke runs a command and gives its exit code.
func (s *Session) Invoke(ctx context.Context, p *Plugin, r Run, c Call, tell func(Event)) (int, error) {
	return 0, errNotYet
}

// Backup writes into dir.
func (s *Session) Backup(ctx context.Context, p *Plugin, r Run, dir string, tell func(Event)) ([]File, error) {
	return nil, errNotYet
}

// Restore reads from dir.
func (s *Session) Restore(ctx context.Context, p *Plugin, r Run, dir string, tell func(Event)) error {
	return errNotYet
}

var errNotYet = errors.New("pluginhost: not built yet")
