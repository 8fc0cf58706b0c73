// Package registry serves images of the local engine to a server's engine
// without any registry between, so that only missing layers travel: a registry
// in this process, on loopback, that one engine pushes to and the other pulls
// from through a tunnel; and, for servers that refuse tunnels, an archive of an
// image without the layers that are there. It imports docker, failure, secret
// and state; it knows neither projects nor connections.
package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// user is the one account there is.
const user = "spellbook"

// Options are where blobs stay, and for how long.
type Options struct {
	Dir   string // this checkout's; made where it is missing. Several servers may have it at once
	Runs  int    // a blob that so many runs which pushed something did not use goes; 0 is 10
	Limit int64  // bytes that blobs of earlier runs may take; 0 is 8 GiB
}

// Server is a registry for one run: an address and a password of its own, the
// blobs of earlier runs. It forgets manifests when it is closed, so every run
// pushes what it deploys; an engine sends no blob that is there.
//
// Manifests are go-containerregistry's, blobs are not: its registry holds an
// upload in memory, whole, until it is complete (docs/adr/0017).
type Server struct {
	store     *store
	uploads   uploads
	manifests http.Handler
	password  secret.String
	address   string
	sent      atomic.Int64
	pushed    atomic.Bool
	stop      func() bool
	http      *http.Server
}

// Serve starts a server on a free port of 127.0.0.1, which ends with ctx or
// with Close.
func Serve(ctx context.Context, o Options) (*Server, error) {
	kept, err := openStore(o)
	if err != nil {
		return nil, fmt.Errorf("open image store %q: %w", o.Dir, err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		kept.close(false)
		return nil, fmt.Errorf("serve images: %w", err)
	}
	quiet := log.New(io.Discard, "", 0)
	s := &Server{store: kept, uploads: uploads{store: kept, open: map[string]*upload{}}, manifests: registry.New(registry.Logger(quiet)),
		password: secret.New(rand.Text()), address: listener.Addr().String()}
	// An engine tries TLS first, which is an error that is logged.
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 30 * time.Second, ErrorLog: quiet}
	s.stop = context.AfterFunc(ctx, func() { _ = s.http.Close() })
	go func() { _ = s.http.Serve(counted{listener, &s.sent}) }()
	return s, nil
}

// Addr is where the server listens, 127.0.0.1:PORT.
func (s *Server) Addr() string { return s.address }

// Auth is what X-Registry-Auth of the Engine API says to be let in, here and
// at the other end of a tunnel.
func (s *Server) Auth() secret.String { return docker.RegistryAuth(user, s.password) }

// Sent is how many bytes have left the server, HTTP's own included.
func (s *Server) Sent() int64 { return s.sent.Load() }

// Close ends all connections and removes the blobs that have had their time,
// unless another server has them open.
func (s *Server) Close() error {
	s.stop()
	err := s.http.Close()
	s.uploads.discard()
	s.store.close(s.pushed.Load())
	return err
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.admits(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="spellbook"`)
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		return
	}
	switch p := split(r.URL.Path); {
	case p.uploads:
		s.uploads.serve(w, r, p)
	case p.blob != "":
		s.store.serve(w, r, p.blob)
	default:
		if r.Method == http.MethodPut {
			s.pushed.Store(true)
		}
		s.manifests.ServeHTTP(w, r)
	}
}

// admits compares sums, as the comparison of texts tells their length.
func (s *Server) admits(r *http.Request) bool {
	name, password, _ := r.BasicAuth()
	got, want := sha256.Sum256([]byte(name+":"+password)), sha256.Sum256([]byte(user+":"+s.password.Reveal()))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// refuse answers as the registry protocol has errors.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`, code, message)
}

// counted counts what its connections send.
type counted struct {
	net.Listener
	sent *atomic.Int64
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return countedConn{conn, c.sent}, nil
}

type countedConn struct {
	net.Conn
	sent *atomic.Int64
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent.Add(int64(n))
	return n, err
}
