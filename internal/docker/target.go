package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/readiness"
)

// Target is one container as readiness looks at it.
type Target struct {
	monitor *Monitor
	name    string
	ports   *listener
	mu      sync.Mutex
	last    string    // see Last
	shell   *bool     // it has one
	silent  time.Time // since when the engine has not answered; zero while it does
}

// Last is what our own last look found: what the health check printed, or
// that nothing listened yet.
func (t *Target) Last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

func (t *Target) found(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = strings.TrimSpace(text)
}

// Target looks at the container of that name.
func (m *Monitor) Target(name string) *Target {
	return &Target{monitor: m, name: name, ports: &listener{client: m.client}}
}

// Watch sends a Sight at once and after every event, until ctx ends.
func (t *Target) Watch(ctx context.Context) <-chan readiness.Sight {
	sights := make(chan readiness.Sight)
	w := t.monitor.add(t.name)
	go func() {
		defer t.monitor.drop(t.name, w)
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.poke:
				t.look(ctx, w, sights)
			}
		}
	}()
	return sights
}

// silence is how long an engine may refuse to answer, as when it is restarted,
// before waiting for its containers is given up. One that says nothing has the time
// of its call, see Patience.
const silence = 15 * time.Second

// look inspects once; an engine that does not answer is asked again.
func (t *Target) look(ctx context.Context, w *watch, sights chan<- readiness.Sight) {
	got, err := t.inspect(ctx)
	var s readiness.Sight
	switch {
	case cerrdefs.IsNotFound(err):
		s.Gone = true
	case err != nil && ctx.Err() == nil && time.Since(t.silent) > silence:
		s.Lost = t.monitor.client.Unreachable(err)
	case err != nil:
		time.AfterFunc(200*time.Millisecond, w.wake)
		return
	default:
		s = sightOf(got.Container, w.exit())
		t.ports.see(got.Container)
		t.timer().see(got.Container, t.monitor.client.startsFast())
	}
	select {
	case <-ctx.Done():
	case sights <- s:
	}
}

// inspect asks the engine, and counts how long it has been silent.
func (t *Target) inspect(ctx context.Context) (client.ContainerInspectResult, error) {
	began := time.Now()
	got, err := t.monitor.client.inspect(ctx, t.name)
	switch {
	case err == nil || cerrdefs.IsNotFound(err):
		t.silent = time.Time{}
	case t.silent.IsZero():
		t.silent = began
	}
	return got, err
}

func sightOf(c container.InspectResponse, lastExit int) readiness.Sight {
	st := c.State
	s := readiness.Sight{
		Created: st.Status == container.StateCreated, Running: st.Running && !st.Restarting,
		Restarting: st.Restarting, Paused: st.Paused, OOMKilled: st.OOMKilled,
		ExitCode: st.ExitCode, Restarts: c.RestartCount, HostNetwork: c.HostConfig.NetworkMode.IsHost(),
	}
	if s.Running && lastExit != 0 {
		s.ExitCode = lastExit
	}
	policy := c.HostConfig.RestartPolicy
	tries := policy.MaximumRetryCount == 0 || c.RestartCount < policy.MaximumRetryCount
	s.Revives = policy.IsAlways() || policy.IsUnlessStopped() || (policy.IsOnFailure() && st.ExitCode != 0 && tries)
	if st.Health != nil && st.Health.Status != container.NoHealthcheck {
		s.Health, s.Failures = readiness.Health(st.Health.Status), st.Health.FailingStreak
	}
	s.Check = checkOf(c)
	return s
}

// checkOf is the health check that the engine runs, the image's included.
func checkOf(c container.InspectResponse) plan.Check {
	check := plan.Check{Ports: tcpPorts(c)}
	if h := c.Config.Healthcheck; h != nil && len(h.Test) > 0 && h.Test[0] != "NONE" {
		check.Test, check.Timeout = h.Test, h.Timeout
	}
	return check
}

// tcpPorts are the published container ports, else the exposed ones.
func tcpPorts(c container.InspectResponse) []uint16 {
	var published, exposed []uint16
	for p := range c.HostConfig.PortBindings {
		if p.Proto() == "tcp" {
			published = append(published, p.Num())
		}
	}
	for p := range c.Config.ExposedPorts {
		if p.Proto() == "tcp" {
			exposed = append(exposed, p.Num())
		}
	}
	if len(published) > 0 {
		exposed = published
	}
	slices.Sort(exposed)
	return exposed
}

