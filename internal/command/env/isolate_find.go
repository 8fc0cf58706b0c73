package env

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
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

// changeable is the active environment, if its file is this working copy's alone.
func changeable(ctx context.Context, d *load.EnvContext) (environ.Environment, error) {
	name, ok, err := environ.Active(d.Dirs)
	if err != nil {
		return environ.Environment{}, err
	}
	if name == "" {
		what := d.Layout.EnvLink + " is a file of your own, not one of the environments"
		if !ok {
			what = "no environment is active"
		}
		return environ.Environment{}, failure.New(failure.Preflight, "%s", what).WithHint("mage env:use local, then mage env:isolate")
	}
	e, err := environ.ReadEnvironment(d.Dirs, name)
	if err != nil {
		return e, err
	}
	switch path := d.Dirs.File(name); {
	case !within(d, path):
		err = failure.New(failure.Preflight, "%s leads to a file outside of this working copy, which others use", e.File)
	case environ.IsCommitted(name) || d.GitCode(ctx, filepath.Dir(path), "ls-files", "--error-unmatch", "--", path) == 0:
		err = failure.New(failure.Preflight, "%s is in git: what is changed there is changed for everybody", e.File)
	default:
		return e, nil
	}
	var f *failure.Error
	if own := name + "-own"; errors.As(err, &f) {
		return e, f.WithHint("install -m 600 %s %s/.env.%s && mage env:use %s && mage env:isolate", e.File, d.Layout.EnvDir, own, own)
	}
	return e, err
}

// within reports whether a file lies in the working copy, all links followed.
func within(d *load.EnvContext, path string) bool {
	root, err := filepath.EvalSymlinks(d.Layout.Root)
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
	p, err := i.PlainModel(ctx, os.DevNull, "")
	if err != nil {
		return "", err
	}
	sum := hex.EncodeToString(i.sum()[:3])
	stem := p.Name + "-" + i.environment.Name + "-"
	name := stem + project.NormalName(filepath.Base(i.Layout.Root), sum)
	if taken[name] != "" || name != i.was && i.EngineState(ctx, i.environment, name).Any() {
		name += "-" + sum
	}
	return name, nil
}

// sum tells this working copy and its environment from others of this machine.
func (i *isolation) sum() []byte {
	root, err := filepath.EvalSymlinks(i.Layout.Root)
	if err != nil {
		root = i.Layout.Root
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
	all, err := i.All()
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		for _, value := range e.Values(i.Shell) {
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
	i.AskEngine(ctx, i.environment, func(ctx context.Context, c *docker.Client) error {
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
func madeIn(s load.EngineState, root string) load.EngineState {
	s.Containers = slices.DeleteFunc(slices.Clone(s.Containers), func(c docker.Container) bool {
		return !isBelow(root, c.Labels["com.docker.compose.project.working_dir"])
	})
	return s
}
