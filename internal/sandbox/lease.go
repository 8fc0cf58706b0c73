package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/infinitescribe/spellbook/internal/state"
)

// Grace is how long a user is taken to live whom nothing but his heartbeat tells of:
// one on another kernel, as in a container of Docker Desktop that has the checkout
// mounted. Of those on this one the kernel says it, at once. It is counted twice: by the
// clock since the last beat, and then by who looks, see stopped.
const Grace = 30 * time.Second

// beat is how often a user says that he is there.
const beat = Grace / 3

// User is a process that uses a stack.
type User struct {
	PID    int       `json:"pid"`
	Target string    `json:"target"`
	Since  time.Time `json:"since"`
	Boot   string    `json:"boot,omitempty"` // of the kernel; "" where it does not tell
}

func (u User) String() string {
	return fmt.Sprintf("%s (pid %d, since %s)", u.Target, u.PID, u.Since.Local().Format("15:04:05"))
}

// Lease is held by a process that uses a stack, by a lock on a file of its own: the
// kernel frees it with the process, however that ends. A file system may lock nothing.
type Lease struct {
	lock *flock.Flock
	path string
	stop chan struct{}
	once sync.Once
}

const usePrefix = "use-"

// Use takes a lease, whose heart beats until it is released. The caller holds the
// stack's lock, so that nobody removes it meanwhile.
func (p Place) Use(target string, now time.Time) (*Lease, error) {
	return p.use(target, now, (*flock.Flock).Lock)
}

func (p Place) use(target string, now time.Time, hold func(*flock.Flock) error) (*Lease, error) {
	u := User{PID: os.Getpid(), Target: target, Since: now, Boot: boot()}
	data, err := json.Marshal(u)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.Path(""), 0o700); err != nil {
		return nil, fmt.Errorf("use stack %s: %w", p.Name, err)
	}
	for _, path := range p.leases() {
		if _, alive := user(path, moment{now, awake()}, (*flock.Flock).TryLock); !alive {
			_ = errors.Join(os.Remove(path), os.Remove(sightingOf(path)))
		}
	}
	f, err := os.CreateTemp(p.Path(""), fmt.Sprintf("%s%d-*.json", usePrefix, os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("use stack %s: %w", p.Name, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	l := &Lease{lock: flock.New(f.Name()), path: f.Name(), stop: make(chan struct{})}
	if err == nil {
		err = hold(l.lock) // who only looks holds it for an instant
	}
	if state.HasNoLocks(err) { // then its heart alone tells of it, also to who can lock it by then
		u.Boot = ""
		if data, err = json.Marshal(u); err == nil {
			err = os.WriteFile(f.Name(), data, 0o600)
		}
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return nil, fmt.Errorf("use stack %s: %w", p.Name, err)
	}
	_ = os.Chtimes(l.path, now, now) // a file server may have another clock
	go l.beats()
	return l, nil
}

func (l *Lease) beats() {
	t := time.NewTicker(beat)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			_ = os.Chtimes(l.path, now, now)
		case <-l.stop:
			return
		}
	}
}

// Release gives the lease back.
func (l *Lease) Release() {
	l.once.Do(func() {
		close(l.stop)
		_ = os.Remove(l.path)
		_ = l.lock.Close()
		_ = errors.Join(os.Remove(l.path), os.Remove(sightingOf(l.path))) // Windows removes none that is open
	})
}

// Users are the processes that use a stack now.
func (p Place) Users(now time.Time) []User { return p.users(moment{now, awake()}) }

func (p Place) users(at moment) (list []User) {
	for _, path := range p.leases() {
		if u, alive := user(path, at, (*flock.Flock).TryLock); alive {
			list = append(list, u)
		}
	}
	return list
}

func (p Place) leases() (paths []string) {
	entries, _ := os.ReadDir(p.Path(""))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), usePrefix) {
			paths = append(paths, p.Path(e.Name()))
		}
	}
	return paths
}

// user reads a file of a lease, and reports whether who made it is alive. Of one on another
// kernel, and where the file system locks nothing, his heart alone tells.
func user(path string, at moment, try func(*flock.Flock) (bool, error)) (u User, alive bool) {
	data, err := os.ReadFile(path)
	if err != nil { // on Windows nobody reads what another has locked
		return u, !errors.Is(err, fs.ErrNotExist)
	}
	_ = json.Unmarshal(data, &u)                      // one that is being written is held
	lock := flock.New(path, flock.SetFlag(os.O_RDWR)) // creates none: it may be given back meanwhile
	defer func() { _ = lock.Close() }()
	free, err := try(lock)
	unlocked := state.HasNoLocks(err)
	if !unlocked && (!free || err != nil) {
		return u, !errors.Is(err, fs.ErrNotExist)
	}
	info, err := os.Stat(path)
	if err != nil || !unlocked && u.Boot != "" && u.Boot == boot() {
		return u, false
	}
	return u, at.clock.Sub(info.ModTime()) < Grace || !stopped(path, info.ModTime(), at.awake)
}

// boot tells this run of this machine's kernel from others; "" where the system has
// no word for it.
var boot = sync.OnceValue(func() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
})
