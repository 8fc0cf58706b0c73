package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// changeable is the active environment, if its file is this working copy's alone.
func (d *desk) changeable(ctx context.Context) (environ.Environment, error) {
	name, ok, err := environ.Active(d.dirs)
	if err != nil {
		return environ.Environment{}, err
	}
	if name == "" {
		what := d.layout.EnvLink + " is a file of your own, not one of the environments"
		if !ok {
			what = "no environment is active"
		}
		return environ.Environment{}, failure.New(failure.Preflight, "%s", what).WithHint("mage env:use local, then mage env:isolate")
	}
	e, err := environ.ReadEnvironment(d.dirs, name)
	if err != nil {
		return e, err
	}
	switch path := d.dirs.File(name); {
	case !d.within(path):
		err = failure.New(failure.Preflight, "%s leads to a file outside of this working copy, which others use", e.File)
	case environ.IsCommitted(name) || d.gitSays(ctx, "ls-files", "--error-unmatch", "--", path) == 0:
		err = failure.New(failure.Preflight, "%s is in git: what is changed there is changed for everybody", e.File)
	default:
		return e, nil
	}
	var f *failure.Error
	if own := name + "-own"; errors.As(err, &f) {
		return e, f.WithHint("install -m 600 %s %s/.env.%s && mage env:use %s && mage env:isolate", e.File, d.layout.EnvDir, own, own)
	}
	return e, err
}

// within reports whether a file lies in the working copy, all links followed.
func (d *desk) within(path string) bool {
	root, err := filepath.EvalSymlinks(d.layout.Root)
	if err != nil {
		return false
	}
	path, err = filepath.EvalSymlinks(path)
	return err == nil && isBelow(root, path)
}

func isBelow(root, path string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// newName is the project of the files, with the environment and the directory of
// the working copy; where that is in use, with a sum of the directory's path too.
func (i *isolation) newName(ctx context.Context, taken map[string]string) (string, error) {
	p, err := i.plain(ctx, os.DevNull, "")
	if err != nil {
		return "", err
	}
	sum := hex.EncodeToString(i.sum()[:3])
	stem := p.Name + "-" + i.environment.Name + "-"
	name := stem + project.NormalName(filepath.Base(i.layout.Root), sum)
	if taken[name] != "" || name != i.was && i.standing(ctx, i.environment, name).any() {
		name += "-" + sum
	}
	return name, nil
}

// sum tells this working copy and its environment from others of this machine.
func (i *isolation) sum() []byte {
	root, err := filepath.EvalSymlinks(i.layout.Root)
	if err != nil {
		root = i.layout.Root
	}
	sum := sha256.Sum256([]byte(root + "\x00" + i.environment.Name))
	return sum[:]
}

// The ports that isolated stacks get: below those that Linux gives to
// connections by itself, above those that are somebody's by custom.
const (
	firstPort = 20000
	lastPort  = 29999
)

// freePorts are asked one after the other, from a place that depends on the
// working copy, so that two of them seldom come to the same.
type freePorts struct {
	from, tried int
	taken       map[int]bool
}

func (i *isolation) searchPorts(ctx context.Context) (*freePorts, error) {
	sum := i.sum()
	f := &freePorts{from: int(binary.BigEndian.Uint32(sum[:4]) % (lastPort - firstPort + 1)), taken: map[int]bool{}}
	all, err := i.all()
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		for _, value := range e.Values(i.shell) {
			if n, err := strconv.Atoi(value); err == nil {
				f.taken[n] = true
			}
		}
	}
	for _, n := range i.publishedPorts(ctx) {
		f.taken[n] = true
	}
	return f, nil
}

// publishedPorts are those of every running container, as far as the engine says.
func (i *isolation) publishedPorts(ctx context.Context) (ports []int) {
	i.ask(ctx, i.environment, func(ctx context.Context, c *docker.Client) error {
		list, err := c.AllContainers(ctx)
		for _, one := range list {
			for _, p := range one.Ports {
				ports = append(ports, int(p.Host))
			}
		}
		return err
	})
	return ports
}

// next is a port that nobody has or was promised.
func (f *freePorts) next() (string, error) {
	for ; f.tried <= lastPort-firstPort; f.tried++ {
		n := firstPort + (f.from+f.tried)%(lastPort-firstPort+1)
		if !f.taken[n] && observe.Free(uint16(n)) {
			f.taken[n] = true
			return strconv.Itoa(n), nil
		}
	}
	return "", failure.New(failure.Preflight, "no port from %d to %d is free", firstPort, lastPort).WithHint("end what has them")
}

// madeIn are those containers whose project directory lies below root.
func (s standing) madeIn(root string) standing {
	s.containers = slices.DeleteFunc(slices.Clone(s.containers), func(c docker.Container) bool {
		return !isBelow(root, c.Labels["com.docker.compose.project.working_dir"])
	})
	return s
}
