// Package test holds the test:* commands: stacks that are copies of the repository's
// own, each with names, networks, volumes and ports that nothing else has, and with a
// lease. Bringing one up is infra:up's way with one Compose file more.
package test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/git"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/sandbox"
	"github.com/infinitescribe/spellbook/internal/state"
)

// DefaultKeep is how long a stack stays that somebody has brought up by hand.
const DefaultKeep = time.Hour

// StartOptions say which stack, and for how long.
type StartOptions struct {
	Name     string   // "" is that of the branch
	Services []string // only these and what they depend on; all when empty
	// Keep is how long the stack stays after the last process that uses it; 0 ends it
	// with that. One that is there already stays as long as was promised.
	Keep    time.Duration
	Timeout time.Duration // until it is ready; 0 means infra.DefaultTimeout
	Tmpfs   bool          // data volumes in memory
	Same    bool          // one that is there and was made from something else is made anew
	Target  string        // what is running, for messages and locks: "test:up"
	Call    string        // what is typed to go on; "" is Target, of test:up with the name

	json bool // report by the document of infra:up
}

// Stack is a stack of its own that is up, and that this process uses until Stop.
type Stack struct {
	Name, Project string
	EnvFile       string   // absolute; mode 0600, with secrets
	Variables     []string // NAME=value, what EnvFile has
	Reused        bool     // it was up already, as it is to be

	run       *app.Run
	place     sandbox.Place
	lease     *sandbox.Lease
	userLease *sandbox.UserLease // nil until the stack has a project
	keep      time.Duration
	record    sandbox.Record
	ports     []sandbox.Port
	mask      func(string) string // takes the stack's secrets out of a line
}

// attempts are how often ports are chosen that somebody else takes first.
const attempts = 5

// Start brings a stack of its own to ready, or finds it so. What was begun is in the
// Stack also where there is an error: the caller stops it, if it is not nil. The
// failures are those of infra:up.
func Start(ctx context.Context, w *app.Run, o StartOptions) (*Stack, error) {
	if o.Target == "" {
		o.Target = "test:up"
	}
	t, done, err := open(ctx, w, o)
	if err != nil {
		return nil, err
	}
	defer done()
	for n := 1; ; n++ {
		if err = t.attempt(ctx); err == nil || n == attempts || !t.again(ctx) {
			break
		}
		w.Tell("%s", t.anew)
	}
	if t.session != nil {
		t.session.Close()
	}
	return t.Stack, err
}

// starting is one Start at work.
type starting struct {
	*Stack
	options StartOptions
	session *load.Session // of the last attempt; nil before the first
	known   bool          // there was a record
	asked   []string      // the services that this run is about, see join
	anew    string        // why the attempt is made again
	without bool          // a snapshot
	made    made          // of Same
	taken   bool          // Same: it is there, and what it would be now
}

// open finds the stack's place and takes a lease. Two that bring up the same stack take
// turns: done lets the next one go on, which finds what the first has made.
func open(ctx context.Context, w *app.Run, o StartOptions) (t *starting, done func(), err error) {
	l := w.ProjectLayout()
	if o.Name == "" {
		o.Name = nameOf(ctx, w)
	}
	place, err := sandbox.At(l, o.Name)
	if err != nil {
		return nil, nil, err
	}
	turn, err := lockOf(w, place, "test-start-")
	if err != nil {
		return nil, nil, err
	}
	if done, err = turn.Wait(ctx, w, o.Target, patience(o.Timeout)); err != nil {
		return nil, nil, err
	}
	t = &starting{Stack: &Stack{Name: place.Name, EnvFile: place.EnvFile(), run: w, place: place, keep: o.Keep}, options: o}
	if err := t.use(ctx); err != nil {
		done()
		return nil, nil, err
	}
	return t, done, nil
}

// patience is how long a start waits for its turn: another may bring up what a snapshot is
// of, then the stack, each within timeout, and wait for locks before.
func patience(timeout time.Duration) time.Duration {
	return 2*cmp.Or(timeout, infra.DefaultTimeout) + load.LockTimeout
}

// use takes a lease, and reads what there is.
func (t *starting) use(ctx context.Context) error {
	unlock, err := lock(ctx, t.run, t.place, t.options.Target)
	if err != nil {
		return err
	}
	defer unlock()
	if err := t.place.Check(); err != nil {
		return err
	}
	if t.lease, err = t.place.Use(t.options.Target, t.run.Now()); err != nil {
		return err
	}
	t.record, t.known = t.place.Read()
	return t.join()
}

