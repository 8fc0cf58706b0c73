package infra

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/report"
)

// refresh is how often infra:stats -follow looks.
const refresh = 2 * time.Second

// StatsOptions are the flags of infra:stats.
type StatsOptions struct{ Follow, JSON bool }

// Stats shows what each running container takes. With Follow it goes on
// until it is interrupted, which is its ordinary end.
func Stats(ctx context.Context, w *app.Run, o StatsOptions) error {
	w.SurviveClosedPipe()
	name := ""
	failed := func(text string, code int) any {
		return report.Stats{Version: 1, Project: name, Error: text, ExitCode: code}
	}
	return w.OneDocument(o.JSON, failed, func(one *app.Run) error {
		if !o.Follow {
			return load.With(ctx, one, statsOptions, func(ctx context.Context, s *load.Session) error {
				name = s.Project.Name
				_, err := stats(ctx, s, o, 0)
				return app.IgnoreClosedPipe(err)
			})
		}
		// Each look is a document; why there is no further one is the last.
		return load.With(ctx, w.WithoutSignals(), statsOptions, func(ctx context.Context, s *load.Session) error {
			name = s.Project.Name
			ctx, stop := app.UntilSignal(ctx, w.OwnSignals(w.Signals))
			defer stop()
			return app.EndedBySignal(ctx, app.IgnoreClosedPipe(followStats(ctx, s, o)))
		})
	})
}

// statsOptions: what runs is looked at, whatever the files say now.
var statsOptions = load.Options{Profiles: []string{"*"}, Degraded: true, Running: true}

// followStats shows again and again: in place on a terminal, else one after
// the other.
func followStats(ctx context.Context, s *load.Session, o StatsOptions) error {
	ticks := time.NewTicker(refresh)
	defer ticks.Stop()
	for shown := 0; ; {
		var err error
		if shown, err = stats(ctx, s, o, shown); err != nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// stats shows once, over the last show of so many lines where that is a
// terminal, and returns how many there are now.
func stats(ctx context.Context, s *load.Session, o StatsOptions, over int) (lines int, err error) {
	state, err := s.Observe(ctx)
	if err != nil {
		return 0, err
	}
	load.WarnOthers(ctx, s, state)
	rows, err := usage(ctx, s, state)
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if err != nil {
		return 0, err
	}
	if o.JSON {
		return 0, report.Document(s.Run.Out, report.Stats{Version: 1, Project: s.Project.Name, Containers: rows})
	}
	var b bytes.Buffer
	if s.Run.OutTerminal && over > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", over)
	}
	if s.Run.OutTerminal && o.Follow { // a wrapped line would be two to go back over
		b.WriteString("\x1b[?7l")
		defer func() { _, _ = io.WriteString(s.Run.Out, "\x1b[?7h") }()
	}
	if len(rows) == 0 {
		b.WriteString("nothing is running\n")
	} else if err := report.UsageTable(&b, s.Run.Format(false).Tables, rows); err != nil {
		return 0, err
	}
	lines = strings.Count(b.String(), "\n")
	if o.Follow && !s.Run.OutTerminal {
		b.WriteByte('\n')
	}
	_, err = s.Run.Out.Write(b.Bytes())
	return lines, err
}

// usage asks for all running containers at once, since each answer takes the
// engine a second. One that ends in the meantime is left out. The error is that of
// an engine that does not answer.
func usage(ctx context.Context, s *load.Session, state observe.State) ([]report.Usage, error) {
	var rows []*report.Usage
	group := pool.New().WithErrors().WithFirstError()
	for _, service := range state.Services() {
		for _, c := range state.Containers[service] {
			if c.State != "running" {
				continue
			}
			row := &report.Usage{Service: service, Container: c.Name, ServiceLabel: service}
			if len(state.Containers[service]) > 1 {
				row.ServiceLabel = fmt.Sprintf("%s-%d", service, c.Number)
			}
			rows = append(rows, row)
			group.Go(func() error { return measure(ctx, s, c, row) })
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var list []report.Usage
	for _, row := range rows {
		if row.Container != "" {
			list = append(list, *row)
		}
	}
	return list, nil
}

// measure fills a row in, or clears it where the container is gone.
func measure(ctx context.Context, s *load.Session, c observe.Container, row *report.Usage) error {
	u, err := s.Client.Usage(ctx, c.ID)
	if docker.IsLost(err) {
		return err
	}
	if err != nil {
		*row = report.Usage{}
		return nil
	}
	row.CPUPercent, row.MemoryBytes, row.MemoryLimit = u.CPU, u.Memory, u.MemoryLimit
	row.NetworkIn, row.NetworkOut, row.Processes = u.NetworkIn, u.NetworkOut, u.Processes
	row.DiskRead, row.DiskWritten = u.DiskRead, u.DiskWritten
	return nil
}
