package infra

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Logs shows the logs of all services in one order of time.
func (Infra) Logs(ctx context.Context,
	services *string, // only these, comma separated
	follow *bool, // go on with what is logged from now on, until Ctrl-C
	tail *int, // how many lines of each container, -1 for all (100, or all with -since)
	since *string, // only what is younger: 10m, or 2026-01-31T15:04:05
	grep *string, // only lines that match a regular expression
	json *bool, // a JSON object a line on standard output
) error {
	return target.Exit(infra.Logs(ctx, target.Run(), infra.LogsOptions{Services: target.List(services), Follow: target.Value(follow),
		Tail: tail, Since: target.Value(since), Grep: target.Value(grep), JSON: target.Value(json)}))
}

// Stats shows the CPU, memory, network and disk use of each service.
func (Infra) Stats(ctx context.Context,
	follow *bool, // again every 2 seconds, until Ctrl-C
	json *bool, // one JSON document on standard output
) error {
	return target.Exit(infra.Stats(ctx, target.Run(), infra.StatsOptions{Follow: target.Value(follow), JSON: target.Value(json)}))
}

// Config shows the Compose files as they are resolved, secrets masked.
func (Infra) Config(ctx context.Context,
	json *bool, // as JSON
) error {
	return infra.Config(ctx, target.Run(), target.Value(json))
}

// Graph prints the dependencies of the services.
func (Infra) Graph(ctx context.Context,
	format *string, // mermaid or dot (mermaid)
	json *bool, // one JSON document on standard output
) error {
	return infra.Graph(ctx, target.Run(), infra.GraphOptions{Format: target.Value(format), JSON: target.Value(json)})
}

// Timeline shows what the last infra:up spent its time on.
func (Infra) Timeline(ctx context.Context,
	json *bool, // one JSON document on standard output
	html *string, // write a page to this file
) error {
	return infra.Timeline(ctx, target.Run(), target.Value(json), target.Value(html))
}

// Pull pulls the images of the services.
func (Infra) Pull(ctx context.Context,
	services *string, // only these, comma separated
	dry *bool, // print the plan and change nothing
) error {
	return infra.Pull(ctx, target.Run(), target.List(services), target.Value(dry))
}
