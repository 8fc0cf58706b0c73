package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec" //nolint:depguard // see launch.go
	"strings"

	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// handshake: one line on stdout, and a health service that says SERVING of
// "plugin", which go-plugin's ping asks for.
func handshake(ctx context.Context, s *session) (string, error) {
	return s.with(ctx, func(p *process) (string, error) {
		answer, err := grpc_health_v1.NewHealthClient(p.connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: pluginv1.SetName})
		if err != nil {
			return "", fmt.Errorf("the health service does not answer: %w%s", err, p.stderr.tail())
		}
		if answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			return "", fmt.Errorf("the health service says %s", answer.GetStatus())
		}
		return "", nil
	})
}

// describe: always the same answer, because hosts keep it.
func describe(ctx context.Context, s *session) (string, error) {
	var answers []*pluginv1.DescribeResponse
	for range 2 {
		_, err := s.with(ctx, func(p *process) (string, error) {
			for range 2 {
				answer, err := p.rpc.Describe(ctx, &pluginv1.DescribeRequest{})
				if err != nil {
					return "", fmt.Errorf("%w%s", err, p.stderr.tail())
				}
				answers = append(answers, answer)
			}
			return "", nil
		})
		if err != nil {
			return "", err
		}
	}
	for i, answer := range answers[1:] {
		if !proto.Equal(answer, answers[0]) {
			return "", fmt.Errorf("answer %d differs from the first: %s", i+2, difference(answers[0], answer))
		}
	}
	if answers[0].GetManifest() == nil {
		return "", errors.New("the answer has no manifest")
	}
	s.manifest = answers[0].GetManifest()
	return s.printed(ctx, answers[0])
}

// printed compares with the argument describe, which a plugin need not know.
func (s *session) printed(ctx context.Context, want *pluginv1.DescribeResponse) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, s.binary, "describe") //nolint:gosec // the binary to be checked
	cmd.Env, cmd.Stdout, cmd.WaitDelay = s.options.Environ, &out, endTime
	if err := cmd.Run(); err != nil {
		return "the binary has no argument describe, which is well", nil //nolint:nilerr // it is optional
	}
	var got pluginv1.DescribeResponse
	if err := protojson.Unmarshal(out.Bytes(), &got); err != nil {
		return "", fmt.Errorf("the argument describe prints no manifest: %w", err)
	}
	if !proto.Equal(&got, want) {
		return "", fmt.Errorf("the argument describe prints another manifest: %s", difference(want, &got))
	}
	return "", nil
}

// difference is where two answers part.
func difference(a, b fmt.Stringer) string {
	x, y := a.String(), b.String()
	i := 0
	for i < min(len(x), len(y)) && x[i] == y[i] {
		i++
	}
	cut := func(s string) string { return s[max(i-20, 0):min(i+20, len(s))] }
	return fmt.Sprintf("%q and %q", cut(x), cut(y))
}

func manifest(_ context.Context, s *session) (string, error) {
	return judge(sdk.CheckManifest(s.manifest))
}

// judge: errors fail, warnings are told.
func judge(list []sdk.Diagnostic) (string, error) {
	var bad, fair []string
	for _, d := range list {
		text := d.Code + " " + d.Path + ": " + d.Summary
		if d.Warning {
			fair = append(fair, text)
		} else {
			bad = append(bad, text)
		}
	}
	if len(bad) > 0 {
		return "", errors.New(strings.Join(bad, "; "))
	}
	return strings.Join(fair, "; "), nil
}
