package deploy_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/registry"
	"github.com/infinitescribe/spellbook/test/e2e/deploytest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// atServer is where servers of these tests find the registry.
const atServer = "127.0.0.1:5055"

// transfer is a server, its engine and a tunnel to whichever registry is
// served at the time.
type transfer struct {
	t       *testing.T
	server  *deploytest.Server
	local   *docker.Client
	remote  *docker.Client
	tunnel  *relay
	dir     string // of blobs
	project string
}

func newTransfer(t *testing.T, version string) *transfer {
	t.Helper()
	x := &transfer{t: t, server: deploytest.NewServer(t, version), local: stacktest.EngineClient(t), tunnel: newRelay(t)}
	socket := x.server.Engine("-R", atServer+":"+x.tunnel.Addr().String())
	var err error
	if x.remote, err = docker.Open(endpoint.Endpoint{Host: "unix://" + socket, Origin: "the tunnel"}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.remote.Close() })
	return x.anew(t)
}

// anew is x for one test: with a project and blobs of its own, and no image on the
// server.
func (x *transfer) anew(t *testing.T) *transfer {
	t.Helper()
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	y := *x
	y.t, y.server, y.dir, y.project = t, x.server.For(t), t.TempDir(), "sbtest-"+hex.EncodeToString(id)
	y.server.Docker("system", "prune", "--all", "--force")
	y.tunnel.anew()
	return &y
}

// serve is a run's registry, which the tunnel then leads to.
func (x *transfer) serve() *registry.Server {
	x.t.Helper()
	s, err := registry.Serve(x.t.Context(), registry.Options{Dir: x.dir})
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = s.Close() })
	x.tunnel.to.Store(s.Addr())
	return s
}

func (x *transfer) release(id string) registry.Release {
	return registry.Release{Project: x.project, Service: "api", Release: id}
}

// image is from with a layer of random bytes for each size, removed when the
// test ends. Its name is NAME:TAG of the project.
func (x *transfer) image(from, tag string, sizes ...int) string {
	x.t.Helper()
	name := x.project + ":" + tag
	for _, size := range sizes {
		file := filepath.Join(x.t.TempDir(), tag)
		content := make([]byte, size)
		_, _ = rand.Read(content)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			x.t.Fatal(err)
		}
		container := strings.TrimSpace(stacktest.Docker(x.t, "create", "--label", "com.docker.compose.project="+x.project, from))
		stacktest.Docker(x.t, "cp", file, container+":/"+filepath.Base(filepath.Dir(file)))
		stacktest.Docker(x.t, "commit", container, name)
		stacktest.Docker(x.t, "rm", container)
		from = name
	}
	x.t.Cleanup(func() { _ = exec.Command("docker", "rmi", name).Run() })
	return name
}

func (x *transfer) push(s *registry.Server, source, id string) registry.Image {
	x.t.Helper()
	image, err := s.Push(x.t.Context(), x.local, source, x.release(id), "", nil)
	if err != nil {
		x.t.Fatal(err)
	}
	return image
}

// pull returns how many bytes the server's engine was sent.
func (x *transfer) pull(s *registry.Server, image registry.Image, id string) int64 {
	x.t.Helper()
	before := s.Sent()
	if err := s.Pull(x.t.Context(), x.remote, atServer, image, x.release(id), x.there(), nil); err != nil {
		x.t.Fatal(err)
	}
	return s.Sent() - before
}

// relay passes connections on to whatever address it has at the time, until it
// is told to break them.
type relay struct {
	net.Listener
	to    atomic.Value // string
	left  atomic.Int64 // bytes to come back before all that come are lost
	mends atomic.Bool  // after the first connection that broke
	came  atomic.Int64 // bytes that were passed back
	broke atomic.Value // context.CancelFunc, called at each break
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{Listener: stacktest.Listener(t)}
	r.anew()
	go func() {
		for {
			conn, err := r.Accept()
			if err != nil {
				return
			}
			go r.pass(conn)
		}
	}()
	return r
}

func (r *relay) anew() {
	r.mend()
	r.mends.Store(false)
	r.came.Store(0)
	r.broke.Store(context.CancelFunc(func() {}))
}

func (r *relay) mend() { r.left.Store(math.MaxInt64) }

func (r *relay) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	to, _ := r.to.Load().(string)
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() { _, _ = io.Copy(server, client) }()
	for chunk := make([]byte, 32<<10); ; {
		n, err := server.Read(chunk)
		if r.left.Add(-int64(n)) < 0 {
			if r.mends.Load() {
				r.mend()
			}
			r.broke.Load().(context.CancelFunc)()
			return
		}
		if _, failed := client.Write(chunk[:n]); err != nil || failed != nil {
			return
		}
		r.came.Add(int64(n))
	}
}
