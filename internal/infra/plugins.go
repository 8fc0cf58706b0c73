package infra

import (
	"slices"
	"time"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// hookTimeout is how long a hook may take that does not say.
const hookTimeout = time.Minute

// preUp runs the plugins' hooks before the first start of one of their
// services.
func (u *up) preUp() {
	u.hooks = map[string][]plan.ID{}
	for _, f := range u.p.Fragments() {
		h, has := hook(f, "pre_up")
		if !has || !slices.ContainsFunc(f.Services, func(name string) bool { return u.begins[name] != "" }) {
			continue
		}
		after := u.before
		if u.create != "" {
			after = []plan.Edge{plan.Needs(u.create)}
		}
		u.hook(f, h, "services start", after)
	}
}

// postReady runs the plugins' hooks once all of their services are ready, when
// one of them was not or when what the hook depends on has changed.
func (u *up) postReady() {
	for _, f := range u.p.Fragments() {
		h, has := hook(f, "post_ready")
		var after []plan.Edge
		for _, name := range f.Services {
			if id, awaited := u.ready[name]; awaited {
				after = append(after, plan.Needs(id))
			}
		}
		cause := "services started"
		if len(after) == 0 || !slices.ContainsFunc(f.Services, func(name string) bool { return u.starts[name] != "" }) {
			cause = "values changed"
		}
		if has && (len(after) > 0 || u.changed(f)) && u.has(f) {
			u.hook(f, h, cause, after)
		}
	}
}

// has: the selection has a service of the plugin.
func (u *up) has(f project.Fragment) bool {
	return slices.ContainsFunc(f.Services, func(name string) bool { _, enabled := u.p.Model.Services[name]; return enabled })
}

func (u *up) changed(f project.Fragment) bool {
	return u.s.Last.Digests.Plugins[f.Plugin] != u.o.Digests.Plugins[f.Plugin]
}

// unconfirmed: the plugin has not said that the service is ready since it, or its
// values, changed.
func (u *up) unconfirmed(name string) bool {
	return slices.ContainsFunc(u.p.Fragments(), func(f project.Fragment) bool { return slices.Contains(f.Probed, name) && u.changed(f) })
}

func (u *up) hook(f project.Fragment, h project.Hook, cause string, after []plan.Edge) {
	step := hookStep(f, h, cause, after)
	u.plan.Add(step)
	u.hooks[f.Plugin] = append(u.hooks[f.Plugin], step.ID)
}

func hookStep(f project.Fragment, h project.Hook, cause string, after []plan.Edge) plan.Step {
	if h.Timeout == 0 {
		h.Timeout = hookTimeout
	}
	return plan.Step{ID: plan.ID("hook " + h.Phase + " of plugin " + f.Plugin), Cause: cause, After: after,
		Action: plan.CallHook{Plugin: f.Plugin, Hook: h.Phase, Timeout: h.Timeout}}
}

// hooked are arrows to all hooks.
func (u *up) hooked() []plan.Edge {
	var edges []plan.Edge
	for _, f := range u.p.Fragments() {
		for _, id := range u.hooks[f.Plugin] {
			edges = append(edges, plan.Needs(id))
		}
	}
	return edges
}

func hook(f project.Fragment, phase string) (project.Hook, bool) {
	i := slices.IndexFunc(f.Hooks, func(h project.Hook) bool { return h.Phase == phase })
	if i < 0 {
		return project.Hook{}, false
	}
	return f.Hooks[i], true
}

// preDown runs the plugins' hooks while their services still run, and gives the
// arrows for the stops of these, which come whatever the hooks' outcome.
func (d *down) preDown(s observe.State) {
	d.hooks = map[string]plan.Edge{}
	for _, f := range d.p.Fragments() {
		h, has := hook(f, "pre_down")
		if !has || !slices.ContainsFunc(f.Services, func(name string) bool { return running(s, name) }) {
			continue
		}
		step := hookStep(f, h, "services stop", nil)
		step.Optional = true
		d.plan.Add(step)
		d.hooks[f.Plugin] = plan.Edge{ID: step.ID, Soft: true}
	}
}
