package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"

	"github.com/infinitescribe/spellbook/internal/state"
)

// index remembers how a binary was made, so that nothing has to be read or
// started as long as no file changed.
type index struct {
	Settings []string `json:"settings"` // of the environment that changes a build
	Dirs     []string `json:"dirs"`     // of the packages
	Files    []stamp  `json:"files"`    // all inputs
	Tools    []stamp  `json:"tools"`    // the go command and its settings
	Key      string   `json:"key"`      // of the content
	Binary   stamp    `json:"binary"`
}

const maxIndex = 8 << 20

// owner names a plugin of a directory in the cache.
func owner(name, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return name + "-" + hex.EncodeToString(sum[:6])
}

func (h *Host) indexPath(owner string) string {
	return filepath.Join(h.Cache, "index", owner+".json")
}

// readIndex is empty where there is none that can be read.
func (h *Host) readIndex(owner string) index {
	var i index
	data, err := readAtMost(h.indexPath(owner), maxIndex)
	if err != nil || json.Unmarshal(data, &i) != nil {
		return index{}
	}
	return i
}

// writeIndex keeps an index where that can be done: all it saves is time.
func (h *Host) writeIndex(owner string, i index) {
	if data, err := json.Marshal(i); err == nil {
		_ = state.Write(h.indexPath(owner), data)
	}
}

// fresh says whether everything is as the index has it, by looking alone.
func (h *Host) fresh(i index, settings []string) bool {
	if h.doubt || i.Binary.Sum == "" || !slices.Equal(i.Settings, settings) {
		return false
	}
	now := h.now()
	for _, list := range [][]stamp{i.Tools, i.Files, {i.Binary}} {
		for _, s := range list {
			if !s.unchanged(now) {
				return false
			}
		}
	}
	return true
}

// believed are the stamps that may spare reading a file.
func (h *Host) believed(list []stamp) []stamp {
	if h.doubt {
		return nil
	}
	return list
}

// sameFiles compares contents, not times.
func sameFiles(a, b []stamp) bool {
	return slices.EqualFunc(a, b, func(x, y stamp) bool {
		return x.Path == y.Path && x.Sum == y.Sum && (x.Size < 0) == (y.Size < 0)
	})
}

func byPath(list []stamp) map[string]stamp {
	m := make(map[string]stamp, len(list))
	for _, s := range list {
		m[s.Path] = s
	}
	return m
}
