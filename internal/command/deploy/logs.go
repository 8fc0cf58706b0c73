package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	infracommand "github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/logs"
)

// LogFlags are those of infra:logs.
type LogFlags = infracommand.LogsOptions

// LogsOptions are the flags of deploy:logs: those of infra:logs, and the release.
type LogsOptions struct {
	LogFlags

	Env     string
	Release string // whose logs alone; "" is the one that serves, with the infrastructure
}

// Logs shows the logs of what runs on the server, in one order of time: of the
// release that serves and of the infrastructure, the gateway included. Of a release
// whose containers are gone it shows what was kept.
func Logs(ctx context.Context, w *app.Run, o LogsOptions) error {
	w.SurviveClosedPipe()
	signals := w.Signals
	if o.Follow {
		w = w.WithoutSignals()
	}
	return with(ctx, w, o.Env, "deploy:logs "+o.Env, func(ctx context.Context, op *operation) error {
		if o.Release != "" && len(op.seen.containers[o.Release]) == 0 {
			return op.showKept(ctx, o)
		}
		return infracommand.ShowLogs(ctx, op.run, o.LogFlags, signals, func(context.Context) (infracommand.LogSources, error) { return op.logSources(o) })
	})
}

// logSources are the containers of the release that serves and of the
// infrastructure, or of one release. A container of another release, such as one
// that is about to serve, is called so.
func (o *operation) logSources(flags LogsOptions) (infracommand.LogSources, error) {
	serves := o.seen.current.ID
	if flags.Release != "" {
		serves = flags.Release
	}
	from := infracommand.LogSources{Client: o.engine, Services: o.everyService(),
		Starts: func(ctx context.Context) <-chan docker.Container {
			return o.engine.StartsLabelled(ctx, deploy.LabelProject+"="+o.settings.Name)
		},
		Wanted: func(c docker.Container) bool {
			ours := flags.Release == "" || c.Labels[deploy.LabelRelease] == flags.Release
			return ours && (len(flags.Services) == 0 || slices.Contains(flags.Services, c.Labels[deploy.LabelService]))
		},
		Name: func(c docker.Container) string {
			if release := c.Labels[deploy.LabelRelease]; release != "" && release != serves {
				return logName(c) + "-" + release
			}
			return logName(c)
		}}
	there := map[string]bool{}
	for _, c := range slices.Concat(o.seen.containers[""], o.seen.of(serves)) {
		if from.Wanted(c) {
			from.Containers, there[c.Labels[deploy.LabelService]] = append(from.Containers, c), true
		}
	}
	if err := load.Among(flags.Services, from.Services); err != nil {
		return from, err
	}
	if len(o.seen.containers) == 0 {
		return from, o.nothingDeployed()
	}
	for _, name := range flags.Services {
		if !there[name] {
			_, _ = fmt.Fprintf(o.run.Err, "%s has no container\n", name)
		}
	}
	return from, nil
}

// everyService is what the files or the server know, sorted; the gateway is one.
func (o *operation) everyService() []string {
	names := map[string]bool{deploy.GatewayService: true}
	for _, name := range o.Project.Services() {
		names[name] = true
	}
	for _, list := range o.seen.containers {
		for _, c := range list {
			names[c.Labels[deploy.LabelService]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// showKept shows what was kept of a release when its containers were removed.
func (o *operation) showKept(ctx context.Context, flags LogsOptions) error {
	kept, err := o.store.KeptLogs(ctx, flags.Release)
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		return o.unlogged(flags.Release)
	}
	services := slices.Sorted(maps.Keys(kept))
	if err := load.Among(flags.Services, services); err != nil {
		return err
	}
	lines := map[string][]logs.Line{}
	for name, data := range kept {
		if len(flags.Services) == 0 || slices.Contains(flags.Services, name) {
			lines[name] = logs.Decode(name, data)
		}
	}
	return infracommand.ShowKeptLogs(o.run, flags.LogFlags, services, lines)
}

// unlogged is the error for a release of which there are no logs.
func (o *operation) unlogged(release string) error {
	there, err := o.store.Logged()
	if err != nil {
		return err
	}
	for id := range o.seen.containers {
		if id != "" && !slices.Contains(there, id) {
			there = append(there, id)
		}
	}
	slices.Sort(there)
	slices.Reverse(there)
	f := failure.New(failure.Usage, "there are no logs of a release %s", release)
	if len(there) == 0 {
		return f.WithHint("nothing was deployed: mage deploy:to %s", o.Project.Env)
	}
	return f.WithHint("there are logs of: %s", strings.Join(there, ", "))
}

// nothingDeployed is the error of a target that needs what is not there yet.
func (o *operation) nothingDeployed() error {
	return failure.New(failure.Preflight, "nothing was deployed to %s yet", o.settings.Host).WithHint("mage deploy:to %s", o.Project.Env)
}
