//go:build linux

package gateway_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// freePort is one that nothing listens on, on any address.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", ":0") // free on each address
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// service is a container of a release: it answers with the release's name.
type service struct {
	*httptest.Server
	release string
	well    atomic.Bool
	last    atomic.Pointer[http.Header] // of the last request
}

func serve(t *testing.T, ip string, port int, release string) *service {
	t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", ip, port))
	if err != nil {
		t.Fatal(err)
	}
	s := &service{release: release}
	s.well.Store(true)
	s.Server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: s}}
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/health":
		if !s.well.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	case "/socket":
		s.echo(w)
	case "/events":
		_, _ = fmt.Fprintf(w, "data: %s\n", s.release)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	default:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		header := r.Header.Clone()
		s.last.Store(&header)
		_, _ = fmt.Fprintf(w, "%s %d", s.release, len(body))
	}
}

// echo is what a WebSocket is to a gateway: a connection that is no longer HTTP.
func (s *service) echo(w http.ResponseWriter) {
	conn, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(buffer, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n%s\n", s.release)
	_ = buffer.Flush()
	_, _ = io.Copy(conn, buffer)
}

// load is clients that never stop asking.
type load struct {
	url      string
	requests atomic.Int64
	mu       sync.Mutex
	failed   []string
	answers  map[string]int64
	workers  sync.WaitGroup
	done     chan struct{}
}

// generate asks url with kept and with new connections, with bodies and without.
func generate(t *testing.T, url string) *load {
	l := &load{url: url, answers: map[string]int64{}, done: make(chan struct{})}
	for i := range 8 {
		l.workers.Go(func() {
			transport := &http.Transport{DisableKeepAlives: i%2 == 1}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}
			for n := 0; ; n++ {
				select {
				case <-l.done:
					return
				default:
					l.ask(client, (n%4)*5000)
				}
			}
		})
	}
	t.Cleanup(l.stop)
	return l
}

func (l *load) ask(client *http.Client, size int) {
	answer, err := ask(client, l.url, size)
	l.requests.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed = append(l.failed, err.Error())
		return
	}
	l.answers[answer]++
}

// ask posts a body, or gets where there is none, and returns the release that answered.
func ask(client *http.Client, url string, size int) (string, error) {
	var response *http.Response
	var err error
	if size == 0 {
		response, err = client.Get(url)
	} else {
		response, err = client.Post(url, "application/octet-stream", bytes.NewReader(make([]byte, size)))
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	release, got, _ := strings.Cut(string(body), " ")
	if response.StatusCode != http.StatusOK || got != fmt.Sprint(size) {
		return "", fmt.Errorf("%s: %s", response.Status, body)
	}
	return release, nil
}

// more waits until n further requests have been answered.
func (l *load) more(g *running, n int64) {
	want := l.requests.Load() + n
	g.eventually("the load has asked", func() bool { return l.requests.Load() >= want })
}

func (l *load) stop() {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	l.workers.Wait()
}

func (l *load) mustNotHaveFailed(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failed) > 0 {
		t.Fatalf("%d of %d requests failed, as %s", len(l.failed), l.requests.Load(), l.failed[0])
	}
}

// stream is a response without an end, or an upgraded connection.
type stream struct {
	net.Conn
	lines   *bufio.Reader
	release string
}

// open asks for path and reads the release that holds the other end.
func open(t *testing.T, address, path string) *stream {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path) // the example of RFC 6455
	s := &stream{Conn: conn, lines: bufio.NewReader(conn)}
	status, err := s.lines.ReadString('\n')
	if err != nil || !strings.Contains(status, " 101 ") && !strings.Contains(status, " 200 ") {
		t.Fatalf("%s: %q, %v", path, status, err)
	}
	for line := status; line != "\r\n" && err == nil; { // the headers
		line, err = s.lines.ReadString('\n')
	}
	if path == "/events" && err == nil {
		_, err = s.lines.ReadString('\n') // the size of the chunk
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := s.lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	s.release = strings.TrimPrefix(strings.TrimSpace(line), "data: ")
	return s
}

// echoes reports whether the other end is still there.
func (s *stream) echoes() bool {
	if _, err := fmt.Fprintln(s, "hello"); err != nil {
		return false
	}
	line, err := s.lines.ReadString('\n')
	return err == nil && line == "hello\n"
}

// ended waits for the end.
func (s *stream) ended() bool {
	_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err := io.Copy(io.Discard, s.lines)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}
