package kit

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc/credentials"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// identity is what a host that wants mutual TLS makes for one process.
type identity struct {
	client    tls.Certificate
	clientPEM []byte // public
	serverPEM []byte // with the private key
	pool      *x509.CertPool
}

func newIdentity() (*identity, error) {
	client, clientPEM, _, err := certificate()
	if err != nil {
		return nil, err
	}
	_, serverPEM, key, err := certificate()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(serverPEM)
	return &identity{client, clientPEM, append(serverPEM, key...), pool}, nil
}

// certificate signs itself, for an hour.
func certificate() (pair tls.Certificate, public, private []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, nil, nil, fmt.Errorf("make key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), DNSNames: []string{"localhost"}, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return pair, nil, nil, fmt.Errorf("make certificate: %w", err)
	}
	data, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return pair, nil, nil, fmt.Errorf("make key: %w", err)
	}
	pair = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return pair, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: data}), nil
}

// give leaves the identity in a descriptor of its own, as a host does.
func (i *identity) give(p *process) (*os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	defer func() { _ = write.Close() }()
	if _, err := write.Write(i.serverPEM); err != nil { // fits into the pipe
		return nil, errors.Join(fmt.Errorf("write pipe: %w", err), read.Close())
	}
	p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, read)
	p.cmd.Env = append(p.cmd.Env, pluginv1.IdentityKey+"="+strconv.Itoa(2+len(p.cmd.ExtraFiles)), "PLUGIN_CLIENT_CERT="+string(i.clientPEM))
	return read, nil
}

// trust is the host's side of the connection. answer is the certificate in the
// handshake: that of a plugin which makes its own, as go-plugin does.
func (i *identity) trust(answer string) (credentials.TransportCredentials, error) {
	pool := i.pool
	if len(answer) > 50 {
		der, err := base64.RawStdEncoding.DecodeString(answer)
		if err != nil {
			return nil, fmt.Errorf("read certificate of the handshake: %w", err)
		}
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("read certificate of the handshake: %w", err)
		}
		pool = x509.NewCertPool()
		pool.AddCert(one)
	}
	return credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{i.client}, RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12,
	}), nil
}

// mutualTLS: asked for it, the plugin knows its host from a stranger. One that
// serves without TLS is told so; hosts may refuse it.
func mutualTLS(ctx context.Context, s *session) (string, error) {
	id, err := newIdentity()
	if err != nil {
		return "", err
	}
	answer, _, _, err := certificate()
	if err != nil {
		return "", err
	}
	s.identity = id
	defer func() { s.identity = nil }()
	return s.with(ctx, func(p *process) (string, error) {
		if p.lifeline == nil {
			return "", notApplicable("this system has no descriptors to inherit")
		}
		limited, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		if err := p.alive(limited); err != nil {
			plain, other := p.redial(nil)
			if other == nil && plain.alive(ctx) == nil {
				return "", notApplicable("the plugin serves without TLS")
			}
			return "", err
		}
		stranger := *id
		stranger.client = answer
		p, err := p.redial(&stranger)
		if err != nil {
			return "", err
		}
		if p.alive(limited) == nil {
			return "", errors.New("the plugin answers a stranger, who has another certificate")
		}
		return "", nil
	})
}
