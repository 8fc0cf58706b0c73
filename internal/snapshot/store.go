// Package snapshot keeps what the volumes of a stack hold once its migrations and
// seeds have run, and has later stacks begin with a copy. Scope says what a
// project's snapshot is of and the digest of all that it came from; Store saves,
// finds, copies and prunes, on the engine itself and by its API alone, so that a
// remote engine does as well. It imports docker and project, and knows no command.
package snapshot

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// Label is on every volume and helper container of a snapshot; its value is the digest.
const Label = "spellbook.snapshot"

// The labels of the volume that says that a snapshot is whole: where its data are, how
// much that is, and which one-shots it holds.
const (
	labelData  = Label + ".data"
	labelBytes = Label + ".bytes"
	labelHeld  = Label + ".held"
	labelParts = Label + ".volumes"
	// LabelStack has the project of the stack that the data are of.
	LabelStack = Label + ".stack"
)

// What an engine keeps at the most, of all projects together.
const (
	DefaultMost      = 12
	DefaultMostBytes = 8 << 30
)

// stale is when what is left of a copy that was cut is nobody's any more.
const stale = time.Hour

var (
	// ErrGone is a snapshot that was removed since it was found: begin without one.
	ErrGone = errors.New("the snapshot is gone")
	// ErrNoShell is where no image of the services has a shell and cp: do without one.
	ErrNoShell = errors.New("no image of these services has sh and cp, which copy a volume")
)

// Engine is what a store needs of one.
type Engine interface {
	LabelledVolumes(ctx context.Context, label string) ([]docker.Volume, error)
	MakeLabelledVolume(ctx context.Context, name string, labels map[string]string) (map[string]string, error)
	RemoveVolume(ctx context.Context, name string) error
	RunOnce(ctx context.Context, o docker.Once) (code int, output string, err error)
}

// Store is the snapshots of an engine.
type Store struct {
	Engine    Engine
	Now       func() time.Time
	Stack     string // the project of the stack whose volumes it saves
	Most      int    // 0: DefaultMost
	MostBytes int64  // 0: DefaultMostBytes
}

// Snapshot is one that is whole.
type Snapshot struct {
	Digest string
	Held   []string // the one-shots whose work is in it
	Parts  []string // the volumes, by their keys in the Compose files
	Bytes  int64    // on the engine's disk; 0 where its du does not say
	Made   time.Time
	data   string // the volume that has them, a directory for each part
	marker string
}

// Find is the snapshot of a digest; nil where there is none that is whole.
func (s Store) Find(ctx context.Context, digest string) (*Snapshot, error) {
	all, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.Digest == digest {
			return &one, nil
		}
	}
	return nil, nil
}

// List is all that are whole, the oldest first.
func (s Store) List(ctx context.Context) ([]Snapshot, error) {
	volumes, err := s.Engine.LabelledVolumes(ctx, Label)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, v := range volumes {
		there[v.Name] = true
	}
	var list []Snapshot
	for _, v := range volumes {
		data := v.Labels[labelData]
		if data == "" || !there[data] {
			continue
		}
		one := Snapshot{Digest: v.Labels[Label], Held: split(v.Labels[labelHeld]), Parts: split(v.Labels[labelParts]), Made: v.Created, data: data, marker: v.Name}
		one.Bytes, _ = strconv.ParseInt(v.Labels[labelBytes], 10, 64)
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Snapshot) int { return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.Digest, b.Digest)) })
	return list, nil
}

// Save keeps volumes, by the names that the engine has for their keys, for a digest.
// Nobody may write to them meanwhile. The first of images whose shell and cp can do it
// does. What is cut leaves nothing that Find finds.
func (s Store) Save(ctx context.Context, digest string, volumes map[string]string, held, images []string) (*Snapshot, error) {
	one := Snapshot{Digest: digest, Held: held, Parts: keys(volumes), marker: "spellbook-snapshot-" + digest}
	one.data = one.marker + "-" + attempt()
	if _, err := s.Engine.MakeLabelledVolume(ctx, one.data, map[string]string{Label: digest, LabelStack: s.Stack}); err != nil {
		return nil, err
	}
	output, err := s.copies(ctx, images, saveScript, one, volumes, true)
	if err != nil {
		s.drop(ctx, one.data)
		return nil, fmt.Errorf("keep volumes of digest %s: %w", digest, err)
	}
	kilobytes, _, _ := strings.Cut(strings.TrimSpace(output), "\t")
	n, _ := strconv.ParseInt(strings.TrimSpace(kilobytes), 10, 64)
	one.Bytes = n << 10
	got, err := s.Engine.MakeLabelledVolume(ctx, one.marker, map[string]string{Label: digest, LabelStack: s.Stack, labelData: one.data, labelBytes: strconv.FormatInt(one.Bytes, 10),
		labelHeld: strings.Join(held, ","), labelParts: strings.Join(one.Parts, ",")})
	if err != nil || got[labelData] != one.data { // another run was sooner
		s.drop(ctx, one.data)
	}
	if err != nil {
		return nil, err
	}
	if err := s.Prune(ctx, digest); err != nil {
		return nil, err
	}
	return s.Find(ctx, digest)
}