// join takes what is there as it is: with more services, and in memory or not.
func (t *starting) join() error {
	if !t.known {
		return nil
	}
	if t.options.Tmpfs && !t.record.Tmpfs {
		t.lease.Release()
		return failure.New(failure.Usage, "the stack %s is there, and its data is not in memory", t.Name).WithHint("mage test:down -name=%s, then this again", t.Name)
	}
	t.options.Tmpfs, t.asked = t.record.Tmpfs, t.options.Services
	if len(t.options.Services) > 0 && len(t.record.Services) > 0 {
		t.options.Services = slices.Compact(slices.Sorted(slices.Values(slices.Concat(t.options.Services, t.record.Services))))
	} else {
		t.options.Services = nil
	}
	return nil
}

// nameOf is the name of a stack that nobody has named: that of the branch.
func nameOf(ctx context.Context, w *app.Run) string {
	branch, code := git.Ask(ctx, w.Environ, w.Root(), "symbolic-ref", "--short", "-q", "HEAD")
	if code != 0 {
		return sandbox.DefaultName
	}
	return sandbox.NameOf(strings.TrimSpace(branch))
}

// lock is held for what is made and removed of a stack's files, and for its removal.
func lock(ctx context.Context, w *app.Run, p sandbox.Place, target string) (unlock func(), err error) {
	l, err := lockOf(w, p, "test-")
	if err != nil {
		return nil, err
	}
	return l.Wait(ctx, w, target, load.LockTimeout)
}

func lockOf(w *app.Run, p sandbox.Place, kind string) (*load.FileLock, error) {
	sum := sha256.Sum256([]byte(p.Root() + "\x00" + p.Name))
	return load.NewFileLock(w, p.Layout, kind+p.Name+"-"+hex.EncodeToString(sum[:4]))
}

// attempt brings the stack up on ports that are free now.
func (t *starting) attempt(ctx context.Context) error {
	t.anew = ""
	run, err := t.prepare(ctx)
	if err != nil {
		return err
	}
	o := t.options
	u := &infra.UpRun{Session: t.session, Run: run, Format: run.Format(o.json), Began: run.Now(), Options: t.upOptions(o.Services)}
	u.Options.JSON = o.json
	if err := t.beginWith(ctx, run, &u.Options); err != nil {
		return err
	}
	if err := t.session.Explained(u.Do(ctx)); err != nil {
		return t.explained(err)
	}
	if err := t.settled(ctx); err != nil {
		return err
	}
	t.Reused = t.known && !u.Changed()
	return t.note(ctx, func(r *sandbox.Record) { r.Filling = false })
}

func (t *starting) upOptions(services []string) infra.UpOptions {
	return infra.UpOptions{Services: services, Timeout: cmp.Or(t.options.Timeout, infra.DefaultTimeout), Target: t.options.Target, Call: t.call(), Down: "test:down -name=" + t.Name}
}

// prepare chooses ports and writes the files; then t.session is that of the stack.
func (t *starting) prepare(ctx context.Context) (*app.Run, error) {
	unlock, err := lock(ctx, t.run, t.place, t.options.Target)
	if err != nil {
		return nil, err
	}
	defer unlock()
	plain, err := t.load(ctx, t.run)
	if err != nil {
		return nil, err
	}
	if there, ok := onMachine(t.run, plain); ok {
		plain.Close()
		if plain, err = t.load(ctx, there); err != nil {
			return nil, err
		}
	}
	defer plain.Close()
	if err := t.knows(ctx, plain); err != nil {
		return nil, err
	}
	if err := t.settle(ctx, plain); err != nil {
		return nil, err
	}
	run := t.own(plain)
	own, err := t.loadOwn(ctx, run, t.options.Services)
	if err != nil {
		return nil, err
	}
	err = t.write(ctx, own)
	own.Close()
	if err != nil {
		return nil, err
	}
	if t.session != nil {
		t.session.Close()
	}
	if t.session, err = t.loadOwn(ctx, run, t.options.Services, t.place.Overrides()); err == nil {
		t.session.Client.Learn(plain.Client)
		t.mask = t.session.Project.MaskValues
	}
	return run, err
}

// knows refuses services that there are not, also where more than these are up.
func (t *starting) knows(ctx context.Context, plain *load.Session) error {
	if !slices.ContainsFunc(t.asked, func(name string) bool { return !plain.Project.Known(name) }) {
		return nil
	}
	s, err := load.Open(ctx, t.run, load.Options{Services: t.asked})
	if err == nil {
		s.Close()
	}
	return err
}

