package kit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// shortTime is the deadline of calls that cannot succeed, and late what the
// answer may take beyond it.
const (
	shortTime = time.Second
	late      = 500 * time.Millisecond
)

func probeClosed(ctx context.Context, s *session) (string, error) {
	address, err := closed(ctx)
	if err != nil {
		return "", err
	}
	return s.probes(ctx, address)
}

func probeSilent(ctx context.Context, s *session) (string, error) {
	address, end, err := silent(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	return s.probes(ctx, address)
}

// probes asks for every probed service: nothing there is ready, which is no
// error and no reason to wait beyond the deadline.
func (s *session) probes(ctx context.Context, address string) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		for _, one := range s.manifest.GetServices() {
			if !one.GetProbed() {
				continue
			}
			answer, err := s.probe(ctx, p, one.GetName(), address)
			if err != nil {
				return "", fmt.Errorf("service %s: %w", one.GetName(), err)
			}
			if answer.GetReadiness() != pluginv1.Readiness_READINESS_NOT_YET || answer.GetReason() == "" {
				return "", fmt.Errorf("service %s: the answer is %s with the reason %q, not NOT_YET with one", one.GetName(), answer.GetReadiness(), answer.GetReason())
			}
		}
		return "", p.alive(ctx)
	})
}

// probe gives the plugin a deadline, and itself a little more.
func (s *session) probe(ctx context.Context, p *process, name, address string) (*pluginv1.ProbeResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, shortTime+late)
	defer cancel()
	answer, err := p.rpc.Probe(ctx, &pluginv1.ProbeRequest{Run: s.run(address, shortTime), Service: name})
	if status.Code(err) == codes.DeadlineExceeded {
		return nil, fmt.Errorf("no answer %s after a deadline of %s", late, shortTime)
	}
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, p.stderr.tail())
	}
	s.hear(answer)
	return answer, nil
}

func hooksClosed(ctx context.Context, s *session) (string, error) {
	address, err := closed(ctx)
	if err != nil {
		return "", err
	}
	return s.hooks(ctx, address)
}

func hooksSilent(ctx context.Context, s *session) (string, error) {
	address, end, err := silent(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	return s.hooks(ctx, address)
}

// hooks runs every one: it ends by its deadline, and where it fails a code says
// why.
func (s *session) hooks(ctx context.Context, address string) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		for _, h := range s.manifest.GetHooks() {
			limited, cancel := context.WithTimeout(ctx, shortTime+late)
			err := s.hook(limited, p, s.run(address, shortTime), h.GetPhase())
			cancel()
			if err := codedEnd(err); err != nil {
				return "", fmt.Errorf("%s: %w%s", h.GetPhase(), err, p.stderr.tail())
			}
		}
		return "", p.alive(ctx)
	})
}

// codedEnd: a hook that needs no endpoint may succeed.
func codedEnd(err error) error {
	var failed failure
	switch {
	case err == nil:
		return nil
	case status.Code(err) == codes.DeadlineExceeded:
		return fmt.Errorf("no result %s after a deadline of %s", late, shortTime)
	case !errors.As(err, &failed):
		return fmt.Errorf("the stream broke, where a result was due: %w", err)
	case failed.code() == "" || failed.code() == "PANIC":
		return fmt.Errorf("no diagnostic says why: %w", err)
	}
	return nil
}
