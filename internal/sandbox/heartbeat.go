package sandbox

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// moment is a look at heartbeats: by the clock, and by how long this machine has run.
type moment struct {
	clock time.Time
	awake time.Duration
}

// sighting is a heartbeat that was late when it was first seen so.
type sighting struct {
	Beat  time.Time     `json:"beat"`
	By    string        `json:"by"`    // whose time awake it is
	Awake time.Duration `json:"awake"` // in nanoseconds
}

func sightingOf(lease string) string {
	return filepath.Join(filepath.Dir(lease), "seen-"+filepath.Base(lease))
}

// stopped reports whether a heart whose last beat is long ago by the clock has not beaten
// either while who looks was awake for Grace. For the clock jumps when a machine wakes up,
// before a user that slept with it can say that he is there; and his own may be another.
// Without a note of an earlier look it makes one. Nobody can tell so of a machine that
// sleeps on alone.
func stopped(lease string, beat time.Time, awake time.Duration) bool {
	host, _ := os.Hostname()
	now := sighting{Beat: beat, By: cmp.Or(boot(), host), Awake: awake}
	var first sighting
	note := sightingOf(lease)
	if data, err := os.ReadFile(note); err == nil {
		_ = json.Unmarshal(data, &first) // a half one is none
	}
	if first.Beat.Equal(beat) && first.By == now.By && first.Awake <= awake { // else it was started anew
		return awake-first.Awake >= Grace
	}
	if data, err := json.Marshal(now); err == nil {
		_ = os.WriteFile(note, data, 0o600) // makes no directory: the stack may be removed meanwhile
	}
	return false
}
