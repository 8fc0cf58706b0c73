package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
)

func TestServicesOfAReleaseAreSwitchedTogetherOrNotAtAll(t *testing.T) {
	names := serveNames(t, map[string]string{})
	inside, port := freePort(t), freePort(t)
	services := map[string]*service{}
	for i, name := range []string{"web-r1", "web-r2", "api-r1", "api-r2"} {
		ip := fmt.Sprintf("127.0.2.%d", i+1)
		services[name] = serve(t, ip, inside, name)
		names.set(name, ip)
	}
	routes := []gateway.Route{
		{Service: "web", Port: port, Bind: "127.0.0.1", Health: "/health"},
		{Service: "api", Port: port, Bind: "127.0.0.1", Health: "/health", Path: "/api"},
		{Service: "api", Port: port, Bind: "127.0.0.1", Health: "/health", Host: "api.example.org"},
	}
	at := func(release string) map[string]string {
		return map[string]string{
			routes[0].Backend(): fmt.Sprintf("web-%s:%d", release, inside),
			routes[1].Backend(): fmt.Sprintf("api-%s:%d", release, inside),
		}
	}
	slots := gateway.Slots{}.Staged("r1", at("r1")).Switched()
	g := start(t, names, routes, slots, gateway.Options{})
	g.up(routes[0].Backend(), "a")
	g.up(routes[1].Backend(), "a")
	serving := func(release string) {
		t.Helper()
		for _, c := range []struct{ host, path, service string }{
			{"", "/", "web"}, {"", "/apiary", "web"}, {"", "/api", "api"}, {"", "/api/x", "api"}, {"api.example.org", "/x", "api"}, {"API.example.org:80", "/x", "api"},
		} {
			want := c.service + "-" + release + " 0"
			if got := g.ask(port, c.host, c.path); got != want {
				t.Errorf("%s%s: %q, want %q", c.host, c.path, got, want)
			}
		}
	}
	serving("r1")
	slots = g.prepare(slots, "r2", at("r2"))
	services["api-r2"].well.Store(false)
	g.eventually("api of r2 is down", func() bool {
		now, err := g.State(t.Context())
		return err == nil && !now.Slot(routes[1].Backend(), "b").Up
	})
	if err := g.Switch(t.Context(), slots.Switched()); failure.CodeOf(err) != failure.NotReady {
		t.Fatalf("switch with one of two down: %v", err)
	}
	serving("r1")
	services["api-r2"].well.Store(true)
	g.must(g.Prepare(g.within(time.Minute), slots))
	g.must(g.Switch(t.Context(), slots.Switched()))
	serving("r2")
}

func TestAHundredAndFiftyServicesAreSwitchedAsOne(t *testing.T) {
	names := serveNames(t, map[string]string{"r1": "127.0.2.1", "r2": "127.0.2.2"})
	inside, port := freePort(t), freePort(t)
	serve(t, "127.0.2.1", inside, "r1")
	serve(t, "127.0.2.2", inside, "r2")
	var routes []gateway.Route
	first, second := map[string]string{}, map[string]string{}
	for i := range 150 {
		r := gateway.Route{Service: fmt.Sprintf("a-service-with-a-long-name-%d", i), Port: port, Bind: "127.0.0.1", Path: fmt.Sprintf("/%d", i)}
		routes = append(routes, r)
		first[r.Backend()], second[r.Backend()] = fmt.Sprintf("r1:%d", inside), fmt.Sprintf("r2:%d", inside)
	}
	slots := gateway.Slots{}.Staged("r1", first).Switched()
	g := start(t, names, routes, slots, gateway.Options{})
	g.drained(g.deploy(slots, "r2", second), time.Minute)
	for _, path := range []string{"/0", "/149"} {
		if got := g.ask(port, "", path); got != "r2 0" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// ask returns the body of a request for a host.
func (g *running) ask(port int, host, path string) string {
	g.t.Helper()
	request, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), nil)
	g.must(err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	g.must(err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	g.must(err)
	return string(body)
}

// Node and uvicorn end a connection that was idle for 5 s, also when a request is under way to them.
func TestAServerThatEndsItsIdleConnectionsLosesNoPost(t *testing.T) {
	names := serveNames(t, map[string]string{"web-r1": "127.0.2.1"})
	inside, port := freePort(t), freePort(t)
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.2.1:%d", inside))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerOnce(conn)
		}
	}()
	route := gateway.Route{Service: "web", Port: port, Bind: "127.0.0.1"}
	g := start(t, names, []gateway.Route{route},
		gateway.Slots{}.Staged("r1", map[string]string{route.Backend(): fmt.Sprintf("web-r1:%d", inside)}).Switched(), gateway.Options{})
	g.up(route.Backend(), "a")
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	g.must(err)
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	for i := range 3 { // of one client's connection, which no client may repeat
		_, err := fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1\r\n\r\nx")
		g.must(err)
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i+1, err)
		}
		_ = response.Body.Close()
	}
}

// answerOnce answers the first request of a connection and ends it at the second.
func answerOnce(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, request.Body)
	_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	_, _ = reader.ReadByte()
}
