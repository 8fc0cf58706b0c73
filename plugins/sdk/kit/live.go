package kit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// liveTime is the deadline of calls to a running stack.
const liveTime = 15 * time.Second

func probeLive(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		var details []string
		for _, one := range s.manifest.GetServices() {
			if !one.GetProbed() || one.GetOptional() {
				continue
			}
			answer, err := p.rpc.Probe(ctx, &pluginv1.ProbeRequest{Run: s.live(), Service: one.GetName()})
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
				stream, err := p.rpc.RunHook(ctx, &pluginv1.RunHookRequest{Run: s.live(), Phase: h.GetPhase()})
				if err != nil {
					return "", err
				}
				events, result, err := read(s, stream)
				if err == nil && result.GetExitCode() != 0 {
					err = failure{result}
				}
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

func onlyExisted(events []*pluginv1.Event) error {
	for _, e := range events {
		if r := e.GetResource(); r != nil && r.GetChange() != pluginv1.Change_CHANGE_EXISTED {
			return fmt.Errorf("%s %s is %s, not EXISTED", r.GetKind(), r.GetName(), r.GetChange())
		}
	}
	return nil
}

// backupRestore: what was restored is backed up as the same files.
func backupRestore(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		first, dir, err := s.backup(ctx, p, "first")
		if err != nil {
			return "", err
		}
		stream, err := p.rpc.Restore(ctx, &pluginv1.RestoreRequest{Run: s.live(), Directory: dir})
		if err := ended(s, stream, err); err != nil {
			return "", fmt.Errorf("restore: %w", err)
		}
		second, _, err := s.backup(ctx, p, "second")
		if err != nil {
			return "", err
		}
		if !slices.EqualFunc(first, second, func(a, b *pluginv1.File) bool { return proto.Equal(a, b) }) {
			return "", fmt.Errorf("after the restore another backup has other files: %v, then %v", first, second)
		}
		return fmt.Sprintf("%d files", len(first)), nil
	})
}

func (s *session) backup(ctx context.Context, p *process, name string) ([]*pluginv1.File, string, error) {
	dir := filepath.Join(p.sockets, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("make directory for backup: %w", err)
	}
	stream, err := p.rpc.Backup(ctx, &pluginv1.BackupRequest{Run: s.live(), Directory: dir})
	if err != nil {
		return nil, "", fmt.Errorf("backup: %w", err)
	}
	_, result, err := read(s, stream)
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("backup: %w", err)
	case result.GetExitCode() != 0:
		return nil, "", fmt.Errorf("backup: %w", failure{result})
	case len(result.GetFiles()) == 0:
		return nil, "", errors.New("the backup lists no files")
	}
	for _, f := range result.GetFiles() {
		if err := asListed(dir, f); err != nil {
			return nil, "", err
		}
	}
	files := result.GetFiles()
	slices.SortFunc(files, func(a, b *pluginv1.File) int { return cmp.Compare(a.GetPath(), b.GetPath()) })
	return files, dir, nil
}
