package kit

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// hookTime is that of a hook whose manifest names none.
const hookTime = time.Minute

func probeLive(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		var details []string
		for _, one := range s.manifest.GetServices() {
			if !one.GetProbed() || one.GetOptional() {
				continue
			}
			answer, err := p.rpc.Probe(ctx, &pluginv1.ProbeRequest{Run: s.live(ctx), Service: one.GetName()})
			if err != nil {
				return "", err
			}
			s.hear(answer)
			if answer.GetReadiness() != pluginv1.Readiness_READINESS_READY {
				return "", fmt.Errorf("service %s is %s: %s", one.GetName(), answer.GetReadiness(), answer.GetReason())
			}
			details = append(details, one.GetName()+" "+answer.GetDetail())
		}
		return fmt.Sprint(details), nil
	})
}

// hooksTwice: the second time everything is there.
func hooksTwice(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		for _, h := range s.manifest.GetHooks() {
			if h.GetPhase() == pluginv1.Phase_PHASE_PRE_DOWN {
				continue // what it ends is not there a second time
			}
			for round := range 2 {
				events, err := s.hookOnce(ctx, p, h)
				if err != nil {
					return "", fmt.Errorf("%s: %w", h.GetPhase(), err)
				}
				if err := onlyExisted(events); round == 1 && err != nil {
					return "", fmt.Errorf("%s, the second time: %w", h.GetPhase(), err)
				}
			}
		}
		return "", nil
	})
}

// hookOnce runs a hook in the time that a host gives it.
func (s *session) hookOnce(ctx context.Context, p *process, h *pluginv1.Hook) ([]*pluginv1.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(h.GetTimeout().AsDuration(), hookTime))
	defer cancel()
	stream, err := p.rpc.RunHook(ctx, &pluginv1.RunHookRequest{Run: s.live(ctx), Phase: h.GetPhase()})
	if err != nil {
		return nil, err
	}
	events, result, err := read(s, stream)
	if err == nil && result.GetExitCode() != 0 {
		err = failure{result}
	}
	return events, err
}

func onlyExisted(events []*pluginv1.Event) error {
	for _, e := range events {
		if r := e.GetResource(); r != nil && r.GetChange() != pluginv1.Change_CHANGE_EXISTED {
			return fmt.Errorf("%s %s is %s, not EXISTED", r.GetKind(), r.GetName(), r.GetChange())
		}
	}
	return nil
}