// Listening looks into the container's network name space.
func (t *Target) Listening(ctx context.Context, ports []uint16) (yes, known bool) {
	yes, known = t.ports.look(ctx, t.name, ports)
	if known && !yes {
		t.found(strings.Replace(fmt.Sprintf("it does not listen on port %s yet", joined(ports)), "port  yet", "a port yet", 1))
	}
	return yes, known
}

func joined(ports []uint16) string {
	words := make([]string, 0, len(ports))
	for _, p := range ports {
		words = append(words, fmt.Sprint(p))
	}
	return strings.Join(words, " or ")
}

// Probe runs the health check's command once, as Docker would, and ends it as Docker
// would: with all that it has begun, where the container has a shell to tell them by.
func (t *Target) Probe(ctx context.Context, check plan.Check) (ok bool, latency time.Duration, err error) {
	argv, env := probeCommand(check.Test)
	if argv == nil {
		return false, 0, errors.New("no health check")
	}
	var out limited
	began := time.Now()
	code, err := t.monitor.client.Attach(ctx, t.name, Command{Argv: argv, Env: env, Out: &out, Err: &out, Shell: t.hasShell(ctx),
		Made: t.monitor.claim, Began: func() { latency = time.Since(began) }})
	if latency == 0 {
		latency = time.Since(began)
	}
	if ctx.Err() == nil || len(out.text) > 0 {
		t.found(string(out.text))
	}
	return err == nil && code == 0, latency, err
}

// limited keeps the first 4 KB, as Docker does of a check's output.
type limited struct{ text []byte }

// Write is part of io.Writer.
func (l *limited) Write(b []byte) (int, error) {
	l.text = append(l.text, b[:min(len(b), 4096-len(l.text))]...)
	return len(b), nil
}

// hasShell asks once whether the container has one.
func (t *Target) hasShell(ctx context.Context) bool {
	if t.shell == nil {
		if there, err := t.monitor.client.HasFile(ctx, t.name, "/bin/sh"); err == nil {
			t.shell = &there
		}
	}
	return t.shell != nil && *t.shell
}

// Timer is what Docker's own timer does with the same check.
func (t *Target) Timer() readiness.Timer {
	t.monitor.mu.Lock()
	skew, clocked := t.monitor.skew, t.monitor.clocked
	t.monitor.mu.Unlock()
	got := t.timer().now(skew)
	if !clocked {
		got.Due = nil
	}
	return got
}

func (t *Target) timer() *timer {
	t.monitor.mu.Lock()
	defer t.monitor.mu.Unlock()
	return t.monitor.timer(t.name)
}

// probeCommand is the argv of a check in Compose's form. pg_isready without a
// host asks the Unix socket, where PostgreSQL's image runs a server that
// nobody else reaches while it initialises: it is run with one.
// Source: docker-library/postgres#146.
func probeCommand(test []string) (argv, env []string) {
	if len(test) < 2 {
		return nil, nil
	}
	switch test[0] {
	case "CMD":
		argv = test[1:]
	case "CMD-SHELL":
		argv = []string{"/bin/sh", "-c", test[1]}
	default:
		return nil, nil
	}
	if socketOnly(strings.Join(argv, " ")) {
		env = []string{"PGHOST=127.0.0.1"}
	}
	return argv, env
}

func socketOnly(line string) bool {
	_, args, found := strings.Cut(line, "pg_isready")
	if !found {
		return false
	}
	for _, word := range strings.Fields(args) {
		if strings.HasPrefix(word, "-h") || strings.HasPrefix(word, "--host") || strings.Contains(word, "host=") {
			return false
		}
	}
	return !strings.Contains(line, "PGHOST")
}

// Exec runs argv in a container and returns its exit code and the first 4 KB
// of its output.
func (c *Client) Exec(ctx context.Context, name string, argv, env []string) (int, string, error) {
	made, err := c.api.ExecCreate(ctx, name, client.ExecCreateOptions{Cmd: argv, Env: env, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return -1, "", err
	}
	conn, err := c.attach(ctx, made.ID, client.ExecAttachOptions{})
	if err != nil {
		return -1, "", err
	}
	stop := context.AfterFunc(ctx, conn.Close)
	defer stop()
	defer conn.Close()
	out, err := demux(io.LimitReader(conn.Reader, 1<<20))
	if ctx.Err() != nil {
		return -1, "", ctx.Err()
	}
	if err != nil {
		return -1, "", err
	}
	got, err := c.api.ExecInspect(ctx, made.ID, client.ExecInspectOptions{})
	if err != nil {
		return -1, "", err
	}
	return got.ExitCode, out, nil
}
