//go:build unix

package sdk

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// pair is a certificate for one process, and both parts as PEM.
func pair(t *testing.T) (tls.Certificate, []byte, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, public, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})
}

// descriptor is the number of one with the data in it, which its reader closes.
func descriptor(t *testing.T, data []byte) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = r.Close(), w.Close()
	return strconv.Itoa(fd)
}

func TestTheHostsCertificateAloneMayConnect(t *testing.T) {
	t.Parallel()
	_, serverPEM, key := pair(t)
	client, clientPEM, _ := pair(t)
	stranger, _, _ := pair(t)
	config, err := identity(descriptor(t, append(bytes.Clone(serverPEM), key...)), string(clientPEM))()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(serverPEM)
	for name, test := range map[string]struct {
		certificate tls.Certificate
		welcome     bool
	}{"host": {client, true}, "stranger": {stranger, false}} {
		here, there := net.Pipe()
		go func() {
			_ = tls.Client(there, &tls.Config{Certificates: []tls.Certificate{test.certificate}, RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS13}).Handshake()
			_, _ = there.Read(make([]byte, 1024)) // the server's alert, or its end
		}()
		err := tls.Server(here, config).Handshake()
		if (err == nil) != test.welcome {
			t.Errorf("%s: %v", name, err)
		}
		_ = here.Close()
	}
}

func TestAnIdentityThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	_, public, key := pair(t)
	if identity("", "") != nil || identity("x", "") != nil {
		t.Error("without a descriptor there is an identity")
	}
	if _, err := identity(descriptor(t, []byte("nothing")), string(public))(); err == nil {
		t.Error("took nothing for a certificate")
	}
	if _, err := identity(descriptor(t, append(bytes.Clone(public), key...)), "nothing")(); err == nil {
		t.Error("took nothing for the host's certificate")
	}
}
