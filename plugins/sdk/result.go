package sdk

import (
	"context"
	"errors"
	"log/slog"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Exit codes of calls that were ended: timeout(1)'s, and those of shells.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitDeadline = 124
	exitSignal   = 128 // and the signal's number
	interrupt    = 2
)

// result is how a call ended. That the host cancelled it wins over what the
// function made of that; a deadline is the cause only where the function has no
// better one.
func result(ctx context.Context, log *slog.Logger, err error) *pluginv1.Result {
	if err == nil {
		return &pluginv1.Result{}
	}
	if exit := ExitError(0); errors.As(err, &exit) {
		return &pluginv1.Result{ExitCode: int32(exit)}
	}
	code, finding := explain(ctx, log, err)
	return &pluginv1.Result{ExitCode: code, Diagnostics: []*pluginv1.Diagnostic{finding.proto()}}
}

// explain gives an error its exit code and diagnostic.
func explain(ctx context.Context, log *slog.Logger, err error) (int32, Diagnostic) {
	cause := context.Cause(ctx)
	var finding Diagnostic
	var panicked *panicError
	var signalled signalError
	switch {
	case errors.As(err, &panicked):
		log.Error(panicked.Error(), "stack", string(panicked.stack))
		return exitFailed, Diagnostic{Code: CodePanic, Summary: panicked.Error(), Hint: "this is a mistake in the plugin; its stack is in the log"}
	case errors.As(cause, &signalled):
		return exitSignal + int32(signalled), Diagnostic{Code: CodeCancelled, Summary: signalled.Error()}
	case errors.Is(cause, errCancelled), errors.Is(cause, errGone):
		return exitSignal + interrupt, Diagnostic{Code: CodeCancelled, Summary: cause.Error()}
	case errors.As(err, &finding):
		if finding.Code == "WRONG_ARGUMENTS" || finding.Code == "UNKNOWN_FLAG" || finding.Code == "BAD_FLAG" {
			return exitUsage, finding
		}
		return exitFailed, finding
	case errors.Is(cause, errDeadline):
		return exitDeadline, Diagnostic{Code: CodeDeadline, Summary: deadlineText(err), Hint: "mage infra:status says which services are ready"}
	}
	return exitFailed, Diagnostic{Code: CodeFailed, Summary: err.Error()}
}

// deadlineText keeps what the function was at when its time ended.
func deadlineText(err error) string {
	if errors.Is(err, errDeadline) || err.Error() == context.DeadlineExceeded.Error() {
		return errDeadline.Error()
	}
	return errDeadline.Error() + ": " + err.Error()
}
