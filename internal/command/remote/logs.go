package remote

import (
	"context"
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
	return w.Objects(o.JSON, infracommand.LogsFailed, func(w *app.Run) error {
		return With(ctx, w, o.Env, "deploy:logs "+o.Env, func(ctx context.Context, op *Operation) error {
			if o.Release != "" && len(op.Seen.Containers[o.Release]) == 0 {
				return op.showKept(ctx, o)
			}
			return infracommand.ShowLogs(ctx, op.Run, o.LogFlags, signals, func(context.Context) (infracommand.LogSources, error) { return op.logSources(o) })
		})
	})
}

// logSources are the containers of the release that serves and of the
// infrastructure, or of one release. A container of another release, such as one
// that is about to serve, is called so.
func (o *Operation) logSources(flags LogsOptions) (infracommand.LogSources, error) {
	serves := o.Seen.Current.ID
	if flags.Release != "" {
		serves = flags.Release
	}
	from := infracommand.LogSources{Client: o.Engine, Services: o.everyService(), Mask: o.Project.MaskValues,
		Starts: func(ctx context.Context, lost func(error)) <-chan docker.Container {
			return o.Engine.StartsLabelled(ctx, deploy.LabelProject+"="+o.Settings.Name, lost)
		},
		Wanted: func(c docker.Container) bool {
			ours := flags.Release == "" || c.Labels[deploy.LabelRelease] == flags.Release
			return ours && (len(flags.Services) == 0 || slices.Contains(flags.Services, c.Labels[deploy.LabelService]))
		},
		Service: func(c docker.Container) string { return c.Labels[deploy.LabelService] },
		Name: func(c docker.Container) string {
			if release := c.Labels[deploy.LabelRelease]; release != "" && release != serves {
				return LogName(c) + "-" + release
			}
			return LogName(c)
		}}
	there := map[string]bool{}
	for _, c := range slices.Concat(o.Seen.Containers[""], o.Seen.Of(serves)) {
		if from.Wanted(c) {
			from.Containers, there[c.Labels[deploy.LabelService]] = append(from.Containers, c), true
		}
	}
	if err := load.Among(flags.Services, from.Services); err != nil {
		return from, err
	}
	if len(o.Seen.Containers) == 0 {
		return from, o.nothingDeployed()
	}
	for _, name := range flags.Services {
		if !there[name] {
			o.Run.Tell("%s has no container", name)
		}
	}
	return from, nil
}

// everyService is what the files or the server know, sorted; the gateway is one.
func (o *Operation) everyService() []string {
	names := map[string]bool{deploy.GatewayService: true}
	for _, name := range o.Project.Services() {
		names[name] = true
	}
	for _, list := range o.Seen.Containers {
		for _, c := range list {
			names[c.Labels[deploy.LabelService]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// showKept shows what was kept of a release when its containers were removed.
func (o *Operation) showKept(ctx context.Context, flags LogsOptions) error {
	kept, err := o.Store.KeptLogs(ctx, flags.Release)
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
	return infracommand.ShowKeptLogs(o.Run, flags.LogFlags, services, lines, o.Project.MaskValues)
}

// unlogged is the error for a release of which there are no logs.
func (o *Operation) unlogged(release string) error {
	there, err := o.Store.Logged()
	if err != nil {
		return err
	}
	for id := range o.Seen.Containers {
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
func (o *Operation) nothingDeployed() error {
	return failure.New(failure.Preflight, "nothing was deployed to %s yet", o.Settings.Host).WithHint("mage deploy:to %s", o.Project.Env)
}
