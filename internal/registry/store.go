package registry

import (
	"cmp"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/infinitescribe/spellbook/internal/state"
)

const (
	defaultRuns  = 10
	defaultLimit = 8 << 30
	historyFile  = "history.json"
	partial      = "upload-" // begins the names of files that are no blobs yet
)

// store is blobs as files, named by the hex of their sha256: a file that has
// its name is whole. Its lock is shared by all who have it open; one who is
// alone may remove.
type store struct {
	dir   string
	runs  int
	limit int64
	lock  *flock.Flock

	mu   sync.Mutex
	used map[string]bool // by this run
}

// history says in which run a blob was last used.
type history struct {
	Version int            `json:"version"`
	Run     int            `json:"run"` // counts those that pushed something
	Used    map[string]int `json:"used"`
}

const historyVersion = 1

func openStore(o Options) (*store, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	s := &store{dir: o.Dir, runs: cmp.Or(o.Runs, defaultRuns), limit: cmp.Or(o.Limit, defaultLimit),
		lock: flock.New(filepath.Join(o.Dir, "lock")), used: map[string]bool{}}
	// Who removes holds it for a moment.
	if err := s.lock.RLock(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *store) path(sum string) string { return filepath.Join(s.dir, sum) }

// has says whether a blob is there, which then counts as used.
func (s *store) has(sum string) bool {
	_, err := os.Stat(s.path(sum))
	if err == nil {
		s.use(sum)
	}
	return err == nil
}

func (s *store) use(sum string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[sum] = true
}

// serve sends a blob, or what is asked for of it: an engine whose connection
// broke asks for the rest.
func (s *store) serve(w http.ResponseWriter, r *http.Request, digest string) {
	hash, err := v1.NewHash(digest)
	if err != nil {
		refuse(w, http.StatusBadRequest, "DIGEST_INVALID", "this is no sha256 digest")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "blobs are read only")
		return
	}
	f, err := os.Open(s.path(hash.Hex))
	if err != nil {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "no such blob")
		return
	}
	defer func() { _ = f.Close() }()
	s.use(hash.Hex)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Docker-Content-Digest", hash.String())
	w.Header().Set("ETag", `"`+hash.Hex+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// close gives up the store. After a run that pushed something, the blobs that
// have had their time go, if nobody else has the store open.
func (s *store) close(pushed bool) {
	_ = s.lock.Unlock()
	if !pushed {
		return
	}
	if alone, err := s.lock.TryLock(); err == nil && alone {
		defer func() { _ = s.lock.Unlock() }()
		s.evict()
	}
}

// evict removes what history says, and what is no blob: nobody uploads while
// the lock is ours. A history that is lost makes every blob as old as the
// first run.
func (s *store) evict() {
	s.mu.Lock() // a request may be at its end yet
	defer s.mu.Unlock()
	h, _ := state.ReadJSON[history](s.path(historyFile), historyVersion)
	h = history{Version: historyVersion, Run: h.Run + 1, Used: h.Used}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	blobs := s.blobs(entries, &h)
	room := s.limit
	kept := map[string]int{}
	for _, b := range blobs {
		room -= b.bytes
		if b.used < h.Run && (h.Run-b.used > s.runs || room < 0) {
			_ = os.Remove(s.path(b.sum))
			room += b.bytes
			continue
		}
		kept[b.sum] = b.used
	}
	h.Used = kept
	_ = state.WriteJSON(s.path(historyFile), h) // or the next run finds all of them old
}

type blob struct {
	sum   string
	bytes int64
	used  int // the run
}

// blobs are those of the directory, the last used first; uploads that were
// left behind are removed.
func (s *store) blobs(entries []fs.DirEntry, h *history) []blob {
	var list []blob
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), partial) {
			_ = os.Remove(s.path(entry.Name()))
		}
		info, err := entry.Info()
		if err != nil || len(entry.Name()) != 64 {
			continue
		}
		b := blob{sum: entry.Name(), bytes: info.Size(), used: h.Used[entry.Name()]}
		if s.used[b.sum] {
			b.used = h.Run
		}
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b blob) int {
		return cmp.Or(cmp.Compare(b.used, a.used), cmp.Compare(a.bytes, b.bytes), cmp.Compare(a.sum, b.sum))
	})
	return list
}
