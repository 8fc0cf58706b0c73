package kit

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// shutdown is go-plugin's controller, which a plugin in another language must
// have, or it never exits.
func shutdown(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		if err := p.alive(ctx); err != nil {
			return "", err
		}
		limited, cancel := context.WithTimeout(ctx, endTime)
		defer cancel()
		// The answer may be cut off by what it announces.
		err := p.shutdown(limited)
		return "", p.gone("Shutdown", err)
	})
}

// lifeline: the host is gone, and so is the plugin.
func lifeline(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		if p.lifeline == nil {
			return "", notApplicable("this system has no lifelines")
		}
		if err := p.alive(ctx); err != nil {
			return "", err
		}
		err := p.lifeline.Close()
		return "", p.gone("the end of the lifeline", err)
	})
}

func (p *process) gone(why string, err error) error {
	if !p.wait(endTime) {
		return errors.Join(fmt.Errorf("the process still runs %s after %s", endTime, why), err)
	}
	if p.err != nil {
		return fmt.Errorf("after %s the process ended with %w%s", why, p.err, p.stderr.tail())
	}
	if left := p.left(); len(left) > 0 {
		return fmt.Errorf("after %s the socket %s is still there", why, strings.Join(left, ", "))
	}
	return nil
}

// silentStdout is about all processes of this run.
func silentStdout(_ context.Context, s *session) (string, error) {
	if len(s.noise) > 0 {
		return "", fmt.Errorf("after the handshake the plugin wrote to stdout: %.200q", strings.Join(s.noise, ""))
	}
	return "", nil
}

// secretsKept looks for the secrets in all that the plugin said: events,
// reasons, diagnostics and logs.
func secretsKept(_ context.Context, s *session) (string, error) {
	has := false
	for _, v := range s.manifest.GetVariables() {
		has = has || v.GetSecret()
	}
	if !has {
		return "", notApplicable("the plugin has no secrets")
	}
	said := s.said.String()
	if i := strings.Index(said, canary); i >= 0 {
		return "", fmt.Errorf("the plugin said a secret: %q", said[max(i-60, 0):i]+"…")
	}
	for name, value := range s.options.Secrets {
		if value != "" && strings.Contains(said, value) {
			return "", fmt.Errorf("the plugin said the secret %s", name)
		}
	}
	return "", nil
}
