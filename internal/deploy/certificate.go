package deploy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Certificate is what the gateway shows on ports that speak TLS.
type Certificate struct {
	PEM      secret.String `json:"-"`   // chain and key, as HAProxy reads them
	Sum      string        `json:"sum"` // of PEM
	Names    []string      `json:"names"`
	NotAfter time.Time     `json:"not_after"`
}

// NewCertificate checks a chain in PEM, the server's own certificate first, and
// its key at a time.
func NewCertificate(chain, key []byte, now time.Time) (Certificate, error) {
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return Certificate{}, refusedPair(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return Certificate{}, refusedPair(err)
	}
	const renew = "renew it, and deploy again"
	switch {
	case now.After(leaf.NotAfter):
		return Certificate{}, failure.New(failure.Preflight, "the certificate of DEPLOY_TLS_CERT expired on %s", day(leaf.NotAfter)).WithHint(renew)
	case now.Before(leaf.NotBefore):
		return Certificate{}, failure.New(failure.Preflight, "the certificate of DEPLOY_TLS_CERT is not valid before %s", leaf.NotBefore.UTC().Format(time.RFC3339)).
			WithHint("is this machine's clock right? try: date -u")
	}
	text := strings.TrimSpace(string(chain)) + "\n" + strings.TrimSpace(string(key)) + "\n"
	if len(text) > gateway.CertificateLimit {
		return Certificate{}, failure.New(failure.Preflight, "the certificate of DEPLOY_TLS_CERT has %d bytes with its chain and key, and HAProxy takes %d", len(text), gateway.CertificateLimit).
			WithHint("leave out of the chain what clients do not need, as the root")
	}
	sum := sha256.Sum256([]byte(text))
	names := leaf.DNSNames
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{leaf.Subject.CommonName}
	}
	return Certificate{PEM: secret.New(text), Sum: hex.EncodeToString(sum[:8]), Names: names, NotAfter: leaf.NotAfter.UTC()}, nil
}

// refusedPair is about files that are no certificate and key. What Go says of them
// has nothing of their content.
func refusedPair(err error) error {
	if strings.Contains(err.Error(), "does not match") {
		return failure.New(failure.Preflight, "DEPLOY_TLS_KEY is not the key of DEPLOY_TLS_CERT's first certificate").
			WithHint("name the pair that belongs together, the server's own certificate first in its file")
	}
	return failure.New(failure.Preflight, "DEPLOY_TLS_CERT and DEPLOY_TLS_KEY are no certificate and key: %w", err).
		WithHint("name PEM files, the key without a passphrase")
}

// RenewWithin is how long before its end a certificate is warned of.
const RenewWithin = 14 * 24 * time.Hour

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
