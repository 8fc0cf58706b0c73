package deploy

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// adoption takes a stack over that somebody runs by hand on the server.
type adoption struct {
	*rollout

	made    map[string]docker.Made // by container
	old     []observe.Container    // of the application
	first   []string               // those of them that end before the new serve: their ports are the gateway's, or they must not run twice
	adopted deploy.Adopted
	lines   []string
}

// adopt has what is equal of the infrastructure go on, makes the application a
// release, and gives its ports to the gateway.
func (o *operation) adopt(ctx context.Context, opts SetupOptions) error {
	a := &adoption{rollout: &rollout{operation: o, scope: deploy.Scope{Infra: true, App: true}}, made: map[string]docker.Made{}}
	if len(o.Seen.ByHand) == 0 {
		return failure.New(failure.Preflight, "nothing of the Compose project %s runs by hand on %s", o.Settings.Name, o.Settings.Host).
			WithHint("DEPLOY_NAME has to be its name there; where all was taken over already: mage deploy:to %s", opts.Env)
	}
	began := o.Run.Now()
	if err := a.prepare(ctx, opts.Dry); err != nil {
		return err
	}
	if err := a.compare(ctx); err != nil {
		return err
	}
	t, err := a.todo(ctx)
	if err != nil {
		return err
	}
	if err := a.fits(ctx, t); err != nil {
		return err
	}
	t.lines = append(a.lines, t.lines...)
	if err := a.show(ctx, t); err != nil || opts.Dry {
		return err
	}
	if err := a.agreed(ctx, t, Options{Env: opts.Env, Yes: opts.Yes, YesInfra: opts.YesInfra}); err != nil {
		return err
	}
	return a.locked(ctx, false, func(ctx context.Context) error {
		return a.recorded(ctx, "adopt", began, func() error { return a.carryOut(ctx, t) })
	})
}

// compare finds out which containers are what the Compose files say.
func (a *adoption) compare(ctx context.Context) error {
	a.adopted = deploy.Adopted{Containers: maps.Clone(a.Seen.Adopted.Containers)}
	if a.adopted.Containers == nil {
		a.adopted.Containers = map[string]string{}
	}
	for _, c := range a.Seen.ByHand {
		made, err := a.Engine.Made(ctx, c.ID)
		if err != nil {
			return err
		}
		a.made[c.Name] = made
		switch a.roles[c.Service] {
		case deploy.App:
			a.old = append(a.old, c)
		case deploy.Infra:
			image, _, err := a.Engine.ImageConfig(ctx, made.ImageID)
			if err != nil {
				return err
			}
			a.compareOne(c, made, image.Content == a.found[a.imageOf(c.Service)].content)
		default:
			return failure.New(failure.Preflight, "%s runs the service %s on %s, which the Compose files do not have", c.Name, c.Service, a.Settings.Host).
				WithHint("write it to the Compose files, or remove it there: docker rm -f %s", c.Name)
		}
	}
	a.sayHandOver()
	return a.findBelongings(ctx)
}

// compareOne keeps a container of the infrastructure that is equal; another is made
// anew, as one whose definition has changed.
func (a *adoption) compareOne(c observe.Container, made docker.Made, sameImage bool) {
	hash := a.infra.Services[c.Service].Hash
	differs := deploy.ByHand(made).Differs(a.Project, a.on, c.Service, sameImage)
	if len(differs) > 0 {
		hash = "by hand"
		a.lines = append(a.lines, fmt.Sprintf("%s: differs in %s", c.Name, strings.Join(differs, ", ")))
	} else {
		a.lines = append(a.lines, c.Name+": equal, stays as it is")
		a.adopted.Containers[c.ID] = hash
	}
	a.Seen.Containers[""] = append(a.Seen.Containers[""], a.Labelled(c, hash))
}

// sayHandOver names what of the application ends, and the ports that change hands.
func (a *adoption) sayHandOver() {
	once := deploy.NotTwice(a.release)
	for _, c := range a.old {
		published := len(a.made[c.Name].Ports) > 0
		if published || slices.Contains(once, c.Service) {
			a.first = append(a.first, c.Name)
		}
		a.lines = append(a.lines, c.Name+": replaced by the release, then removed")
	}
	var ports []string
	for _, r := range a.routes {
		ports = append(ports, fmt.Sprint(r.Port))
	}
	slices.Sort(ports)
	slices.Sort(a.first)
	if len(ports) > 0 && len(a.first) > 0 {
		a.lines = append(a.lines, fmt.Sprintf("ports %s: handed over to the gateway, which interrupts them once for some seconds", strings.Join(slices.Compact(ports), ", ")))
	}
}

// findBelongings remembers which networks and volumes are there, and has the models
// use them as they are.
func (a *adoption) findBelongings(ctx context.Context) error {
	networks, err := a.Engine.Networks(ctx, a.Settings.Name)
	if err != nil {
		return err
	}
	for _, n := range networks {
		a.adopted.Networks = append(a.adopted.Networks, n.Name)
	}
	if a.adopted.Volumes, err = a.Engine.Volumes(ctx, a.Settings.Name); err != nil {
		return err
	}
	a.Seen.Adopted = a.adopted
	return a.models(ctx)
}

