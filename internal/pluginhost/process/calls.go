package process

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Describe asks for the manifest.
func (p *Process) Describe(ctx context.Context) (*pluginv1.Manifest, error) {
	r, err := unary(ctx, p, "describe", p.rpc.Describe, &pluginv1.DescribeRequest{})
	if err != nil {
		return nil, err
	}
	if r.GetManifest() == nil {
		return nil, p.newError("describe", Garbage, "the answer has no manifest")
	}
	return r.GetManifest(), nil
}

// Validate asks about values.
func (p *Process) Validate(ctx context.Context, r *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
	return unary(ctx, p, "validate", p.rpc.Validate, r)
}

// Render asks for the Compose fragment.
func (p *Process) Render(ctx context.Context, r *pluginv1.RenderRequest) (*pluginv1.RenderResponse, error) {
	return unary(ctx, p, "render", p.rpc.Render, r)
}

// Probe is one attempt.
func (p *Process) Probe(ctx context.Context, r *pluginv1.ProbeRequest) (*pluginv1.ProbeResponse, error) {
	return unary(ctx, p, "probe", p.rpc.Probe, r)
}

// Cancel asks the plugin to end a run's calls within grace.
func (p *Process) Cancel(ctx context.Context, runID string, grace time.Duration) error {
	_, err := unary(ctx, p, "cancel", p.rpc.Cancel, &pluginv1.CancelRequest{RunId: runID, Grace: durationpb.New(grace)})
	return err
}

// unary calls with CallTimeout, or the deadline of ctx if that is earlier. After
// a call without an answer it finds out whether the plugin still runs at all.
func unary[Q, R any](ctx context.Context, p *Process, phase string, call func(context.Context, *Q, ...grpc.CallOption) (*R, error), q *Q) (*R, error) {
	if p.isClosing() {
		return nil, p.newError(phase, Closed, "the plugin was closed")
	}
	bounded, cancel := context.WithTimeout(ctx, p.spec.CallTimeout)
	defer cancel()
	defer context.AfterFunc(p.life, cancel)()
	r, err := call(bounded, q)
	if err == nil {
		return r, nil
	}
	e := p.failure(ctx, phase, p.spec.CallTimeout, err)
	if e.Code == CallTimeout {
		go p.endIfDead(p.spec.signOfLife)
	}
	return nil, e
}

// endIfDead ends a process that gives no sign of life within d.
func (p *Process) endIfDead(d time.Duration) {
	if !p.alive(d) {
		p.child.end(Unresponsive, "it gave no sign of life within "+d.String())
	}
}

// alive asks gRPC's health service, which every plugin of go-plugin has; any
// answer is a sign of life.
func (p *Process) alive(d time.Duration) bool {
	ctx, cancel := context.WithTimeout(p.life, d)
	defer cancel()
	_, err := grpc_health_v1.NewHealthClient(p.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	switch status.Code(err) {
	case codes.DeadlineExceeded, codes.Unavailable, codes.Canceled:
		return p.isClosing()
	}
	return true
}
