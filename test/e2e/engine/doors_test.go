package engine_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// door is another way to the engine: what connects to it is handed on.
type door struct {
	address string
	certs   string // what a client of a door with TLS needs: ca.pem, cert.pem, key.pem
	passed  atomic.Int64
}

// count is how many connections went through.
func (d *door) count() int64 { return d.passed.Load() }

// unixDoor is a socket at another path.
func (s *stack) unixDoor() *door {
	s.T.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") // the path of a socket is short
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &door{address: filepath.Join(dir, "docker.sock")}
	l, err := net.Listen("unix", d.address)
	if err != nil {
		s.T.Fatal(err)
	}
	d.open(s.T, l, s.Socket())
	return d
}

// tcpDoor is a port that anybody may use.
func (s *stack) tcpDoor() *door {
	s.T.Helper()
	l := stacktest.Listener(s.T)
	d := &door{address: l.Addr().String()}
	d.open(s.T, l, s.Socket())
	return d
}

// tlsDoor is a port that asks both sides who they are.
func (s *stack) tlsDoor() *door {
	s.T.Helper()
	d := &door{certs: s.T.TempDir()}
	authority := newAuthority(s.T)
	server := authority.issue(s.T, "engine", x509.ExtKeyUsageServerAuth)
	client := authority.issue(s.T, "client", x509.ExtKeyUsageClientAuth)
	write(s.T, filepath.Join(d.certs, "ca.pem"), "CERTIFICATE", authority.der)
	write(s.T, filepath.Join(d.certs, "cert.pem"), "CERTIFICATE", client.Certificate[0])
	key, err := x509.MarshalPKCS8PrivateKey(client.PrivateKey)
	if err != nil {
		s.T.Fatal(err)
	}
	write(s.T, filepath.Join(d.certs, "key.pem"), "PRIVATE KEY", key)
	pool := x509.NewCertPool()
	pool.AddCert(authority.cert)
	l := tls.NewListener(stacktest.Listener(s.T), &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{server},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
	d.address = l.Addr().String()
	d.open(s.T, l, s.Socket())
	return d
}

// open hands on what comes in, until the test ends.
func (d *door) open(t *testing.T, l net.Listener, engine string) {
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go d.pass(in, engine)
		}
	}()
}

func (d *door) pass(in net.Conn, engine string) {
	defer func() { _ = in.Close() }()
	if t, ok := in.(*tls.Conn); ok && t.Handshake() != nil {
		return
	}
	out, err := net.Dial("unix", engine)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	d.passed.Add(1)
	var both sync.WaitGroup
	both.Go(func() { hand(out, in) })
	both.Go(func() { hand(in, out) })
	both.Wait()
}

// hand copies one direction and passes its end on, as an exec's stream needs.
func hand(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sbtest"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	var err error
	if a.der, err = x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key); err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(a.der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) issue(t *testing.T, name string, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{usage}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// directory holds copies of the files.
func directory(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range files {
		stacktest.CopyFile(t, file, filepath.Join(dir, filepath.Base(file)))
	}
	return dir
}
