package deploy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// web is an application of one service, on the ports of HTTP and HTTPS.
const web = `
  web:
    image: lab/service:1
    x-spellbook: {role: app}
    environment: {BOOT: 100ms, COLOUR: "${COLOUR:-red}"}
    ports: ["80:8080", "443:8080"]
    stop_grace_period: 1s
    ` + stacktest.Health + `
`

func (l *live) maintenance(o deploy.MaintenanceOptions) stacktest.Result {
	l.T.Helper()
	o.Env = "live"
	return l.with(nil, func(ctx context.Context, w *app.Run) error { return deploy.Maintenance(ctx, w, o) })
}

// asked is what the server's port of HTTP answers: the status, and the body or
// where it leads to.
func (l *live) asked() (status int, text string) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://" + l.server.IP() + "/path")
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = r.Body.Close() }()
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(body) + r.Header.Get("Location")
}

func (l *live) answers(status int, text string) {
	l.T.Helper()
	if got, said := l.asked(); got != status || !strings.Contains(said, text) {
		l.T.Errorf("it answers %d: %s", got, said)
	}
}

// gateway is the gateway's container: its ID, and when it was started.
func (l *live) gateway() string {
	l.T.Helper()
	return l.server.Docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-spellbook-gateway-1")
}

func TestTheGatewayDoesWhatIsToldWithoutADeployment(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", web)
	l.maintenance(deploy.MaintenanceOptions{On: true}).Want(t, failure.Preflight).Says(t, " has no gateway", "→ mage deploy:to live")
	l.deploy().Want(t, failure.OK)
	l.then("it answers while there is maintenance and leaves the application alone", maintenanceIsAnswered)
	l.then("it shows another certificate and drops no connection", aCertificateIsReplaced)
}

func maintenanceIsAnswered(t *testing.T, l *live) {
	on, off := deploy.MaintenanceOptions{On: true}, deploy.MaintenanceOptions{Off: true}
	l.answers(http.StatusOK, "ok")
	l.maintenance(deploy.MaintenanceOptions{}).Want(t, failure.Usage).Says(t, "takes -on or -off")

	before := l.server.Docker("ps", "-aq", "--no-trunc")
	l.maintenance(on).Want(t, failure.OK).Says(t, "answers 503, until: mage deploy:maintenance live -off")
	l.answers(http.StatusServiceUnavailable, "<h1>Down for maintenance</h1>")
	l.maintenance(on).Want(t, failure.OK).Says(t, "is on already")
	if after := l.server.Docker("ps", "-aq", "--no-trunc"); after != before {
		t.Errorf("the containers were\n%s, and are\n%s", before, after)
	}
	if !l.status().Maintenance {
		t.Error("deploy:status does not know it")
	}
	l.server.Docker("restart", "shop-spellbook-gateway-1")
	stacktest.Eventually(t, "the gateway answers again", func() bool { status, _ := l.asked(); return status != 0 })
	l.answers(http.StatusServiceUnavailable, "maintenance")
	l.deploy("COLOUR=blue").Want(t, failure.OK)
	l.answers(http.StatusServiceUnavailable, "maintenance")

	l.server.Docker("stop", "shop-spellbook-gateway-1")
	l.maintenance(off).Want(t, failure.Preflight).Says(t, "the gateway on "+l.server.Host+" is exited")
	l.server.Docker("start", "shop-spellbook-gateway-1")
	stacktest.Eventually(t, "the gateway answers again", func() bool { status, _ := l.asked(); return status != 0 })
	l.maintenance(off).Want(t, failure.OK).Says(t, "sends requests to the application again")
	l.answers(http.StatusOK, "ok")
	history := l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.History(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(t, failure.OK)
	if strings.Count(history.Out, "maintenance on") != 1 || strings.Count(history.Out, "maintenance off") != 1 {
		t.Errorf("the history is\n%s", history.Out)
	}
}

// certify writes a new certificate with its key into the repository.
func (l *live) certify(name string, valid time.Duration) *x509.Certificate {
	l.T.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		l.T.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"shop.example"},
		NotBefore: time.Now().Add(-100 * 24 * time.Hour), NotAfter: time.Now().Add(valid), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		l.T.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		l.T.Fatal(err)
	}
	l.File("tls/cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	l.File("tls/key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})))
	l.mode("tls/key.pem", 0o600)
	c, err := x509.ParseCertificate(der)
	if err != nil {
		l.T.Fatal(err)
	}
	return c
}

func (l *live) mode(name string, mode os.FileMode) {
	l.T.Helper()
	if err := os.Chmod(filepath.Join(l.Dir, name), mode); err != nil {
		l.T.Fatal(err)
	}
}

