package deploy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// pair is a certificate and its key in PEM, valid for an hour before and after.
func pair(t *testing.T, at time.Time) (chain, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop"}, DNSNames: []string{"shop.example", "www.shop.example"},
		NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

func TestACertificateIsCheckedBeforeItIsSent(t *testing.T) {
	chain, key := pair(t, noon)
	_, other := pair(t, noon)
	c, err := deploy.NewCertificate(chain, key, noon)
	if err != nil || strings.Join(c.Names, " ") != "shop.example www.shop.example" || !c.NotAfter.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%+v, %v", c, err)
	}
	if text := c.PEM.Reveal(); !strings.Contains(text, "BEGIN CERTIFICATE") || !strings.Contains(text, "BEGIN PRIVATE KEY") {
		t.Error("HAProxy would not read it")
	}
	if again, _ := deploy.NewCertificate(append(chain, '\n'), key, noon); again.Sum != c.Sum {
		t.Error("a line more is another certificate")
	}
	for want, got := range map[string]func() (deploy.Certificate, error){
		"DEPLOY_TLS_KEY is not the key": func() (deploy.Certificate, error) { return deploy.NewCertificate(chain, other, noon) },
		"expired on 2026-12-01":         func() (deploy.Certificate, error) { return deploy.NewCertificate(chain, key, noon.Add(2*time.Hour)) },
		"not valid before":              func() (deploy.Certificate, error) { return deploy.NewCertificate(chain, key, noon.Add(-2*time.Hour)) },
		"are no certificate and key":    func() (deploy.Certificate, error) { return deploy.NewCertificate(key, key, noon) },
		"bytes with its chain and key": func() (deploy.Certificate, error) {
			return deploy.NewCertificate(append(chain, strings.Repeat("#\n", 9000)...), key, noon)
		},
	} {
		c, err := got()
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if fmt.Sprintf("%+v", c) != fmt.Sprintf("%+v", deploy.Certificate{}) {
			t.Errorf("%s: it is handed on", want)
		}
	}
}

// secured are the ports of a project with a certificate that speak TLS, "+", and
// that redirect, ">".
func secured(t *testing.T, services string) string {
	t.Helper()
	s := deploy.Settings{Cert: "a", Key: "b"}
	all, err := routes(t, loaded(t, "name: shop\nservices:\n"+services), s)
	if err != nil {
		t.Fatal(err)
	}
	served, from, to := deploy.Redirect(all)
	var words []string
	for _, r := range served {
		word := r.Backend()
		if r.TLS {
			word += "+"
		}
		words = append(words, word)
	}
	if from != nil {
		words = append(words, fmt.Sprintf("%d>%d", from.Port, to))
	}
	return strings.Join(words, " ")
}

func TestWhichPortsSpeakTLS(t *testing.T) {
	for services, want := range map[string]string{
		`  a: {image: a, x-spellbook: {role: app}, ports: ["80:1", "443:1", "9000:2"]}`:                                                                                                                            "a-443+ a-9000 80>443",
		`  a: {image: a, x-spellbook: {role: app}, ports: ["443:1"]}`:                                                                                                                                              "a-443+",
		`  a: {image: a, x-spellbook: {role: app, gateway: {tls: true}}, ports: ["80:1", "8443:1"]}`:                                                                                                               "a-8443+ 80>8443",
		`  a: {image: a, x-spellbook: {role: app, gateway: {tls: false}}, ports: ["80:1", "443:1"]}`:                                                                                                               "a-80 a-443",
		`  a: {image: a, x-spellbook: {role: app, gateway: {mode: tcp}}, ports: ["443:1"]}`:                                                                                                                        "a-443",
		"  a: {image: a, x-spellbook: {role: app}, ports: [\"80:1\"]}\n  b: {image: a, x-spellbook: {role: app, gateway: {tls: true}}, ports: [\"8443:1\"]}":                                                       "a-80 b-8443+",
		"  a: {image: a, x-spellbook: {role: app, gateway: {host: a.example}}, ports: [\"80:1\", \"443:1\"]}\n  b: {image: a, x-spellbook: {role: app, gateway: {host: b.example}}, ports: [\"80:1\", \"443:1\"]}": "a-443+ b-443+ 80>443",
	} {
		if got := secured(t, services); got != want {
			t.Errorf("%s\n got %s, want %s", services, got, want)
		}
	}
}

func TestSettingsOfTLSThatComeToNothingAreRefused(t *testing.T) {
	const plain, said = `ports: ["80:1", "443:1"], x-spellbook: {role: app}`, `ports: ["8443:1"], x-spellbook: {role: app, gateway: {tls: true}}`
	for want, c := range map[string]struct {
		service string
		s       deploy.Settings
	}{
		"DEPLOY_TLS_KEY is not":          {plain, deploy.Settings{Cert: "a"}},
		"DEPLOY_TLS_CERT is not":         {plain, deploy.Settings{Key: "a"}},
		"no published port":              {`ports: ["80:1"], x-spellbook: {role: app}`, deploy.Settings{Cert: "a", Key: "b"}},
		"port 8443 of service api is to": {said, deploy.Settings{}},
	} {
		all, err := routes(t, loaded(t, "name: shop\nservices:\n  api: {image: a, "+c.service+"}\n"), c.s)
		if err == nil {
			err = deploy.CheckTLS(all, c.s)
		}
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", c.service, err)
		}
	}
}
