package registry

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// place is what a path of the protocol names: an upload (its ID is "" where
// one is to begin), a blob, or neither.
// Source: OCI distribution specification 1.1, "Endpoints".
type place struct {
	repository string
	uploads    bool
	upload     string
	blob       string
}

func split(path string) place {
	rest, found := strings.CutPrefix(path, "/v2/")
	if !found {
		return place{}
	}
	if i := strings.LastIndex(rest, "/blobs/uploads"); i >= 0 {
		return place{repository: rest[:i], uploads: true, upload: strings.Trim(rest[i+len("/blobs/uploads"):], "/")}
	}
	if i := strings.LastIndex(rest, "/blobs/"); i >= 0 {
		return place{repository: rest[:i], blob: rest[i+len("/blobs/"):]}
	}
	return place{}
}

// uploads are blobs on their way in: from the network to a file and a sum, so
// that memory does not depend on their size.
type uploads struct {
	store *store
	mu    sync.Mutex
	open  map[string]*upload
}

type upload struct {
	id   string
	file *os.File
	sum  hash.Hash
	size int64
}

func (u *uploads) serve(w http.ResponseWriter, r *http.Request, p place) {
	if p.upload == "" && r.Method == http.MethodPost {
		u.begin(w, r, p)
		return
	}
	one := u.take(p.upload) // who sends has it alone
	if one == nil {
		refuse(w, http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "no such upload, or it is being written to")
		return
	}
	switch r.Method {
	case http.MethodPatch:
		u.extend(w, r, p, one)
	case http.MethodPut:
		u.finish(w, r, p, one)
	case http.MethodDelete:
		one.discard()
		w.WriteHeader(http.StatusNoContent)
	default:
		u.put(one)
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "an upload is written to")
	}
}

// begin starts an upload. A blob that another repository has is mounted, as
// all repositories share theirs: the engine then sends nothing.
func (u *uploads) begin(w http.ResponseWriter, r *http.Request, p place) {
	if mount, err := v1.NewHash(r.URL.Query().Get("mount")); err == nil && u.store.has(mount.Hex) {
		created(w, p, mount.String())
		return
	}
	file, err := os.CreateTemp(u.store.dir, partial)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
		return
	}
	one := &upload{id: rand.Text(), file: file, sum: sha256.New()}
	if r.URL.Query().Has("digest") {
		u.finish(w, r, p, one)
		return
	}
	u.accepted(w, p, one)
}

func (u *uploads) extend(w http.ResponseWriter, r *http.Request, p place, one *upload) {
	if err := one.write(r.Body); err != nil {
		one.discard()
		refuse(w, http.StatusInternalServerError, "BLOB_UPLOAD_INVALID", err.Error())
		return
	}
	u.accepted(w, p, one)
}

func (u *uploads) finish(w http.ResponseWriter, r *http.Request, p place, one *upload) {
	defer one.discard() // which finds nothing of one that was kept
	digest := r.URL.Query().Get("digest")
	if err := one.write(r.Body); err != nil {
		refuse(w, http.StatusInternalServerError, "BLOB_UPLOAD_INVALID", err.Error())
		return
	}
	if got := hex.EncodeToString(one.sum.Sum(nil)); digest != "sha256:"+got {
		refuse(w, http.StatusBadRequest, "DIGEST_INVALID", "what came is sha256:"+got)
		return
	}
	if err := u.store.keep(one, strings.TrimPrefix(digest, "sha256:")); err != nil {
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
		return
	}
	created(w, p, digest)
}

// keep makes an upload a blob. It is on the disk before it has the name, as
// nobody reads it to check that.
func (s *store) keep(one *upload, sum string) error {
	if err := one.file.Sync(); err != nil {
		return err
	}
	if err := one.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(one.file.Name(), s.path(sum)); err != nil {
		return err
	}
	s.use(sum)
	return nil
}

func (u *uploads) accepted(w http.ResponseWriter, p place, one *upload) {
	u.put(one)
	w.Header().Set("Location", "/v2/"+p.repository+"/blobs/uploads/"+one.id)
	w.Header().Set("Docker-Upload-UUID", one.id)
	w.Header().Set("Range", fmt.Sprintf("0-%d", max(one.size-1, 0)))
	w.WriteHeader(http.StatusAccepted)
}

func created(w http.ResponseWriter, p place, digest string) {
	w.Header().Set("Location", "/v2/"+p.repository+"/blobs/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
}

func (u *uploads) take(id string) *upload {
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.open[id]
	delete(u.open, id)
	return one
}

func (u *uploads) put(one *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.open[one.id] = one
}

// discard removes what was not finished.
func (u *uploads) discard() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, one := range u.open {
		one.discard()
	}
	clear(u.open)
}

func (o *upload) write(from io.Reader) error {
	n, err := io.Copy(io.MultiWriter(o.file, o.sum), from)
	o.size += n
	return err
}

func (o *upload) discard() {
	_ = o.file.Close()
	_ = os.Remove(o.file.Name())
}