// shown is the name in the certificate that a new connection gets, which has to be
// one of these.
func (l *live) shown(known ...*x509.Certificate) string {
	l.T.Helper()
	conn, err := tls.Dial("tcp", l.server.IP()+":443", trusting(known))
	if err != nil {
		return err.Error()
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func trusting(known []*x509.Certificate) *tls.Config {
	pool := x509.NewCertPool()
	for _, c := range known {
		pool.AddCert(c)
	}
	return &tls.Config{RootCAs: pool, ServerName: "shop.example", MinVersion: tls.VersionTLS12}
}

func aCertificateIsReplaced(t *testing.T, l *live) {
	l.File("env/.env.live", l.Read("env/.env.live")+"DEPLOY_TLS_CERT=tls/cert.pem\nDEPLOY_TLS_KEY=tls/key.pem\n")
	l.deploy().Want(t, failure.Preflight).Says(t, "DEPLOY_TLS_KEY=tls/key.pem does not exist")
	first := l.certify("first", 90*24*time.Hour)
	l.deploy().Want(t, failure.OK).Says(t, "certificate: new, valid until")
	release := l.status().Release.ID
	l.answers(http.StatusPermanentRedirect, "https://"+l.server.IP()+"/path")
	if name := l.shown(first); name != "first" {
		t.Fatalf("a connection gets %s", name)
	}
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")

	// a connection that is kept over the change
	stream, err := tls.Dial("tcp", l.server.IP()+":443", trusting([]*x509.Certificate{first}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	ask := func() string {
		t.Helper()
		answer := make([]byte, 4096)
		_, err := io.WriteString(stream, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n")
		if err != nil {
			return err.Error()
		}
		n, err := stream.Read(answer)
		if err != nil {
			return err.Error()
		}
		return string(answer[:n])
	}
	if got := ask(); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Fatalf("the connection gets %s", got)
	}
	gateway, file := l.gateway(), l.server.Run("sha256sum spellbook/shop/gateway/conf/tls.pem")
	second := l.certify("second", 5*24*time.Hour)
	l.deploy().Want(t, failure.OK).Says(t, "certificate: changed, valid until")
	if name := l.shown(first, second); name != "second" {
		t.Errorf("a new connection gets %s", name)
	}
	if got := ask(); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("the connection that was open gets %s", got)
	}
	if now := l.gateway(); now != gateway {
		t.Errorf("the gateway is another: %s, before that %s", now, gateway)
	}
	d := l.status()
	if d.Release.ID != release || d.Certificate == nil || !d.Certificate.NotAfter.Equal(second.NotAfter) || !d.Certificate.Renew {
		t.Errorf("the status is %+v, %+v", d.Release, d.Certificate)
	}
	l.with(nil, func(ctx context.Context, w *app.Run) error {
		return deploy.Status(ctx, w, deploy.StatusOptions{Env: "live"})
	}).Want(t, failure.OK).Says(t, "warning: certificate of shop.example", "4 days left", "mage deploy:to live")
	if mode := l.server.Run("stat -c %a spellbook/shop/gateway/conf/tls.pem; sha256sum spellbook/shop/gateway/conf/tls.pem"); !strings.HasPrefix(mode, "600\n") || strings.Contains(mode, file) {
		t.Errorf("the file is %s", mode)
	}
	l.server.Docker("restart", "shop-spellbook-gateway-1")
	stacktest.Eventually(t, "the gateway shows the new one after a restart", func() bool { return l.shown(first, second) == "second" })
	l.keyIsNowhereElse()
	l.refusesCertificates()
}

// keyIsNowhereElse wants the private key in no output, and on the server in its
// file alone.
func (l *live) keyIsNowhereElse() {
	l.T.Helper()
	line := strings.Split(l.Read("tls/key.pem"), "\n")[1]
	if strings.Contains(l.said, line) {
		l.T.Error("a target printed the private key")
	}
	if with := l.server.Run("grep -rlF '" + line + "' spellbook || true"); with != "spellbook/shop/gateway/conf/tls.pem\n" {
		l.T.Errorf("the private key is in %s", with)
	}
}

// refusesCertificates wants that nothing changes by one that is none.
func (l *live) refusesCertificates() {
	l.T.Helper()
	before := l.server.Run("cat spellbook/shop/gateway/state.json spellbook/shop/audit.jsonl; sha256sum spellbook/shop/gateway/conf/tls.pem")
	l.certify("old", -time.Hour)
	l.deploy().Want(l.T, failure.Preflight).Says(l.T, "expired on")
	l.certify("third", time.Hour)
	key := l.Read("tls/key.pem")
	l.certify("fourth", time.Hour)
	l.mode("tls/key.pem", 0o644)
	l.deploy().Want(l.T, failure.Preflight).Says(l.T, "may be read by every user of this machine (mode 0644)", "chmod 600 ")
	l.mode("tls/key.pem", 0o600)
	l.File("tls/key.pem", key)
	l.deploy().Want(l.T, failure.Preflight).Says(l.T, "DEPLOY_TLS_KEY is not the key of")
	if after := l.server.Run("cat spellbook/shop/gateway/state.json spellbook/shop/audit.jsonl; sha256sum spellbook/shop/gateway/conf/tls.pem"); after != before {
		l.T.Errorf("the server has\n%s\nafter refusals, and had\n%s", after, before)
	}
}
