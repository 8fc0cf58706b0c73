package docker

import (
	"context"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// Diagnosis is what the engine knows of a container that did not come up.
type Diagnosis struct {
	State     string
	ExitCode  int
	OOMKilled bool
	Error     string // the engine's own, such as a missing command
	Health    string // last output of the health check, trimmed
	Logs      []string
	NoLog     string // the logging driver, where it keeps no log that can be read
}

// unreadable is what an engine says of a log whose driver keeps none.
// Source: moby daemon/logger ErrReadLogsNotSupported.
const unreadable = "logging driver does not support reading"

// Diagnose reads state, last health output and the last lines of the log.
func (c *Client) Diagnose(ctx context.Context, name string, lines int) (Diagnosis, error) {
	got, err := c.inspect(ctx, name)
	if err != nil {
		return Diagnosis{}, err
	}
	st := got.Container.State
	d := Diagnosis{State: string(st.Status), ExitCode: st.ExitCode, OOMKilled: st.OOMKilled, Error: st.Error}
	if h := st.Health; h != nil && len(h.Log) > 0 {
		d.Health = strings.TrimSpace(h.Log[len(h.Log)-1].Output)
	}
	if d.Logs, err = c.Tail(ctx, name, lines); err != nil && strings.Contains(err.Error(), unreadable) {
		d.NoLog, err = got.Container.HostConfig.LogConfig.Type, nil
	}
	return d, err
}

// Tail returns the last lines of a container's log, both streams together.
func (c *Client) Tail(ctx context.Context, name string, lines int) ([]string, error) {
	var out []string
	err := c.Logs(ctx, name, LogOptions{Tail: lines}, func(l LogLine) error {
		out = append(out, l.Text)
		return nil
	})
	return out, err
}

// CreatedFrom is the image's reference that a container was created from.
func (c *Client) CreatedFrom(ctx context.Context, id string) (string, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil || got.Container.Config == nil {
		return "", err
	}
	return got.Container.Config.Image, nil
}

// StartedAt is when a container last started.
func (c *Client) StartedAt(ctx context.Context, id string) (time.Time, error) {
	_, at, _, err := c.Seen(ctx, id)
	return at, err
}

// Joined are the IDs of the containers whose network, IPC or PID name space a
// container was made to share.
func (c *Client) Joined(ctx context.Context, id string) ([]string, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil || got.Container.HostConfig == nil {
		return nil, err
	}
	var list []string
	host := got.Container.HostConfig
	for _, mode := range []string{string(host.NetworkMode), string(host.IpcMode), string(host.PidMode)} {
		if owner, shared := strings.CutPrefix(mode, "container:"); shared {
			list = append(list, owner)
		}
	}
	return list, nil
}

// Seen is the full ID of the container of that name, when it last started and
// whether it runs.
func (c *Client) Seen(ctx context.Context, name string) (id string, start time.Time, running bool, err error) {
	got, err := c.inspect(ctx, name)
	if err != nil {
		return "", time.Time{}, false, err
	}
	start, err = time.Parse(time.RFC3339Nano, got.Container.State.StartedAt)
	return got.Container.ID, start, got.Container.State.Running, err
}

// Moments is when a container last started and ended; zero where it never did.
// Restarts are those by its policy since it was started.
func (c *Client) Moments(ctx context.Context, id string) (started, finished time.Time, restarts int, err error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil || got.Container.State == nil {
		return time.Time{}, time.Time{}, 0, err
	}
	started, _ = time.Parse(time.RFC3339Nano, got.Container.State.StartedAt)
	finished, _ = time.Parse(time.RFC3339Nano, got.Container.State.FinishedAt)
	return started, finished, got.Container.RestartCount, nil
}

// LastCheck is when the engine last ran the container's health check; zero
// when it never did.
func (c *Client) LastCheck(ctx context.Context, id string) (time.Time, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return time.Time{}, err
	}
	if h := got.Container.State.Health; h != nil && len(h.Log) > 0 {
		return h.Log[len(h.Log)-1].End, nil
	}
	return time.Time{}, nil
}
