package deploy_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// load is clients that never stop asking the crew: over connections that are kept
// and over new ones, with bodies and without, and for what one service of the
// application says of another.
type load struct {
	url  string
	pace time.Duration // between two requests of a client
	stop chan struct{}
	all  sync.WaitGroup

	mu      sync.Mutex
	asked   int
	failed  []lost
	crossed []string             // answers with two releases
	first   map[string]time.Time // answer of a release
}

// lost is a request without its answer.
type lost struct {
	at  time.Time
	why string
}

func (l *live) load(clients int, pace time.Duration) *load {
	l.T.Helper()
	o := &load{url: "http://" + l.server.IP() + ":8000", pace: pace, stop: make(chan struct{}), first: map[string]time.Time{}}
	for i := range clients {
		o.all.Go(func() { o.client(i) })
	}
	l.T.Cleanup(o.end)
	return o
}

func (o *load) client(i int) {
	transport := &http.Transport{DisableKeepAlives: i%2 == 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: time.Minute}
	for n := i; ; n++ {
		select {
		case <-o.stop:
			return
		case <-time.After(o.pace):
		}
		switch n % 3 {
		case 0:
			o.note(o.release(client, 0))
		case 1:
			o.note(o.release(client, 1+n%4*9000))
		case 2:
			o.note(o.calls(client))
		}
	}
}

// release asks which release answers, with a body of that size.
func (o *load) release(client *http.Client, size int) (string, error) {
	method := http.MethodPost
	if size == 0 {
		method = http.MethodGet
	}
	text, err := o.ask(client, method, "/release", make([]byte, size))
	release, got, _ := strings.Cut(text, " ")
	if err == nil && got != fmt.Sprint(size) {
		err = fmt.Errorf("%q for a body of %d bytes", text, size)
	}
	return release, err
}

// calls asks a service what it is told by another.
func (o *load) calls(client *http.Client) (string, error) {
	text, err := o.ask(client, http.MethodGet, "/calls", nil)
	names := strings.Fields(text)
	if err == nil && len(names) != 3 {
		err = fmt.Errorf("%q", text)
	}
	if err != nil {
		return "", err
	}
	if names[0] != names[1] {
		o.mu.Lock()
		o.crossed = append(o.crossed, text)
		o.mu.Unlock()
	}
	return names[0], nil
}

func (o *load) ask(client *http.Client, method, path string, sent []byte) (string, error) {
	request, err := http.NewRequest(method, o.url+path, bytes.NewReader(sent)) //nolint:noctx // the client has a time-out
	if err != nil {
		return "", err
	}
	r, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, body)
	}
	return string(body), err
}

func (o *load) note(release string, err error) {
	now := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked++
	if err != nil {
		o.failed = append(o.failed, lost{now, err.Error()})
	} else if _, known := o.first[release]; !known {
		o.first[release] = now
	}
}

func (o *load) end() {
	select {
	case <-o.stop:
	default:
		close(o.stop)
	}
	o.all.Wait()
}

// switchedTo is when the release answered first; the zero time if never.
func (o *load) switchedTo(release string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.first[release]
}

func (o *load) count() (asked, failed int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked, len(o.failed)
}

// none wants that all was answered, each time by one release.
func (o *load) none(t *testing.T) {
	t.Helper()
	o.onlyBetween(t, time.Time{}, time.Time{})
}

// onlyBetween wants that nothing failed before or after a time, and in it only what
// says one of these words, and forgets that. It returns how many these are.
func (o *load) onlyBetween(t *testing.T, from, to time.Time, words ...string) (within int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var others []lost
	for _, f := range o.failed {
		if f.at.Before(from) || f.at.After(to) || !slices.ContainsFunc(words, func(word string) bool { return strings.Contains(f.why, word) }) {
			others = append(others, f)
		}
	}
	if len(others) > 0 {
		t.Errorf("%d of %d requests failed, the first: %s", len(others), o.asked, others[0].why)
	}
	if len(o.crossed) > 0 {
		t.Errorf("%d calls crossed releases, the first: %s", len(o.crossed), o.crossed[0])
	}
	within = len(o.failed) - len(others)
	o.failed, o.crossed = nil, nil
	return within
}

// held is a connection that is not given up: a WebSocket, or an event stream.
type held struct {
	path, release string
	closed        chan time.Time // when it was no more; of one
}

// hold opens one and keeps it in use.
func (l *live) hold(path string) *held {
	l.T.Helper()
	conn, err := net.Dial("tcp", l.server.IP()+":8000")
	if err != nil {
		l.T.Fatal(err)
	}
	l.T.Cleanup(func() { _ = conn.Close() })
	request := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
	if path == "/socket" {
		request += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		l.T.Fatal(err)
	}
	h := &held{path: path, closed: make(chan time.Time, 1)}
	lines := bufio.NewReader(conn)
	r, err := http.ReadResponse(lines, nil) //nolint:bodyclose // the connection is closed
	if err != nil || r.StatusCode != http.StatusOK && r.StatusCode != http.StatusSwitchingProtocols {
		l.T.Fatalf("%s: %+v, %v", path, r, err)
	}
	body := lines
	if path == "/events" {
		body = bufio.NewReader(r.Body)
	}
	line, err := body.ReadString('\n')
	if err != nil {
		l.T.Fatal(err)
	}
	h.release = strings.TrimPrefix(strings.TrimSpace(line), "data: ")
	go h.use(conn, body)
	return h
}

// use reads, and in a WebSocket has each line come back, until the end.
func (h *held) use(conn net.Conn, body *bufio.Reader) {
	for {
		var err error
		if h.path == "/socket" {
			time.Sleep(50 * time.Millisecond)
			_, err = io.WriteString(conn, "still there\n")
		}
		var line string
		if err == nil {
			line, err = body.ReadString('\n')
		}
		if err != nil || h.path == "/socket" && line != "still there\n" {
			h.closed <- time.Now()
			return
		}
	}
}

// outlives wants that it was kept until the drain's end, which comes that long
// after the switch at the soonest, and not for longer.
func (h *held) outlives(t *testing.T, switched time.Time, drain time.Duration) {
	t.Helper()
	select {
	case at := <-h.closed:
		if kept := at.Sub(switched); kept < drain {
			t.Errorf("%s was closed %s after the switch, and may go on for %s", h.path, kept, drain)
		}
	case <-time.After(stacktest.Patience):
		t.Errorf("%s is still open, with a release that was removed", h.path)
	}
}
