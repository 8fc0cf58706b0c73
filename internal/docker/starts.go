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
// is missed; one may come twice.
func (c *Client) Starts(ctx context.Context, project string) <-chan Container {
	return c.StartsLabelled(ctx, LabelProject+"="+project)
}

// StartsLabelled is Starts for the containers with a label NAME=VALUE.
func (c *Client) StartsLabelled(ctx context.Context, label string) <-chan Container {
	starts := make(chan Container)
	go func() {
		defer close(starts)
		for ctx.Err() == nil {
			c.sendStarts(ctx, label, starts)
			pause(ctx, 100*time.Millisecond)
		}
	}()
	return starts
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
