package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// canary is the value of every secret where there is no running stack. Nothing
// that a plugin says may contain it.
const canary = "kit-canary-5Q2xK9"

// session is one run of the kit.
type session struct {
	binary   string
	options  Options
	manifest *pluginv1.Manifest // nil before describe has passed
	noise    []string           // on stdout, after handshakes
	said     keeper             // what plugins said, anywhere
	runs     int
	identity *identity // of the next process
	kept     string    // the first backup, while the data may be no more
}

func (s *session) can(capability string) bool {
	return slices.Contains(s.manifest.GetCapabilities(), capability)
}

// with runs a process for one check, and hears what it says.
func (s *session) with(ctx context.Context, f func(*process) (string, error)) (string, error) {
	p, err := s.start(ctx)
	if err != nil {
		return "", err
	}
	defer func() {
		p.end()
		if noise := p.stdout.String(); noise != "" {
			s.noise = append(s.noise, noise)
		}
		_, _ = io.WriteString(&s.said, p.stderr.String())
	}()
	return f(p)
}

// alive is whether the plugin still answers, after something that it may not
// have liked.
func (p *process) alive(ctx context.Context) error {
	if _, err := p.rpc.Describe(ctx, &pluginv1.DescribeRequest{}); err != nil {
		return fmt.Errorf("the plugin no longer answers: %w%s", err, p.stderr.tail())
	}
	return nil
}

// config has a value for every variable that is not secret.
func (s *session) config() map[string]string {
	config := map[string]string{}
	for _, v := range s.manifest.GetVariables() {
		given, ok := s.options.Config[v.GetName()]
		switch {
		case v.GetSecret():
		case ok:
			config[v.GetName()] = given
		case v.GetDefault() == "" && v.GetRequired():
			config[v.GetName()] = sample(v.GetType())
		default:
			config[v.GetName()] = v.GetDefault()
		}
	}
	return config
}

// sample is a value of a type.
func sample(t string) string {
	if options, ok := strings.CutPrefix(t, "enum "); ok {
		first, _, _ := strings.Cut(options, "|")
		return first
	}
	values := map[string]string{"port": "10000", "host": "localhost", "url": "http://localhost", "bool": "true", "int": "1", "duration": "1s", "path": "sample"}
	if value, ok := values[t]; ok {
		return value
	}
	return "sample"
}

// run is a request's, with every endpoint of the manifest at one address.
func (s *session) run(address string, limit time.Duration) *pluginv1.Run {
	s.runs++
	run := &pluginv1.Run{
		Id: fmt.Sprintf("kit-%d", s.runs), Deadline: timestamppb.New(time.Now().Add(limit)),
		Project: "kit", Environment: "test", Config: s.config(), Endpoints: map[string]string{}, Secrets: map[string]string{},
	}
	for _, e := range s.manifest.GetEndpoints() {
		run.Endpoints[e.GetName()] = address
	}
	for _, v := range s.manifest.GetVariables() {
		if v.GetSecret() {
			run.Secrets[v.GetName()] = canary
		}
	}
	return run
}

// live is a request of the running stack, with the time that ctx has.
func (s *session) live(ctx context.Context) *pluginv1.Run {
	run := s.run("", 0)
	run.Deadline = nil
	if deadline, ok := ctx.Deadline(); ok {
		run.Deadline = timestamppb.New(deadline)
	}
	run.Endpoints, run.Secrets = s.options.Endpoints, s.options.Secrets
	if s.options.Project != "" {
		run.Project, run.Environment = s.options.Project, s.options.Environment
	}
	return run
}

// closed is an address where nobody listens.
func closed(ctx context.Context) (string, error) {
	address, end, err := silent(ctx)
	if err == nil {
		end()
	}
	return address, err
}

// silent is an address where connections are made, and nothing is said.
func silent(ctx context.Context) (address string, end func(), err error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen: %w", err)
	}
	return listener.Addr().String(), func() { _ = listener.Close() }, nil
}

// stream is any of the contract's.
type stream[T any] interface{ Recv() (T, error) }

// read takes a stream's events to its end. A stream ends with a result.
func read[T interface{ GetEvent() *pluginv1.Event }](s *session, from stream[T]) ([]*pluginv1.Event, *pluginv1.Result, error) {
	var events []*pluginv1.Event
	for {
		message, err := from.Recv()
		switch {
		case errors.Is(err, io.EOF) && len(events) > 0 && events[len(events)-1].GetResult() != nil:
			return events, events[len(events)-1].GetResult(), nil
		case errors.Is(err, io.EOF):
			return events, nil, errors.New("the stream ended without a result")
		case err != nil:
			return events, nil, err
		}
		s.hear(message.GetEvent())
		events = append(events, message.GetEvent())
	}
}

// hear keeps what was said for the last checks.
func (s *session) hear(message fmt.Stringer) { _, _ = fmt.Fprintln(&s.said, message.String()) }
