package docker

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// LogLine is one line of a container's log, without its line end.
type LogLine struct {
	Time   time.Time
	Text   string
	Stderr bool
}

// LogOptions choose what of a log is read. Since is inclusive; its zero value
// is the beginning. Tail is how many lines at most, negative for all.
type LogOptions struct {
	Since  time.Time
	Tail   int
	Follow bool
}

// Logs hands each line of a container's log to each, in the order in which
// the engine stored them, until the log or ctx ends. With Follow that is when
// the container stops. An error of each ends it and is returned.
func (c *Client) Logs(ctx context.Context, name string, o LogOptions, each func(LogLine) error) error {
	got, err := c.api.ContainerInspect(ctx, name, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("read log of %q: %w", name, err)
	}
	stream, err := c.api.ContainerLogs(ctx, name, logsOptions(o))
	if err != nil {
		return fmt.Errorf("read log of %q: %w", name, err)
	}
	defer func() { _ = stream.Close() }()
	if err = copyLog(stream, got.Container.Config.Tty, each); ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
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

// copyLog reads a stream with time stamps. Without a terminal it comes in
// frames, one a message, which say their stream; with one it is raw.
func copyLog(stream io.Reader, tty bool, each func(LogLine) error) error {
	if tty {
		lines := &rawLog{each: each}
		_, err := io.Copy(lines, stream)
		return lines.end(err)
	}
	out, errs := &framedLog{each: each}, &framedLog{each: each, stderr: true}
	_, err := stdcopy.StdCopy(out, errs, stream)
	return errs.end(out.end(err))
}
