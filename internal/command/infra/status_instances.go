package infra

import (
	"context"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/status"
)

// inspections is how many containers the engine is asked about at once.
const inspections = 8

// addInstances adds to each row its containers, and since when it is what it is.
// The list of containers has no moments, so the engine is asked for each; one
// that does not answer has none.
func addInstances(ctx context.Context, s *load.Session, state observe.State, rows []status.Service) {
	work := pool.New().WithMaxGoroutines(inspections)
	for i := range rows {
		have := state.Containers[rows[i].Name]
		rows[i].Instances = make([]status.Instance, len(have))
		for j, c := range have {
			work.Go(func() {
				started, finished, restarts, err := s.Client.Moments(ctx, c.ID)
				if err != nil {
					started, finished = time.Time{}, time.Time{}
				}
				rows[i].Instances[j] = instance(c, started, finished, restarts)
			})
		}
	}
	work.Wait()
	for i := range rows {
		rows[i].Since = sinceOf(rows[i])
	}
}

func instance(c observe.Container, started, finished time.Time, restarts int) status.Instance {
	i := status.Instance{Container: c.Name, ID: c.ID, Image: c.Reference, State: c.State, Health: c.Health, Restarts: restarts,
		Created: moment(c.Created), Started: moment(started), Finished: moment(finished), Ports: []status.Port{}}
	if i.Image == "" {
		i.Image = c.Image
	}
	if c.State == "exited" || c.State == "dead" {
		i.ExitCode = &c.ExitCode
	}
	for _, p := range c.Ports {
		i.Ports = append(i.Ports, status.Port{IP: p.IP, Host: p.Host, Container: p.Container, Protocol: p.Proto})
	}
	return i
}

func moment(t time.Time) string {
	if t.Unix() <= 0 { // the engine writes the year 1
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// sinceOf is since when the container runs or is ended that the row's state is
// of: the one that it names, else the first.
func sinceOf(row status.Service) string {
	for _, i := range row.Instances {
		if row.Container != "" && row.Container != i.Container {
			continue
		}
		switch i.State {
		case "running", "paused", "restarting":
			return i.Started
		case "exited", "dead":
			return i.Finished
		}
		return i.Created
	}
	return ""
}
