package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// call is a method with the capability that it belongs to.
type call struct {
	method, capability string
	named              bool // the name decides what is called
	call               func(ctx context.Context, name string, run *pluginv1.Run) error
}

// calls are the methods that need a capability. A result that is a failure
// counts as an error.
func (s *session) calls(p *process) []call {
	return []call{
		{"Validate", pluginv1.CanValidate, false, func(ctx context.Context, _ string, _ *pluginv1.Run) error {
			_, err := p.rpc.Validate(ctx, &pluginv1.ValidateRequest{Config: s.config()})
			return err
		}},
		{"Probe", pluginv1.CanProbe, true, func(ctx context.Context, name string, run *pluginv1.Run) error {
			_, err := p.rpc.Probe(ctx, &pluginv1.ProbeRequest{Run: run, Service: name})
			return err
		}},
		{"RunHook", pluginv1.CanHooks, true, func(ctx context.Context, _ string, run *pluginv1.Run) error {
			return s.hook(ctx, p, run, pluginv1.Phase_PHASE_UNSPECIFIED)
		}},
		{"Invoke", pluginv1.CanCommands, true, func(ctx context.Context, name string, run *pluginv1.Run) error {
			return s.invoke(ctx, p, &pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: &pluginv1.Start{Run: run, Command: name}}})
		}},
		{"Backup", pluginv1.CanBackup, false, func(ctx context.Context, _ string, run *pluginv1.Run) error {
			stream, err := p.rpc.Backup(ctx, &pluginv1.BackupRequest{Run: run, Directory: p.sockets})
			return ended(s, stream, err)
		}},
		{"Restore", pluginv1.CanBackup, false, func(ctx context.Context, _ string, run *pluginv1.Run) error {
			stream, err := p.rpc.Restore(ctx, &pluginv1.RestoreRequest{Run: run, Directory: p.sockets})
			return ended(s, stream, err)
		}},
	}
}

// failure is a result that is no success.
type failure struct{ result *pluginv1.Result }

// Error names codes and texts.
func (f failure) Error() string {
	text := []string{fmt.Sprintf("exit code %d", f.result.GetExitCode())}
	for _, d := range f.result.GetDiagnostics() {
		text = append(text, d.GetCode()+": "+d.GetSummary())
	}
	return strings.Join(text, ", ")
}

// code is that of the first diagnostic.
func (f failure) code() string {
	if len(f.result.GetDiagnostics()) == 0 {
		return ""
	}
	return f.result.GetDiagnostics()[0].GetCode()
}

// ended reads a stream that began with err.
func ended[T interface{ GetEvent() *pluginv1.Event }](s *session, from stream[T], err error) error {
	if err != nil {
		return err
	}
	_, result, err := read(s, from)
	if err == nil && result.GetExitCode() != 0 {
		return failure{result}
	}
	return err
}

func (s *session) hook(ctx context.Context, p *process, run *pluginv1.Run, phase pluginv1.Phase) error {
	stream, err := p.rpc.RunHook(ctx, &pluginv1.RunHookRequest{Run: run, Phase: phase})
	return ended(s, stream, err)
}

// invoke sends messages and no input.
func (s *session) invoke(ctx context.Context, p *process, messages ...*pluginv1.InvokeRequest) error {
	stream, err := p.rpc.Invoke(ctx)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := stream.Send(m); err != nil && !errors.Is(err, io.EOF) { // EOF: the answer says more
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return ended(s, stream, nil)
}
