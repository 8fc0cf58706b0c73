package process

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// hookTimeout is that of a manifest that names none.
const hookTimeout = time.Minute

// RunHook runs a phase. Without a deadline in ctx it has one minute. When ctx
// ends, the plugin is told to cancel the run and gets KillGrace to clean up;
// one that goes on then is killed. The result may carry an exit code and
// diagnostics: to judge them is the caller's.
func (p *Process) RunHook(ctx context.Context, r *pluginv1.RunHookRequest, tell Tell) (*pluginv1.Result, error) {
	if _, ok := ctx.Deadline(); !ok {
		bounded, cancel := context.WithTimeout(ctx, hookTimeout)
		defer cancel()
		ctx = bounded
	}
	return p.run(ctx, hookPhase(r.GetPhase()), r.GetRun().GetId(), tell, serverStream(p.rpc.RunHook, r))
}

// Backup writes into the directory of r, and ends as RunHook does. Without a
// deadline in ctx it goes on as long as the plugin lives: after a silence of
// CallTimeout it is asked for a sign of life, and has CallTimeout to give it.
func (p *Process) Backup(ctx context.Context, r *pluginv1.BackupRequest, tell Tell) (*pluginv1.Result, error) {
	return p.run(ctx, "backup", r.GetRun().GetId(), tell, serverStream(p.rpc.Backup, r))
}

// Restore reads what Backup wrote, within the same bounds.
func (p *Process) Restore(ctx context.Context, r *pluginv1.RestoreRequest, tell Tell) (*pluginv1.Result, error) {
	return p.run(ctx, "restore", r.GetRun().GetId(), tell, serverStream(p.rpc.Restore, r))
}

// serverStream opens a stream on which only the plugin speaks.
func serverStream[Q any, R interface{ GetEvent() *pluginv1.Event }, S interface{ Recv() (R, error) }](
	open func(context.Context, *Q, ...grpc.CallOption) (S, error), q *Q,
) func(context.Context) (receive, error) {
	return func(ctx context.Context) (receive, error) {
		s, err := open(ctx, q)
		if err != nil {
			return nil, err
		}
		return events(s.Recv), nil
	}
}

func events[R interface{ GetEvent() *pluginv1.Event }](recv func() (R, error)) receive {
	return func() (*pluginv1.Event, error) {
		r, err := recv()
		if err != nil {
			return nil, err
		}
		return r.GetEvent(), nil
	}
}
