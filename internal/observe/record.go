package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/state"
)

// Record is what a run that went well leaves behind: the digests of what it
// brought up. It lives in .spellbook/PROJECT/up.json and holds no values.
type Record struct {
	Version int             `json:"version"`
	Digests project.Digests `json:"digests"`
	Seen
	// Hashes are what Compose labelled each service's containers with: another
	// label tells that somebody else has made them anew since.
	Hashes map[string]string `json:"hashes,omitempty"`
	// Docker has the digests of health checks that do not bear a probe of ours beside
	// Docker's own run.
	Docker []string `json:"docker,omitempty"`
	// Given are what containers were given, by ID.
	Given map[string]Given `json:"given,omitempty"`
	// Contents are those of images that containers were made from, by ID: after another
	// build the engine may not have them any more.
	Contents map[string]string `json:"contents,omitempty"`
	// Volumes are those that Compose has found to be others than the files have
	// them, by name.
	Volumes map[string]KeptVolume `json:"volumes,omitempty"`

	// Held are one-shots that have not run, as the volumes began with a copy of their work.
	Held []string `json:"held,omitempty"`
	// Released: providers have taken away what they had made, and none was called since.
	Released bool `json:"released,omitempty"`

	unread error // see Unread
}

// LeaveToDocker notes a check that Docker's own timer alone is to run.
func (r *Record) LeaveToDocker(c plan.Check) {
	if !r.LeftToDocker(c) {
		r.Docker = append(r.Docker, digestOf(c))
	}
}

// LeftToDocker reports whether it was noted.
func (r *Record) LeftToDocker(c plan.Check) bool { return slices.Contains(r.Docker, digestOf(c)) }

func digestOf(c plan.Check) string {
	sum := sha256.Sum256([]byte(strings.Join(c.Test, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// KeptVolume is a volume that is not as the files have it.
type KeptVolume struct {
	Text    string    `json:"text"` // what to tell
	Created time.Time `json:"created"`
}

// RecordPath is where the record of p lies.
func RecordPath(p *project.Project) string {
	return p.Layout.Path(p.Layout.StateDir, p.Name, "up.json")
}

// ReadRecord reads the record; an absent or unreadable one is empty, because
// all it can save is time.
func ReadRecord(p *project.Project) Record {
	r, err := state.ReadJSON[Record](RecordPath(p), 1)
	if path := new(fs.PathError); errors.As(err, &path) && !errors.Is(err, fs.ErrNotExist) {
		r.unread = err
	}
	return r
}

// Unread is what keeps the record from being read, as a directory in its place;
// nil where it was read, is absent or holds something else, as the next run writes
// it anew then.
func (r Record) Unread() error { return r.unread }

// Merge adds the digests of a run to those of earlier ones, which may have
// been of other services.
func (r Record) Merge(d project.Digests) Record {
	merged := Record{Version: 1, Seen: r.Seen, Hashes: r.Hashes, Docker: r.Docker, Given: r.Given, Contents: r.Contents, Volumes: r.Volumes, Held: r.Held,
		Digests: project.Digests{Shared: d.Shared, Parts: d.Parts, Services: map[string]string{}, Plugins: map[string]string{}}}
	if !d.Reshape(r.Digests) {
		for name, digest := range r.Digests.Services {
			merged.Digests.Services[name] = digest
		}
	}
	maps.Copy(merged.Digests.Plugins, r.Digests.Plugins)
	maps.Copy(merged.Digests.Plugins, d.Plugins)
	for name, digest := range d.Services {
		merged.Digests.Services[name] = digest
	}
	return merged
}

// WriteRecord replaces the record at path whole or not at all.
func WriteRecord(path string, r Record) error { return state.WriteJSON(path, r) }
