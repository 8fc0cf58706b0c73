package sdk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// server answers the contract's calls with a Plugin's functions.
type server struct {
	pluginv1.UnimplementedPluginServiceServer
	plugin   Plugin
	manifest *pluginv1.Manifest
	calls    calls
	log      *slog.Logger // of the process; a run's lines go into its stream
}

// NewServer is the server side of the contract, for tests and for transports
// other than Serve's. log gets what belongs to no stream.
func NewServer(p Plugin, log *slog.Logger) pluginv1.PluginServiceServer {
	return newServer(p, log)
}

func newServer(p Plugin, log *slog.Logger) *server {
	return &server{plugin: p, manifest: ToManifest(p), log: log}
}

// Describe answers with the manifest.
func (s *server) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	return &pluginv1.DescribeResponse{Manifest: s.manifest}, nil
}

// Validate asks the plugin about values.
func (s *server) Validate(ctx context.Context, r *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
	if s.plugin.Validate == nil {
		return nil, s.cannot(pluginv1.CanValidate)
	}
	var found []Diagnostic
	one := s.calls.begin(ctx, nil)
	err := s.calls.do(one, func(context.Context) error {
		found = s.plugin.Validate(s.config(r.GetConfig()))
		return nil
	})
	if err != nil {
		return &pluginv1.ValidateResponse{Diagnostics: s.finding(one, err)}, nil
	}
	return &pluginv1.ValidateResponse{Diagnostics: protos(found)}, nil
}

// Render makes the fragment.
func (s *server) Render(ctx context.Context, r *pluginv1.RenderRequest) (*pluginv1.RenderResponse, error) {
	if s.plugin.Render == nil {
		return &pluginv1.RenderResponse{Fragment: []byte(s.plugin.Fragment)}, nil
	}
	var fragment string
	var found []Diagnostic
	one := s.calls.begin(ctx, nil)
	err := s.calls.do(one, func(context.Context) error {
		fragment, found = s.plugin.Render(s.config(r.GetConfig()))
		return nil
	})
	if err != nil {
		return &pluginv1.RenderResponse{Diagnostics: s.finding(one, err)}, nil
	}
	return &pluginv1.RenderResponse{Fragment: []byte(fragment), Diagnostics: protos(found)}, nil
}

// finding is an error of a unary call as diagnostics.
func (s *server) finding(one *call, err error) []*pluginv1.Diagnostic {
	return result(one.ctx, s.log, err).GetDiagnostics()
}

// Probe makes one attempt. A probe that does not come to an end in its time is
// not ready yet; one that panics never will be.
func (s *server) Probe(ctx context.Context, r *pluginv1.ProbeRequest) (*pluginv1.ProbeResponse, error) {
	probe, err := s.probe(r.GetService())
	if err != nil {
		return nil, err
	}
	if r.GetRun() == nil {
		return nil, errNoRun
	}
	found := make(chan Status, 1) // the answer of a probe that was given up is dropped
	one := s.calls.begin(ctx, r.GetRun())
	err = s.calls.do(one, func(ctx context.Context) error {
		found <- probe(ctx, s.request(r.GetRun(), nil))
		return nil
	})
	switch {
	case err == nil:
		return (<-found).proto(), nil
	case errors.Is(err, errDeadline):
		return NotYet(errors.New("no answer in time")).proto(), nil
	}
	_, finding := explain(one.ctx, s.log, err)
	if finding.Code == CodeCancelled {
		return nil, status.Error(codes.Canceled, finding.Summary)
	}
	return Fatal(finding).proto(), nil
}

func (s *server) probe(service string) (func(context.Context, *Run) Status, error) {
	for _, one := range s.plugin.Services {
		if one.Name == service && one.Probe != nil {
			return one.Probe, nil
		}
	}
	return nil, s.missing(pluginv1.CanProbe, "service", service)
}

// Cancel ends the calls of a run, which have the grace to clean up.
func (s *server) Cancel(_ context.Context, r *pluginv1.CancelRequest) (*pluginv1.CancelResponse, error) {
	if r.GetRunId() == "" {
		return nil, status.Error(codes.InvalidArgument, "cancel names no run")
	}
	grace := endTime
	if r.GetGrace() != nil {
		grace = r.GetGrace().AsDuration()
	}
	s.calls.cancel(r.GetRunId(), grace)
	return &pluginv1.CancelResponse{}, nil
}

var errNoRun = status.Error(codes.InvalidArgument, "the request has no run")

// missing: a plugin without the capability does not implement the method; one
// with it does not know the name.
func (s *server) missing(capability, kind, name string) error {
	for _, c := range s.manifest.GetCapabilities() {
		if c == capability {
			return status.Error(codes.NotFound, fmt.Sprintf("%s has no %s %q for this", s.plugin.Name, kind, name))
		}
	}
	return s.cannot(capability)
}

func (s *server) cannot(capability string) error {
	return status.Error(codes.Unimplemented, fmt.Sprintf("%s has no capability %q", s.plugin.Name, capability))
}
