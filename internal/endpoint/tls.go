package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// TLS names the files that secure an endpoint. An empty CA means the system's
// own, no Cert and Key that the engine does not ask who calls.
type TLS struct {
	CA, Cert, Key string
	SkipVerify    bool // the user said that anybody may be the engine
}

// over is t where the address takes TLS, else nil: sockets and ssh do not.
func (t *TLS) over(host string) *TLS {
	if strings.HasPrefix(host, "tcp://") || strings.HasPrefix(host, "http") {
		return t
	}
	return nil
}

// envTLS is what DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH say; nil
// without one of the first two. Source: docker/cli, cli/flags/options.go.
func envTLS(getenv func(string) string) *TLS {
	verify := getenv("DOCKER_TLS_VERIFY") != ""
	if !verify && getenv("DOCKER_TLS") == "" {
		return nil
	}
	dir := getenv("DOCKER_CERT_PATH")
	if dir == "" {
		dir = ConfigDir(getenv)
	}
	t := &TLS{CA: filepath.Join(dir, "ca.pem"), SkipVerify: !verify}
	t.Cert, t.Key = present(filepath.Join(dir, "cert.pem")), present(filepath.Join(dir, "key.pem"))
	return t
}

// contextTLS is what a context stores; nil where it stores nothing.
func contextTLS(dir string, skip bool) *TLS {
	t := &TLS{SkipVerify: skip}
	t.CA, t.Cert, t.Key = present(filepath.Join(dir, "ca.pem")), present(filepath.Join(dir, "cert.pem")), present(filepath.Join(dir, "key.pem"))
	if *t == (TLS{}) {
		return nil
	}
	return t
}

// present is path, "" where nothing is there.
func present(path string) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// Transport is HTTP over TLS with what the files hold.
func (t *TLS) Transport() (*http.Transport, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.SkipVerify} //nolint:gosec // G402: the user asked for it, as Docker's own DOCKER_TLS and skip-tls-verify do
	if t.CA != "" && !t.SkipVerify {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", t.CA)
		}
	}
	if t.Cert != "" || t.Key != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return &http.Transport{TLSClientConfig: config}, nil
}
