package gateway_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

// get asks and follows nothing.
func get(t *testing.T, client *http.Client, url string, header http.Header) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(body)}
}

func TestMaintenanceAnswersWithThePageAndIsTakenBack(t *testing.T) {
	page := `<p>We're "away" 100 % \o/</p>`
	s := newStack(t, gateway.Options{Page: page})
	socket := open(t, s.address(), "/socket")
	s.must(s.Maintenance(t.Context(), true))
	got := get(t, &http.Client{}, s.url(), nil)
	if got.StatusCode != http.StatusServiceUnavailable || got.body != page || got.Header.Get("Retry-After") == "" {
		t.Fatalf("%s: %q", got.Status, got.body)
	}
	if now, err := s.State(t.Context()); err != nil || !now.Maintenance {
		t.Fatalf("%+v, %v", now, err)
	}
	if !socket.echoes() {
		t.Error("an open connection was cut")
	}
	s.must(s.Maintenance(t.Context(), false))
	if got := s.serving(); got != "r0" {
		t.Fatal(got)
	}
	on := newStack(t, gateway.Options{Maintenance: true})
	if got := get(t, &http.Client{}, on.url(), nil); got.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("started in maintenance: %s", got.Status)
	}
}

func TestAServiceLearnsWhoAskedWhateverTheClientSays(t *testing.T) {
	s := newStack(t, gateway.Options{})
	get(t, &http.Client{}, s.url(), http.Header{
		"X-Forwarded-For": {"6.6.6.6"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}, "X-Forwarded-Port": {"1"}, "Forwarded": {"for=6.6.6.6"},
	})
	got := *s.releases[0].last.Load()
	for name, want := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": s.address(),
		"X-Forwarded-Port": fmt.Sprint(s.port), "Forwarded": "",
	} {
		if strings.Join(got[name], "|") != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

func TestACertificateIsReplacedAndOpenConnectionsStay(t *testing.T) {
	names := serveNames(t, map[string]string{"web-r1": "127.0.1.1"})
	inside, port, plain := freePort(t), freePort(t), freePort(t)
	serve(t, "127.0.1.1", inside, "r1")
	file := filepath.Join(t.TempDir(), "site.pem")
	write := func(pem string) {
		if err := os.WriteFile(file, []byte(pem), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(certificate(t, "first"))
	route := gateway.Route{Service: "web", Port: port, Bind: "127.0.0.1", TLS: true}
	g := start(t, names, []gateway.Route{route},
		gateway.Slots{}.Staged("r1", map[string]string{route.Backend(): fmt.Sprintf("web-r1:%d", inside)}).Switched(),
		gateway.Options{Certificate: file, Redirect: gateway.Redirect{From: plain, To: port, Bind: "127.0.0.1"}})
	g.up(route.Backend(), "a")

	url := fmt.Sprintf("https://127.0.0.1:%d/x?y=1", port)
	kept, fresh := insecure(t), insecure(t)
	if name := commonName(t, kept, url); name != "first" {
		t.Fatal(name)
	}
	second := certificate(t, "second")
	write(second)
	g.must(g.ReplaceCertificate(t.Context(), file, secret.New(second)))
	if name := commonName(t, fresh, url); name != "second" {
		t.Errorf("a new connection got %q", name)
	}
	if name := commonName(t, kept, url); name != "first" {
		t.Errorf("the connection that was open now has %q: it was made anew", name)
	}

	var refused *gateway.Error
	foreign := strings.Split(second, "-----BEGIN CERT")[0] + "-----BEGIN CERT" + strings.Split(certificate(t, "third"), "-----BEGIN CERT")[1]
	err := g.ReplaceCertificate(t.Context(), file, secret.New(foreign))
	if !errors.As(err, &refused) || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("a certificate with the key of another: %v", err)
	}
	if name := commonName(t, insecure(t), url); name != "second" {
		t.Errorf("after a refused certificate: %q", name)
	}

	got := get(t, &http.Client{}, fmt.Sprintf("http://127.0.0.1:%d/x?y=1", plain), nil)
	if location := got.Header.Get("Location"); got.StatusCode != http.StatusPermanentRedirect || location != url {
		t.Errorf("%s to %q", got.Status, location)
	}
}

func insecure(t *testing.T) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// commonName is that of the certificate of the connection that client asks over.
func commonName(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	got := get(t, client, url, nil)
	if got.StatusCode != http.StatusOK || got.ProtoMajor != 2 {
		t.Fatalf("%s %s: %s", got.Proto, got.Status, got.body)
	}
	return got.TLS.PeerCertificates[0].Subject.CommonName
}

func TestTCPIsSwitchedAndItsConnectionsEndWithTheDrain(t *testing.T) {
	names := serveNames(t, map[string]string{"db-r1": "127.0.1.1", "db-r2": "127.0.1.2"})
	inside, port := freePort(t), freePort(t)
	serve(t, "127.0.1.1", inside, "r1")
	serve(t, "127.0.1.2", inside, "r2")
	route := gateway.Route{Service: "db", Port: port, Bind: "127.0.0.1", Mode: gateway.TCP}
	at := func(release string) map[string]string {
		return map[string]string{route.Backend(): fmt.Sprintf("db-%s:%d", release, inside)}
	}
	slots := gateway.Slots{}.Staged("r1", at("r1")).Switched()
	g := start(t, names, []gateway.Route{route}, slots, gateway.Options{})
	g.up(route.Backend(), "a")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	old := open(t, address, "/socket")
	slots = g.deploy(slots, "r2", at("r2"))
	if fresh := open(t, address, "/socket"); fresh.release != "r2" || old.release != "r1" || !old.echoes() {
		t.Fatalf("new connections reach %s, the old one %s", fresh.release, old.release)
	}
	var told []int
	g.must(g.Drain(g.within(time.Minute), slots, 200*time.Millisecond, func(left int) { told = append(told, left) }))
	if !old.ended() || len(told) != 1 || told[0] != 1 {
		t.Fatalf("told %v", told)
	}
	g.must(g.Maintenance(t.Context(), true))
	conn, err := net.Dial("tcp", address)
	if err != nil { // reset before the dial was over
		return
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a connection in maintenance: %v", err)
	}
}

func TestADrainEndsAsSoonAsTheLastStreamDoes(t *testing.T) {
	s := newStack(t, gateway.Options{})
	socket := open(t, s.address(), "/socket")
	s.slots = s.deploy(s.slots, "r1", s.at("web-r1"))
	s.must(s.Drain(s.within(time.Minute), s.slots, time.Hour, func(left int) {
		if left == 1 {
			_ = socket.Close()
		}
	}))
}

func TestWhatHAProxyAnswersToAWrongCommandIsAnErrorThatNamesIt(t *testing.T) {
	s := newStack(t, gateway.Options{})
	err := s.ReplaceCertificate(t.Context(), "/nowhere.pem", secret.New(certificate(t, "x")))
	var refused *gateway.Error
	if !errors.As(err, &refused) || refused.Command != "set ssl cert /nowhere.pem" || refused.Answer == "" {
		t.Fatalf("%v", err)
	}
	err = s.Prepare(t.Context(), gateway.Slots{}.Staged("r1", map[string]string{"other-1": "other-r1:80"}))
	if err == nil || !strings.Contains(err.Error(), "no server other-1/a") {
		t.Fatalf("%v", err)
	}
}
