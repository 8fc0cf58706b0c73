package gateway

import (
	"context"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// Maintenance has every published port answer 503 with Options.Page, or refuse
// where its mode is TCP, or takes that back. What is open stays open.
func (r Runtime) Maintenance(ctx context.Context, on bool) error {
	state := "maint"
	if on {
		state = "ready"
	}
	return r.run(ctx, slot{"maintenance", "switch"}.state(state))
}

// CertificateLimit is how many bytes a certificate may have with its chain and
// key: what HAProxy reads of one command, its buffer less the command.
const CertificateLimit = 16000

var (
	certificateTaken = lazyregexp.New(`^Transaction (created|updated) for certificate .*!$`)
	certificateUsed  = lazyregexp.New(`Success!$`)
)

// ReplaceCertificate has new connections get the PEM of chain and key in place
// of that of the file, which is Options.Certificate and has to hold it already.
// Open connections stay. HAProxy refuses a key that is not the certificate's.
func (r Runtime) ReplaceCertificate(ctx context.Context, file string, pem secret.String) error {
	// An empty line would end the payload.
	text := strings.Join(strings.FieldsFunc(pem.Reveal(), func(c rune) bool { return c == '\n' || c == '\r' }), "\n")
	if len(text) > CertificateLimit {
		return fmt.Errorf("gateway: the certificate with its chain has %d bytes, HAProxy takes %d", len(text), CertificateLimit)
	}
	set := "set ssl cert " + file
	out, err := r.exchange(ctx, set+" <<\n"+text+"\n\n")
	if err != nil {
		return err
	}
	if answer := strings.Join(answers(out), " "); !certificateTaken.MatchString(strings.TrimSpace(answer)) {
		return &Error{set, strings.TrimSpace(answer)}
	}
	err = r.run(ctx, command{text: "commit ssl cert " + file, done: certificateUsed})
	if err != nil {
		_, _ = r.exchange(ctx, "abort ssl cert "+file+"\n")
	}
	return err
}
