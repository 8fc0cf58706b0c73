package docker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/infinitescribe/spellbook/internal/docker/containerlog"
)

// LogLine is one line of a container's log, without its line end.
type LogLine = containerlog.Line

// LogOptions choose what of a log is read.
type LogOptions = containerlog.Options

// Logs hands each line of a container's log to each, in the order in which
// the engine stored them, until the log or ctx ends. With Follow that is when
// the container stops. An error of each ends it and is returned.
func (c *Client) Logs(ctx context.Context, name string, o LogOptions, each func(LogLine) error) error {
	return c.LogBatches(ctx, name, o, func(lines []LogLine) error {
		for _, line := range lines {
			if err := each(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// LogBatches is Logs with as many lines at once as have come, 512 at most. The slice
// is each's until it returns.
func (c *Client) LogBatches(ctx context.Context, name string, o LogOptions, each func([]LogLine) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // what waits for the container's end goes with the reading
	got, err := c.inspect(ctx, name)
	if err != nil {
		return fmt.Errorf("read log of %q: %w", name, err)
	}
	if file := c.logFile(got.Container, o); file != nil {
		defer func() { _ = file.Close() }()
		return containerlog.File(ctx, file, o, c.stopped(ctx, got.Container.ID, o), each)
	}
	stream, err := c.api.ContainerLogs(ctx, name, logsOptions(o))
	if err != nil {
		return fmt.Errorf("read log of %q: %w", name, err)
	}
	defer func() { _ = stream.Close() }()
	return containerlog.Stream(ctx, stream, got.Container.Config.Tty, o, each)
}

func logsOptions(o LogOptions) client.ContainerLogsOptions {
	api := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Timestamps: true, Follow: o.Follow}
	if !o.Since.IsZero() {
		api.Since = fmt.Sprintf("%d.%09d", o.Since.Unix(), o.Since.Nanosecond())
	}
	if o.Tail >= 0 {
		api.Tail = fmt.Sprint(o.Tail)
	}
	return api
}

// logFile is the file in which an engine of this machine keeps a container's log, where
// that is one file and this user may read it; else nil. The engine hands on a line at a
// time, which takes it ten times as long as reading the file does.
func (c *Client) logFile(got container.InspectResponse, o LogOptions) *os.File {
	if !c.Local() || got.HostConfig == nil || got.HostConfig.LogConfig.Type != "json-file" || got.LogPath == "" {
		return nil
	}
	if o.Follow && got.HostConfig.LogConfig.Config["max-size"] != "" {
		return nil // it may be another file any time
	}
	for _, rotated := range []string{".1", ".1.gz"} {
		if _, err := os.Stat(got.LogPath + rotated); !errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	f, err := os.Open(got.LogPath)
	if err != nil {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil
	}
	return f
}

// stopped is closed when a container that is followed does not run any more.
func (c *Client) stopped(ctx context.Context, id string, o LogOptions) <-chan struct{} {
	if !o.Follow {
		return nil
	}
	done := make(chan struct{})
	wait := c.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	go func() {
		defer close(done)
		select {
		case <-wait.Result:
		case err := <-wait.Error:
			_ = err // it is gone, or the engine is, or nobody reads any more
		}
	}()
	return done
}