// Fill copies a snapshot into volumes, by the names that the engine has for their keys,
// in place of what they hold.
func (s Store) Fill(ctx context.Context, one Snapshot, volumes map[string]string, images []string) error {
	_, err := s.copies(ctx, images, fillScript, one, volumes, false)
	if errors.Is(err, ErrGone) {
		s.dropEmpty(ctx, one.data)
	}
	if err != nil {
		return fmt.Errorf("fill volumes from snapshot %s: %w", one.Digest, err)
	}
	return nil
}

// dropEmpty removes the volume that the engine has made of a name that was not there; the
// container that it made it for still goes.
func (s Store) dropEmpty(ctx context.Context, name string) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for within.Err() == nil && s.Engine.RemoveVolume(within, name) != nil {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-within.Done():
		}
	}
}

// gone is what fillScript ends with where the data are not whole.
const gone = 79

// The scripts get the keys of the volumes as arguments. Data are whole once the file is
// there that is written last, on disk: the engine would make an empty volume of one that
// another run has pruned.
const (
	saveScript = `set -e
cd /snapshot
for key; do mkdir -p "./$key"; cp -a "/volumes/$key/." "./$key/"; done
: >.whole
sync -f . 2>/dev/null || sync
du -sk . 2>/dev/null || :`
	fillScript = `set -e
[ -e /snapshot/.whole ] || exit 79
for key; do
	cd "/volumes/$key"
	rm -rf ./* ./.[!.]* ./..?*
	cp -a "/snapshot/$key/." ./
done`
)

// copies runs a script with all volumes in one container.
func (s Store) copies(ctx context.Context, images []string, script string, one Snapshot, volumes map[string]string, saves bool) (string, error) {
	mounts := []docker.Mount{{Name: one.data, Path: "/snapshot", ReadOnly: !saves}}
	for _, key := range one.Parts {
		name, known := volumes[key]
		if !known {
			return "", fmt.Errorf("no volume for %q", key)
		}
		mounts = append(mounts, docker.Mount{Name: name, Path: "/volumes/" + key, ReadOnly: saves})
	}
	for _, image := range images {
		code, output, err := s.Engine.RunOnce(ctx, docker.Once{Image: image, Argv: append([]string{"sh", "-c", script, "copy"}, one.Parts...),
			Volumes: mounts, Labels: map[string]string{Label: one.Digest}, Lingers: !saves})
		switch {
		case docker.NoProgram(err), code == 127: // no sh, or no cp
			continue
		case err != nil:
			return "", err
		case code == gone:
			return "", ErrGone
		case code != 0:
			return "", fmt.Errorf("copying in a container of %s ended with exit code %d: %s", image, code, strings.TrimSpace(output))
		}
		return output, nil
	}
	return "", ErrNoShell
}

// Prune removes the oldest of what is above the bounds, but never the digest kept, and
// what copies that were cut have left. What is in use stays.
func (s Store) Prune(ctx context.Context, kept string) error {
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	var bytes int64
	used := map[string]bool{}
	for _, one := range all {
		bytes += one.Bytes
		used[one.data], used[one.marker] = true, true
	}
	for i, n := 0, len(all); i < len(all) && (n > cmp.Or(s.Most, DefaultMost) || bytes > cmp.Or(s.MostBytes, DefaultMostBytes)); i++ {
		if all[i].Digest != kept {
			s.drop(ctx, all[i].marker, all[i].data)
			n, bytes = n-1, bytes-all[i].Bytes
		}
	}
	volumes, err := s.Engine.LabelledVolumes(ctx, Label)
	for _, v := range volumes {
		if !used[v.Name] && s.Now().Sub(v.Created) > stale {
			s.drop(ctx, v.Name)
		}
	}
	return err
}

// drop removes volumes, after an interrupt too. One that cannot be removed is in use, or
// goes with the next prune.
func (s Store) drop(ctx context.Context, names ...string) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, name := range names {
		_ = s.Engine.RemoveVolume(within, name)
	}
}

func attempt() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func split(list string) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(s string) bool { return s == "" })
}

func keys(of map[string]string) []string {
	list := make([]string, 0, len(of))
	for key := range of {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}