// carryOut does it. Until the ports are handed over nothing of the old is touched but
// infrastructure that differs; a failure after that starts the old again.
func (a *adoption) carryOut(ctx context.Context, t todo) error {
	data, err := json.MarshalIndent(a.adopted, "", "  ")
	if err != nil {
		return err
	}
	if err := a.Store.Write(ctx, remote.AdoptedFile, data); err != nil {
		return err
	}
	if err := a.walk(ctx, a.atServer(), t.before, "prepare"); err != nil {
		return a.unserved(ctx, err)
	}
	remake := slices.DeleteFunc(t.remake(), func(name string) bool { return name == deploy.GatewayService })
	if err := a.bringStack(ctx, remake, true); err != nil {
		return a.unserved(ctx, err)
	}
	if !t.Release { // a run that was cut short had it serve
		a.release = a.from
		if err := a.settle(ctx, t); err != nil {
			return err
		}
		return a.end(ctx, 0)
	}
	a.again = func(context.Context) error { return nil } // it has not been touched
	if err := a.start(ctx); err != nil {
		return a.undo(ctx, err)
	}
	closed := a.Run.Now()
	took, err := a.takePorts(ctx, closed)
	if err != nil {
		if failure.CodeOf(err) == failure.Unexpected && !errors.Is(err, ssh.ErrBroken) {
			err = failure.New(failure.NotReady, "the release does not serve through the gateway: %w", err)
		}
		return a.undo(ctx, err)
	}
	return a.end(ctx, took)
}

// end takes away what served before, and what runs that were cut short have left.
func (a *adoption) end(ctx context.Context, took time.Duration) error {
	if err := a.removeOld(ctx); err != nil {
		return err
	}
	if err := a.Store.Write(ctx, stackFile, a.stack); err != nil {
		return err
	}
	for _, id := range a.toRemove() {
		if err := a.remove(ctx, id); err != nil {
			return err
		}
	}
	if err := a.forgetUnserved(ctx); err != nil {
		return err
	}
	if took > 0 {
		_ = a.Run.Say("the ports were handed over in %s\n", report.Took(took))
	}
	return a.Run.Say("release %s serves on %s\n", a.release.ID, a.Settings.Host)
}

// bringStack brings infrastructure to ready, the gateway only where its ports are
// free. Containers of other services are left alone.
func (a *adoption) bringStack(ctx context.Context, remake []string, withoutGateway bool) error {
	text := a.stack
	if withoutGateway {
		var err error
		if text, err = deploy.Without(text, deploy.GatewayService); err != nil {
			return err
		}
	}
	stack, err := a.OnServer(ctx, "infra.yml", text)
	if err != nil || len(stack.Project.Services()) == 0 {
		return err
	}
	return a.bring(ctx, stack, infra.UpOptions{Recreate: remake, Alone: true})
}

// takePorts stops what has the ports, starts the gateway there and switches to the
// release. It returns how long that took.
func (a *adoption) takePorts(ctx context.Context, closed time.Time) (time.Duration, error) {
	if len(a.first) > 0 {
		a.again = a.startOld
		p := plan.Plan{Project: a.Settings.Name}
		addStop(&p, "its ports are the gateway's", a.first)
		if err := a.walk(ctx, a.atServer(), p, "hand over"); err != nil {
			return 0, err
		}
	}
	if len(a.routes) > 0 {
		if err := a.bringStack(ctx, []string{deploy.GatewayService}, false); err != nil {
			return 0, err
		}
	}
	if err := a.switchOver(ctx, 0); err != nil {
		return 0, err
	}
	took := a.Run.Now().Sub(closed)
	if len(a.first) == 0 || len(a.routes) == 0 {
		took = 0
	}
	if a.Settings.Watch == 0 {
		return took, nil
	}
	p := plan.Plan{Project: a.Settings.Name}
	p.Add(plan.Step{ID: "watch release", Cause: "what ran by hand is still there", Action: plan.WatchRelease{Release: a.release.ID, For: a.Settings.Watch}})
	return took, a.walk(ctx, a.atServer(), p, "watch")
}

// startOld is the way back: the gateway gives the ports up, and what had them starts
// again as it was.
func (a *adoption) startOld(ctx context.Context) error {
	if err := a.LookForContainers(ctx); err != nil {
		return err
	}
	p := plan.Plan{Project: a.Settings.Name}
	var after []plan.Edge
	for _, c := range a.Seen.Containers[""] {
		if c.Labels[deploy.LabelService] == deploy.GatewayService {
			p.Add(plan.Step{ID: "stop gateway", Cause: "the ports go back", Action: plan.StopContainers{Names: []string{c.Name}}})
			p.Add(plan.Step{ID: "remove gateway", After: []plan.Edge{plan.Needs("stop gateway")}, Action: plan.RemoveContainers{Names: []string{c.Name}}})
			after = []plan.Edge{plan.Needs("remove gateway")}
		}
	}
	policies := map[string]string{}
	for _, name := range a.first {
		policies[name] = cmp.Or(a.made[name].Restart, "no")
	}
	addStart(&p, after, "the release does not serve", policies)
	return a.walk(ctx, a.atServer(), p, "what ran by hand")
}

// removeOld removes the containers of the application that ran by hand. From here on
// there is no way back to them.
func (a *adoption) removeOld(ctx context.Context) error {
	a.again = nil
	var names []string
	for _, c := range a.old {
		names = append(names, c.Name)
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	p := plan.Plan{Project: a.Settings.Name}
	p.Add(plan.Step{ID: "stop by hand", Cause: "the release serves", Action: plan.StopContainers{Names: names}})
	p.Add(plan.Step{ID: "remove by hand", After: []plan.Edge{plan.Needs("stop by hand")}, Action: plan.RemoveContainers{Names: names}})
	return a.walk(ctx, a.atServer(), p, "what ran by hand")
}
