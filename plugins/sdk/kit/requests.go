package kit

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const (
	service = "/spellbook.plugin.v1.PluginService/"
	// large is more than gRPC's limit of 4 MiB.
	large = 8 << 20
	// callTime is what a single call gets.
	callTime = 3 * time.Second
)

// unknownMethod: a later contract has more methods, and asks.
func unknownMethod(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		err := p.connection.Invoke(ctx, service+"NotYetInvented", &emptypb.Empty{}, &emptypb.Empty{})
		return "", unimplemented("NotYetInvented", err)
	})
}

func unimplemented(method string, err error) error {
	if status.Code(err) != codes.Unimplemented {
		return fmt.Errorf("%s is answered with %s, not Unimplemented", method, status.Code(err))
	}
	return nil
}

// absentCapabilities: what the manifest does not announce is not implemented.
func absentCapabilities(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		absent := 0
		for _, one := range s.calls(p) {
			if s.can(one.capability) {
				continue
			}
			absent++
			limited, cancel := context.WithTimeout(ctx, callTime)
			err := one.call(limited, "kit", s.run("", callTime))
			cancel()
			if err := unimplemented(one.method, err); err != nil {
				return "", err
			}
		}
		if absent == 0 {
			return "", notApplicable("the plugin has all capabilities")
		}
		return "", p.alive(ctx)
	})
}

// unknownNames: a service, phase or command that the manifest does not have is
// an error, and no end.
func unknownNames(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		asked := 0
		for _, one := range s.calls(p) {
			if !s.can(one.capability) || !one.named {
				continue
			}
			asked++
			limited, cancel := context.WithTimeout(ctx, callTime)
			err := one.call(limited, "kit-no-such-name", s.run("", callTime))
			cancel()
			switch {
			case err == nil:
				return "", fmt.Errorf("%s of an unknown name is no error", one.method)
			case status.Code(err) == codes.DeadlineExceeded:
				return "", fmt.Errorf("%s of an unknown name has no answer", one.method)
			}
			_, _ = io.WriteString(&s.said, err.Error())
			if err := p.alive(ctx); err != nil {
				return "", err
			}
		}
		if asked == 0 {
			return "", notApplicable("the plugin has nothing with a name")
		}
		return "", nil
	})
}

// badRequests: no run, no fields, no start, and bytes that are no message. Each
// is answered somehow, and the plugin lives on.
func badRequests(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		for name, send := range map[string]func(context.Context) error{
			"an empty Probe": func(ctx context.Context) error {
				_, err := p.rpc.Probe(ctx, &pluginv1.ProbeRequest{})
				return err
			},
			"an empty RunHook": func(ctx context.Context) error { return s.hook(ctx, p, nil, 99) },
			"an Invoke that begins with input": func(ctx context.Context) error {
				return s.invoke(ctx, p, &pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Stdin{Stdin: []byte("x")}})
			},
			"an Invoke without messages": func(ctx context.Context) error { return s.invoke(ctx, p) },
			"an empty Cancel": func(ctx context.Context) error {
				_, err := p.rpc.Cancel(ctx, &pluginv1.CancelRequest{})
				return err
			},
			"a Probe that is no message": func(ctx context.Context) error {
				// As a string's bytes stand where a Run does, they are read as one, and are none.
				return p.connection.Invoke(ctx, service+"Probe", wrapperspb.Bytes([]byte{0xff, 0xff}), &emptypb.Empty{})
			},
		} {
			limited, cancel := context.WithTimeout(ctx, callTime)
			err := send(limited)
			cancel()
			if status.Code(err) == codes.DeadlineExceeded {
				return "", fmt.Errorf("%s has no answer", name)
			}
			if err := p.alive(ctx); err != nil {
				return "", fmt.Errorf("after %s: %w", name, err)
			}
		}
		return "", nil
	})
}

// largeRequest: a request of more than gRPC's default limit is taken.
func largeRequest(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		config := s.config()
		config["KIT_LARGE"] = strings.Repeat("x", large)
		if _, err := p.rpc.Render(ctx, &pluginv1.RenderRequest{Config: config, Project: "kit"}); err != nil {
			return "", fmt.Errorf("a request of %d MiB: %w", large>>20, err)
		}
		return "", p.alive(ctx)
	})
}
