package process

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// identity is one process's two certificates, P-256 and good for this process
// only. AutoMTLS makes P-521 pairs on both sides, which cost ten times as much.
type identity struct {
	client, server tls.Certificate
	pool           *x509.CertPool // the server's
	clientPEM      []byte         // public
	serverPEM      []byte         // with the private key
}

func newIdentity(now time.Time) (*identity, error) {
	client, clientPEM, _, err := newCertificate(now)
	if err != nil {
		return nil, err
	}
	server, serverPEM, key, err := newCertificate(now)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(server.Leaf)
	return &identity{client, server, pool, clientPEM, append(serverPEM, key...)}, nil
}

// config is the host's side, nil without mTLS. go-plugin replaces the pool where
// the plugin answers the handshake with a certificate of its own.
func (i *identity) config() *tls.Config {
	if i == nil {
		return nil
	}
	return &tls.Config{
		Certificates:     []tls.Certificate{i.client},
		RootCAs:          i.pool,
		ServerName:       "localhost",
		MinVersion:       tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519},
	}
}

// newCertificate signs itself and is its own authority, as go-plugin's do.
func newCertificate(now time.Time) (pair tls.Certificate, certPEM, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return pair, nil, nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "localhost", Organization: []string{"Spellbook"}},
		DNSNames:              []string{"localhost"},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		SerialNumber:          serial,
		NotBefore:             now.Add(-time.Minute),
		NotAfter:              now.AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return pair, nil, nil, err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return pair, nil, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return pair, nil, nil, err
	}
	pair = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return pair, certPEM, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), nil
}
