package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

func (p *Process) newError(phase string, code Code, summary string) *Error {
	return &Error{Plugin: p.spec.Name, Phase: phase, Code: code, Summary: summary, Hint: hint(p.spec.Name, code)}
}

// because is an end of the process as the failure of a phase.
func (p *Process) because(phase string, v *verdict) *Error {
	e := p.newError(phase, v.code, v.summary)
	e.Output = p.child.output.last()
	return e
}

func (p *Process) timedOut(phase string, code Code, summary string) *Error {
	e := p.newError(phase, code, summary)
	e.Cause, e.Output = context.DeadlineExceeded, p.child.output.last()
	return e
}

func (p *Process) canceled(phase string, cause error) *Error {
	e := p.newError(phase, Canceled, "cancelled")
	e.Cause = cause
	return e
}

// startFailure: what the child saw explains more than go-plugin's text, by which
// nothing is decided.
func (p *Process) startFailure(ctx context.Context, err error) *Error {
	phase := p.phase.Load().(string)
	switch {
	case p.child.output.reason() != nil:
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return p.timedOut(phase, HandshakeTimeout, "not ready within "+p.spec.StartTimeout.String())
	case ctx.Err() != nil:
		return p.canceled(phase, context.Cause(ctx))
	case !p.child.running():
		return p.newError("start", StartFailed, err.Error())
	default:
		within(p.child.done, p.spec.settle)
	}
	if reason := p.child.output.reason(); reason != nil {
		within(p.child.done, p.spec.settle) // its last words
		return p.because(phase, reason)
	}
	return p.newError(phase, BadHandshake, "its handshake names no server: "+clean(err.Error()))
}

// failure is what became of a call: ctx is the caller's, bound the call's own.
func (p *Process) failure(ctx context.Context, phase string, bound time.Duration, err error) *Error {
	answer := status.Convert(err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return p.canceled(phase, context.Cause(ctx))
	case ctx.Err() != nil:
		return p.timedOut(phase, CallTimeout, "no answer by the deadline")
	case p.child.output.reason() != nil:
		within(p.child.done, p.spec.settle)
		return p.because(phase, p.child.output.reason())
	case p.isClosing():
		return p.newError(phase, Closed, "the plugin was closed")
	case answer.Code() == codes.DeadlineExceeded:
		return p.timedOut(phase, CallTimeout, "no answer within "+bound.String())
	case errors.Is(err, io.EOF):
		return p.newError(phase, Garbage, "the stream ended without a result")
	case answer.Code() == codes.Unavailable, answer.Code() == codes.Canceled:
		return p.lost(phase, answer)
	}
	return p.answered(phase, answer)
}

// answered is a failure that came over a connection that works. What the plugin
// says in it stands in Output, where it can be masked.
func (p *Process) answered(phase string, answer *status.Status) *Error {
	var e *Error
	switch answer.Code() {
	case codes.ResourceExhausted:
		e = p.newError(phase, TooLarge, fmt.Sprintf("a message is larger than %d MiB", pluginv1.MaxMessage>>20))
	case codes.Unimplemented:
		e = p.newError(phase, Unimplemented, "the plugin does not have this method")
	case codes.Internal:
		e = p.newError(phase, Garbage, "the answer is not of the contract")
	default:
		e = p.newError(phase, Refused, fmt.Sprintf("the plugin answered with an error (%s)", answer.Code()))
	}
	e.Output = []string{cut(clean(answer.Message()), tailColumns)}
	return e
}

// lost: the connection is gone and soon the process with it; or the process
// lives without one, and is ended. A plugin that passes on an Unavailable of its
// own still answers.
func (p *Process) lost(phase string, answer *status.Status) *Error {
	if p.alive(p.spec.settle) && !p.isClosing() {
		return p.answered(phase, answer)
	}
	if !within(p.child.done, p.spec.settle) {
		p.child.end(Unreachable, "it lives but nobody answers at its socket, or not in gRPC")
	}
	if reason := p.child.output.reason(); reason != nil {
		return p.because(phase, reason)
	}
	return p.newError(phase, Closed, "the plugin was closed")
}

func (p *Process) isClosing() bool { return p.life.Err() != nil }
