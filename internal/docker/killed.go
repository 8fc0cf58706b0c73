package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

// Killed reports whether the engine remembers that somebody stopped or killed a
// container before its last end. It remembers the last 256 events only, so
// false may mean that it has forgotten. Source: moby daemon/events.
func (c *Client) Killed(ctx context.Context, id string) (bool, error) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return false, err
	}
	start, err1 := time.Parse(time.RFC3339Nano, got.Container.State.StartedAt)
	end, err2 := time.Parse(time.RFC3339Nano, got.Container.State.FinishedAt)
	if err1 != nil || err2 != nil {
		return false, fmt.Errorf("times of container %q", id)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	stream := c.api.Events(ctx, client.EventsListOptions{
		Since: start.Format(time.RFC3339Nano), Until: tellsBy(end, time.Now()).Format(time.RFC3339Nano),
		Filters: make(client.Filters).Add("type", string(events.ContainerEventType)).Add("container", id).Add("event", "kill", "stop")})
	select {
	case <-stream.Messages:
		return true, nil
	case err := <-stream.Err:
		if errors.Is(err, io.EOF) { // the end of what it remembers
			return false, nil
		}
		return false, err
	}
}

// tellsBy is the moment by which the engine has told why a container ended: it tells of a
// kill once the signal is sent, when the process may have ended already. An answer about
// what is to come is waited for, so a second is given only where it is over.
func tellsBy(end, now time.Time) time.Time {
	soon, late := end.Add(200*time.Millisecond), end.Add(time.Second)
	switch {
	case now.Before(soon): // or the engine's clock is ahead
		return soon
	case now.Before(late):
		return now
	}
	return late
}

// Ends are the last n ends of a container that the engine remembers: within how long
// they came, and the exit code of the last; known is false where it remembers none.
func (c *Client) Ends(ctx context.Context, id string, n int) (within time.Duration, code int, known bool) {
	got, err := c.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return 0, 0, false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	stream := c.api.Events(ctx, client.EventsListOptions{
		Since: got.Container.Created, Until: time.Now().Format(time.RFC3339Nano),
		Filters: make(client.Filters).Add("type", string(events.ContainerEventType)).Add("container", id).Add("event", "die")})
	var at []time.Time
	for {
		select {
		case end := <-stream.Messages:
			at = append(at, time.Unix(0, end.TimeNano))
			code, err = strconv.Atoi(end.Actor.Attributes["exitCode"])
			known = err == nil
		case <-stream.Err: //nolint:errcheck // whatever it is, it is the end of what the engine tells
			if last := len(at) - 1; last > 0 {
				within = at[last].Sub(at[max(0, last-n)])
			}
			return within, code, known
		}
	}
}
