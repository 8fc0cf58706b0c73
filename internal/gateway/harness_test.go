//go:build linux

package gateway_test

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/gateway"
)

// running is a real HAProxy with its file, as the server has them.
type running struct {
	gateway.Runtime
	t       *testing.T
	file    string
	routes  []gateway.Route
	options gateway.Options
	log     strings.Builder
}

// start has HAProxy serve routes from slots. Names are those of names.
func start(t *testing.T, names *names, routes []gateway.Route, slots gateway.Slots, o gateway.Options) *running {
	t.Helper()
	needHAProxy(t)
	folder, err := os.MkdirTemp("", "gateway") //nolint:usetesting // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	o.Socket, o.Nameserver = filepath.Join(folder, "api"), names.address
	g := &running{t: t, file: filepath.Join(folder, "haproxy.cfg"), routes: routes, options: o}
	g.Dial = func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", o.Socket)
	}
	g.write(slots)
	command := exec.Command("haproxy", "-f", g.file)
	command.Stdout, command.Stderr = &g.log, &g.log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s", requests.ReplaceAllString(g.log.String(), ""))
		}
	})
	g.eventually("its API answers", func() bool { _, err := g.State(t.Context()); return err == nil })
	return g
}

// requests are the lines of the access log.
var requests = regexp.MustCompile(`(?m)^[0-9.:]+ \[.*\n`)

// write puts the configuration on disk and has HAProxy itself check it.
func (g *running) write(slots gateway.Slots) {
	g.t.Helper()
	text, err := gateway.Config(g.routes, slots, g.options)
	if err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(g.file, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// within is a context for what must end.
func (g *running) within(limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(g.t.Context(), limit)
	g.t.Cleanup(cancel)
	return ctx
}

// eventually looks until holds does.
func (g *running) eventually(what string, holds func() bool) {
	g.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); !holds(); <-ticker.C {
		if time.Now().After(end) {
			g.t.Fatalf("waited 30 s until %s", what)
		}
	}
}

// up waits until the slot is resolved and checked.
func (g *running) up(backend, slot string) {
	g.t.Helper()
	g.eventually(backend+"/"+slot+" is up", func() bool {
		now, err := g.State(g.t.Context())
		s := now.Slot(backend, slot)
		return err == nil && s.Up && s.Check != ""
	})
}

// deploy is prepare, switch and drain, with the file written before each.
func (g *running) deploy(slots gateway.Slots, release string, addresses map[string]string) gateway.Slots {
	g.t.Helper()
	slots = g.prepare(slots, release, addresses).Switched()
	g.write(slots)
	g.must(g.Switch(g.within(time.Minute), slots))
	return slots
}

func (g *running) prepare(slots gateway.Slots, release string, addresses map[string]string) gateway.Slots {
	g.t.Helper()
	slots = slots.Staged(release, addresses)
	g.write(slots)
	g.must(g.Prepare(g.within(time.Minute), slots))
	return slots
}

// drained frees what is left after grace.
func (g *running) drained(slots gateway.Slots, grace time.Duration) gateway.Slots {
	g.t.Helper()
	g.must(g.Drain(g.within(time.Minute), slots, grace, nil))
	slots = slots.Freed()
	g.write(slots)
	return slots
}

func (g *running) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// names is a name server as the engine's: it knows names, and not others.
type names struct {
	address string
	mu      sync.Mutex
	known   map[string]string
	asked   map[string]int // how often, by name
}

func serveNames(t *testing.T, known map[string]string) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	n := &names{address: conn.LocalAddr().String(), known: known, asked: map[string]int{}}
	go func() {
		for buffer := make([]byte, 1500); ; {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(n.answer(buffer[:size]), from)
		}
	}()
	return n
}

func (n *names) set(name, ip string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[name] = ip
}

// answer has the address to a question for one, or NXDOMAIN.
// questions are how often a name was asked for.
func (n *names) questions(name string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[name]
}

func (n *names) answer(query []byte) []byte {
	var labels []string
	at := 12
	for ; query[at] != 0; at += 1 + int(query[at]) {
		labels = append(labels, string(query[at+1:at+1+int(query[at])]))
	}
	question := query[12 : at+5]
	name := strings.ToLower(strings.Join(labels, "."))
	n.mu.Lock()
	n.asked[name]++
	ip := net.ParseIP(n.known[name]).To4()
	n.mu.Unlock()
	header := []byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}
	if ip == nil {
		header[3] = 0x83
		return append(header, question...)
	}
	if binary.BigEndian.Uint16(query[at+1:]) != 1 { // not A
		return append(header, question...)
	}
	header[7] = 1
	answer := append(header, question...)
	answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
	return append(answer, ip...)
}
