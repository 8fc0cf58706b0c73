package docker

import (
	"context"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

// Starts sends every container of a project that is there, then each one that
// starts, until ctx ends. It is subscribed before it lists, so that no start
// is missed; one may come twice. An engine that does not come back ends it: then
// lost is called.
func (c *Client) Starts(ctx context.Context, project string, lost func(error)) <-chan Container {
	return c.StartsLabelled(ctx, LabelProject+"="+project, lost)
}

// StartsLabelled is Starts for the containers with a label NAME=VALUE.
func (c *Client) StartsLabelled(ctx context.Context, label string, lost func(error)) <-chan Container {
	starts := make(chan Container)
	go func() {
		defer close(starts)
		for ctx.Err() == nil {
			c.sendStarts(ctx, label, starts)
			pause(ctx, 100*time.Millisecond)
			if err := c.comesBack(ctx); err != nil && ctx.Err() == nil {
				lost(err)
				return
			}
		}
	}()
	return starts
}

// comesBack waits for an engine that is being restarted; the error is that it was
// silent for too long.
func (c *Client) comesBack(ctx context.Context) error {
	for began := time.Now(); ; pause(ctx, 200*time.Millisecond) {
		if err := c.Ping(ctx); err == nil || ctx.Err() != nil || time.Since(began) > silence {
			return err
		}
	}
}

// sendStarts works until the event stream breaks.
func (c *Client) sendStarts(ctx context.Context, label string, starts chan<- Container) {
	f := make(client.Filters).Add("label", label).Add("type", string(events.ContainerEventType)).Add("event", "start")
	stream := c.api.Events(ctx, client.EventsListOptions{Filters: f})
	list, _ := c.Labelled(ctx, label)
	for _, there := range list {
		if !send(ctx, starts, there) {
			return
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-stream.Err: //nolint:errcheck // whatever broke the stream, it is opened again
			return
		case e := <-stream.Messages:
			send(ctx, starts, fromEvent(e))
		}
	}
}

func fromEvent(e events.Message) Container {
	labels := e.Actor.Attributes
	number, _ := strconv.Atoi(labels[LabelNumber])
	return Container{ID: e.Actor.ID, Name: labels["name"], Service: labels[LabelService], Project: labels[LabelProject],
		Number: number, State: "running", Labels: labels}
}

func send[T any](ctx context.Context, to chan<- T, value T) bool {
	select {
	case <-ctx.Done():
		return false
	case to <- value:
		return true
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
