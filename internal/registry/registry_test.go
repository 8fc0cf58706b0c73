package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/moby/moby/api/pkg/authconfig"
)

func serve(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Serve(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// signedIn is what a client says that was given what an engine is given.
func signedIn(t *testing.T, s *Server) authn.Authenticator {
	t.Helper()
	config, err := authconfig.Decode(s.Auth().Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return &authn.Basic{Username: config.Username, Password: config.Password}
}

func ref(t *testing.T, s *Server, path string) name.Reference {
	t.Helper()
	r, err := name.ParseReference(s.Addr() + "/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func push(t *testing.T, s *Server, path string, image v1.Image) {
	t.Helper()
	if err := remote.Write(ref(t, s, path), image, remote.WithAuth(signedIn(t, s))); err != nil {
		t.Fatal(err)
	}
}

func randomImage(t *testing.T, bytes, layers int64) v1.Image {
	t.Helper()
	image, err := random.Image(bytes, layers)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func appended(t *testing.T, image v1.Image, bytes int64) v1.Image {
	t.Helper()
	layer, err := random.Layer(bytes, types.DockerLayer)
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.AppendLayers(image, layer)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestAnImageComesBackAsItWasPushed(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	pushed := randomImage(t, 100_000, 3)
	push(t, s, "shop/api:1", pushed)
	pulled, err := remote.Image(ref(t, s, "shop/api:1"), remote.WithAuth(signedIn(t, s)))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := pushed.Digest()
	if got, err := pulled.Digest(); err != nil || got != want {
		t.Errorf("digest %v (%v), want %v", got, err, want)
	}
	layers, err := pulled.Layers()
	if err != nil {
		t.Fatal(err)
	}
	before := s.Sent()
	for _, layer := range layers {
		content, err := layer.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, content); err != nil || n < 100_000 {
			t.Errorf("a layer has %d bytes (%v)", n, err)
		}
		_ = content.Close()
	}
	if sent := s.Sent() - before; sent < 300_000 || sent > 310_000 {
		t.Errorf("%d bytes sent for 300,000 of layers", sent)
	}
}

func TestNobodyIsLetInWithoutThePassword(t *testing.T) {
	t.Parallel()
	s, other := serve(t, Options{Dir: t.TempDir()}), serve(t, Options{Dir: t.TempDir()})
	push(t, s, "shop/api:1", randomImage(t, 100, 1))
	for who, auth := range map[string]authn.Authenticator{
		"nobody":                      authn.Anonymous,
		"a password of another run":   signedIn(t, other),
		"the right name, no password": &authn.Basic{Username: user},
	} {
		_, err := remote.Get(ref(t, s, "shop/api:1"), remote.WithAuth(auth))
		if err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED") {
			t.Errorf("%s: %v", who, err)
		}
		if err := remote.Write(ref(t, s, "shop/api:2"), empty.Image, remote.WithAuth(auth)); err == nil {
			t.Errorf("%s may push", who)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", s.Auth(), s.password, s.password); strings.Trim(text, "* ") != "" {
		t.Errorf("the password shows in %q", text)
	}
}

// posts counts uploads: one for each blob that was not there.
type posts struct{ n atomic.Int64 }

func (p *posts) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		p.n.Add(1)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestTheNextRunIsSentNewBlobsOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	base := randomImage(t, 10_000, 3)
	first := serve(t, Options{Dir: dir})
	push(t, first, "shop/api:1", base)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, seen := serve(t, Options{Dir: dir}), &posts{}
	err := remote.Write(ref(t, second, "shop/api:2"), appended(t, base, 500), remote.WithAuth(signedIn(t, second)), remote.WithTransport(seen))
	if err != nil {
		t.Fatal(err)
	}
	if n := seen.n.Load(); n != 2 {
		t.Errorf("%d blobs were sent, want the new layer and the configuration", n)
	}
	if _, err := remote.Image(ref(t, second, "shop/api:1"), remote.WithAuth(signedIn(t, second))); err == nil {
		t.Error("the manifest of an earlier run is served, whose blobs may be gone")
	}
}

// reply is a response that was read.
type reply struct {
	status   int
	location string
	text     string
}

// request is one as an engine makes it.
func request(t *testing.T, s *Server, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(user, s.password.Reveal())
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{got.StatusCode, got.Header.Get("Location"), string(text)}
}

func TestAnUploadIsSentInPiecesAndAPullTakenUpInItsMiddle(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	content := strings.Repeat("0123456789", 1000)
	sum := digest([]byte(content))
	place := request(t, s, http.MethodPost, "/v2/shop/api/blobs/uploads/", "").location
	for _, piece := range []string{content[:4000], content[4000:7000]} {
		if got := request(t, s, http.MethodPatch, place, piece); got.status != http.StatusAccepted {
			t.Fatalf("a piece: %+v", got)
		}
	}
	if got := request(t, s, http.MethodPut, place+"?digest="+sum, content[7000:]); got.status != http.StatusCreated {
		t.Fatalf("the end: %+v", got)
	}
	got := request(t, s, http.MethodGet, "/v2/shop/api/blobs/"+sum, "", "Range", "bytes=6000-")
	if got.status != http.StatusPartialContent || got.text != content[6000:] {
		t.Errorf("the rest: %d, %d bytes", got.status, len(got.text))
	}
	if got := request(t, s, http.MethodPost, "/v2/shop/web/blobs/uploads/?from=shop/api&mount="+sum, ""); got.status != http.StatusCreated {
		t.Errorf("mounted into another repository: %+v", got)
	}
}

func TestWhatIsNotWhatItsDigestSaysIsNotKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, Options{Dir: dir})
	sum := digest([]byte("content"))
	for _, wrong := range []string{sum, "sha256:../../x", "sha256:" + strings.Repeat("0", 64), ""} {
		place := request(t, s, http.MethodPost, "/v2/shop/api/blobs/uploads/", "").location
		if got := request(t, s, http.MethodPut, place+"?digest="+wrong, "other"); got.status != http.StatusBadRequest {
			t.Errorf("%q: %+v", wrong, got)
		}
		if got := request(t, s, http.MethodPut, place+"?digest="+sum, "content"); got.status != http.StatusNotFound {
			t.Errorf("%q: it goes on: %+v", wrong, got)
		}
	}
	if got := request(t, s, http.MethodGet, "/v2/shop/api/blobs/"+sum, ""); got.status != http.StatusNotFound {
		t.Errorf("a blob that nobody sent: %+v", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 { // the lock
		t.Errorf("left: %v (%v)", entries, err)
	}
}

func TestACancelledRunServesNoMore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Serve(ctx, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second)) // sooner than the server itself gives up
	if _, err := io.WriteString(conn, "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\nGET "); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection stays open")
	}
}

func names(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]bool{}
	for _, one := range found {
		list[filepath.Base(one)] = true
	}
	return list
}
