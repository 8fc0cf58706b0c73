package sdk

import (
	"context"

	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// RunHook does a phase's work.
func (s *server) RunHook(r *pluginv1.RunHookRequest, to grpc.ServerStreamingServer[pluginv1.RunHookResponse]) error {
	hook, err := s.hook(r.GetPhase())
	if err != nil {
		return err
	}
	send := func(e *pluginv1.Event) error { return to.Send(&pluginv1.RunHookResponse{Event: e}) }
	return s.serve(to.Context(), r.GetRun(), send, func(ctx context.Context, run *Run) ([]*pluginv1.File, error) {
		return nil, hook(ctx, run)
	})
}

func (s *server) hook(phase pluginv1.Phase) (func(context.Context, *Run) error, error) {
	for _, h := range s.plugin.Hooks {
		if h.Phase.proto() == phase && phase != pluginv1.Phase_PHASE_UNSPECIFIED {
			return h.Run, nil
		}
	}
	return nil, s.missing(pluginv1.CanHooks, "hook", phase.String())
}

// Backup fills the directory and lists what is in it.
func (s *server) Backup(r *pluginv1.BackupRequest, to grpc.ServerStreamingServer[pluginv1.BackupResponse]) error {
	if s.plugin.Backup == nil || s.plugin.Restore == nil {
		return s.cannot(pluginv1.CanBackup)
	}
	send := func(e *pluginv1.Event) error { return to.Send(&pluginv1.BackupResponse{Event: e}) }
	return s.serve(to.Context(), r.GetRun(), send, func(ctx context.Context, run *Run) ([]*pluginv1.File, error) {
		if err := isDirectory(r.GetDirectory()); err != nil {
			return nil, err
		}
		if err := s.plugin.Backup(ctx, run, r.GetDirectory()); err != nil {
			return nil, err
		}
		return files(ctx, r.GetDirectory())
	})
}

// Restore reads what Backup wrote.
func (s *server) Restore(r *pluginv1.RestoreRequest, to grpc.ServerStreamingServer[pluginv1.RestoreResponse]) error {
	if s.plugin.Backup == nil || s.plugin.Restore == nil {
		return s.cannot(pluginv1.CanBackup)
	}
	send := func(e *pluginv1.Event) error { return to.Send(&pluginv1.RestoreResponse{Event: e}) }
	return s.serve(to.Context(), r.GetRun(), send, func(ctx context.Context, run *Run) ([]*pluginv1.File, error) {
		if err := isDirectory(r.GetDirectory()); err != nil {
			return nil, err
		}
		return nil, s.plugin.Restore(ctx, run, r.GetDirectory())
	})
}
