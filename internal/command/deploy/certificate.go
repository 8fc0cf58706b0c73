package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/gateway"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/internal/units"
)

// The gateway's certificate with its key: on the server below the project's
// directory, and where the gateway has that file.
const (
	gatewayCertificate = "gateway/conf/tls.pem"
	certificateFile    = "/usr/local/etc/haproxy/tls.pem"
)

// readTLS finds out which ports speak TLS or lead to one, and reads the certificate.
func (r *rollout) readTLS() error {
	if err := deploy.CheckTLS(r.routes, r.Settings); err != nil || r.Settings.Cert == "" {
		return err
	}
	r.routes, r.redirect, r.redirectTo = deploy.Redirect(r.routes)
	key, err := r.readKey("DEPLOY_TLS_KEY", r.Settings.Key, true)
	if err != nil {
		return err
	}
	chain, err := r.readKey("DEPLOY_TLS_CERT", r.Settings.Cert, false)
	if err != nil {
		return err
	}
	c, err := deploy.NewCertificate(chain, key, r.Run.Now())
	if err != nil {
		return err
	}
	r.certificate = &c
	return nil
}

// readKey reads a file of this machine, relative to the repository. One that is
// private may be nobody else's to read.
func (r *rollout) readKey(variable, name string, private bool) ([]byte, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = r.Layout.Path(name)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failure.New(failure.Preflight, "%s=%s does not exist", variable, name).WithHint("name a PEM file, relative to %s", r.Layout.Root)
	}
	if err == nil && private && runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return nil, failure.New(failure.Preflight, "%s=%s may be read by every user of this machine (mode %04o)", variable, name, info.Mode().Perm()).
			WithHint("chmod 600 %s", path)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path) // #nosec G304 // the user's own
	}
	if err != nil {
		return nil, failure.New(failure.Preflight, "read %s: %w", variable, err).WithHint("name a PEM file that you may read")
	}
	return data, nil
}

// secured is the configuration with what this environment says of TLS.
func (r *rollout) secured(d proxy) proxy {
	d.Options.Certificate, d.Options.Redirect = "", gateway.Redirect{}
	if r.certificate != nil {
		d.Options.Certificate = certificateFile
	}
	if r.redirect != nil {
		d.Options.Redirect = gateway.Redirect{From: r.redirect.Port, To: r.redirectTo}
	}
	return d
}

// planCertificate replaces the server's where it is another.
func (r *rollout) planCertificate(t *todo) {
	has, want := r.proxy.Certificate, r.certificate
	if want == nil || has != nil && has.Sum == want.Sum {
		return
	}
	cause := "new"
	if has != nil {
		cause = "changed"
	}
	t.lines = append(t.lines, fmt.Sprintf("certificate: %s, valid until %s", cause, want.NotAfter.Format(time.DateOnly)))
	t.before.Add(plan.Step{ID: "replace certificate", Cause: cause, Action: plan.ReplaceCertificate{Names: want.Names}})
}

// ReplaceCertificate is part of execute's deployer: the file, then the running
// gateway, which gives it to new connections. That it was told is noted last.
func (r *rollout) ReplaceCertificate(ctx context.Context, note func(engine.Note)) error {
	was, err := r.readProxy(ctx)
	if err != nil {
		return err
	}
	old, err := remote.Missing(r.Store.Read(ctx, gatewayCertificate))
	if err != nil {
		return err
	}
	if err := r.Store.Write(ctx, gatewayCertificate, []byte(r.certificate.PEM.Reveal())); err != nil {
		return err
	}
	if was.Options.Certificate != "" && r.hasGateway() == nil {
		if err := r.tellCertificate(ctx, r.certificate.PEM); err != nil {
			return errors.Join(err, r.keepCertificate(ctx, old))
		}
	}
	note(engine.Note{Text: "valid for " + units.Plural(int(r.certificate.NotAfter.Sub(r.Run.Now()).Hours()/24), "day")})
	r.proxy.Certificate, was.Certificate = r.certificate, r.certificate
	if len(was.Routes) == 0 { // no gateway was configured yet
		return nil
	}
	return r.writeProxy(ctx, was)
}

func (r *rollout) tellCertificate(ctx context.Context, pem secret.String) error {
	run, err := r.runtimeOnce(ctx)
	if err != nil {
		return err
	}
	return run.ReplaceCertificate(ctx, certificateFile, pem)
}

// keepCertificate puts the file back that a running gateway still has.
func (r *rollout) keepCertificate(ctx context.Context, old []byte) error {
	if old == nil {
		return nil
	}
	late, cancel := app.Detached(ctx, 10*time.Second)
	defer cancel()
	return r.Store.Write(late, gatewayCertificate, old)
}