func (t *starting) load(ctx context.Context, run *app.Run) (*load.Session, error) {
	return load.Open(ctx, run, load.Options{Services: t.options.Services, Environment: true})
}

// loadOwn loads the stack as it is filled in, by what own makes of a run.
func (t *starting) loadOwn(ctx context.Context, run *app.Run, services []string, overrides ...string) (*load.Session, error) {
	chosen := slices.Collect(maps.Keys(sandbox.Overlay(t.Project, t.ports, t.record.Ports)))
	return load.Open(ctx, run, load.Options{Services: services, Environment: true, Overrides: overrides, Chosen: chosen})
}

// settle decides what the stack is called, where it is and which ports it has, and
// writes that down.
func (t *starting) settle(ctx context.Context, plain *load.Session) (err error) {
	r := &t.record
	if !t.known {
		machine, _ := os.Hostname()
		project := t.place.ProjectName(plain.Project.Name, strings.ToLower(rand.Text()[:8]))
		*r = sandbox.Record{Project: project, Machine: machine, Made: t.run.Now(), Tmpfs: t.options.Tmpfs}
	}
	if now, ok := t.place.Read(); ok { // another run may have prolonged it
		r.Until, r.Keep = now.Until, now.Keep
	}
	where := machineOf(plain)
	id, err := where.client.ID(ctx)
	if err != nil {
		return err
	}
	if r.EngineID != "" && r.EngineID != id { // nobody would remove what is there
		return failure.New(failure.Usage, "the stack %s is on another engine (%s)", t.Name, strings.Join(r.Engine, " ")).
			WithHint("mage test:down -name=%s, then this again; or another -name", t.Name)
	}
	r.EngineID, r.Engine, r.Address, r.Services = id, where.variables, where.address, t.options.Services
	t.Project, t.ports = r.Project, sandbox.PortsOf(plain.Project)
	r.Ports = maps.Clone(r.Ports)
	if r.Ports == nil {
		r.Ports = map[string]uint16{}
	}
	list, err := where.client.EveryContainer(ctx)
	if err != nil {
		return err
	}
	taken := portsOn(list)
	free := func(port uint16) bool { return !taken[port] && (where.remote || observe.Free(port)) }
	if err := sandbox.Choose(t.ports, r.Ports, r.Project, free); err != nil {
		return err
	}
	if t.userLease == nil {
		if t.userLease, err = userLeases(t.run, t.place).Use(ctx, r.Project, r.EngineID); err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			return failure.New(failure.Preflight, "%w", err).WithHint("export XDG_CACHE_HOME=DIRECTORY, one that you may write in")
		}
	}
	if err := promise(t.run, t.place, *r); err != nil {
		return err
	}
	t.tidy(ctx, list)
	return nil
}

// own is the run of the stack: its variables win over all others, and what is
// remembered of it lies apart.
func (t *starting) own(plain *load.Session) *app.Run {
	run := *t.run
	run.Signals = nil // who has begun takes them
	run.Environ = slices.Concat(run.Environ, t.record.Engine)
	overlay := sandbox.Overlay(t.Project, t.ports, t.record.Ports)
	for _, name := range slices.Sorted(maps.Keys(overlay)) {
		run.Environ = append(run.Environ, name+"="+overlay[name])
	}
	run.Layout = plain.Layout
	run.Layout.StateDir = t.place.Dir()
	return &run
}

// write makes the Compose file and the file of variables.
func (t *starting) write(ctx context.Context, own *load.Session) (err error) {
	o := sandbox.Options{Ports: t.ports, Chosen: t.record.Ports, IP: loopback}
	if !isLoopback(t.record.Address) {
		o.IP = ""
	}
	if t.options.Tmpfs {
		if o.Tmpfs, err = t.inMemory(ctx, own); err != nil {
			return err
		}
	}
	if o.Data, err = dataOf(ctx, own); err != nil {
		return err
	}
	text, notes, err := sandbox.Override(own.Project, o)
	if err != nil {
		return err
	}
	for _, note := range notes {
		t.run.Tell("note: %s", note)
	}
	if err := state.Write(t.place.Overrides(), text); err != nil {
		return err
	}
	return t.writeVariables(own)
}

// again reports whether an attempt that failed is made once more, and says why in anew.
func (t *starting) again(ctx context.Context) bool {
	switch {
	case ctx.Err() != nil:
		return false
	case t.anew != "":
		t.known = true // there is a record by now
		return true
	case t.clashed(ctx):
		t.anew = "a port was taken meanwhile: once more, with others"
		return true
	}
	return false
}
