package dev

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/develop"
	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// delivery is what is known of the containers of a service with develop.watch. Trees
// are by the key of their rule.
type delivery struct {
	rules []develop.Rule
	begun map[string]develop.Tree            // what there was when the watch began
	image map[string]develop.Tree            // what its image was made of, as far as is known
	asked map[string]develop.Tree            // what a rebuild was asked for by
	had   map[string]map[string]develop.Tree // what a container has got, by its ID
	// What is owed to the containers that are there, until it has been done.
	restart bool
	runs    []develop.Rule
	unread  map[string]error // by path, what could not be read when it was to be sent
}

// carry goes on with the rules as they are now. What a rule leaves out from now on
// was never there; a rule that is new begins with what there is.
func (d *watcher) carry() {
	before := d.sends
	d.sends = map[string]*delivery{}
	for service, rules := range d.world.rules {
		was := before[service]
		if was == nil {
			was = &delivery{}
		}
		of := func(trees map[string]develop.Tree) map[string]develop.Tree {
			now := map[string]develop.Tree{}
			for _, r := range rules {
				if tree, known := trees[r.Key]; known {
					now[r.Key] = tree.Of(r)
				} else {
					now[r.Key] = r.Look()
				}
			}
			return now
		}
		next := &delivery{rules: rules, begun: of(was.begun), image: of(was.image), asked: of(was.asked), had: map[string]map[string]develop.Tree{}, unread: map[string]error{}}
		for id, trees := range was.had {
			next.had[id] = of(trees)
		}
		next.owe(was)
		d.sends[service] = next
	}
}

// look finds the files of all rules.
func (d *watcher) look() map[string]develop.Tree {
	all := map[string]develop.Tree{}
	for _, one := range d.sends {
		for _, r := range one.rules {
			before, known := d.seen[r.Key]
			if !known {
				before = one.begun[r.Key]
			}
			all[r.Key] = d.lookAgain(r, before)
		}
	}
	d.seen = all
	return all
}

// lookAgain tells once what cannot be read.
func (d *watcher) lookAgain(r develop.Rule, before develop.Tree) develop.Tree {
	tree, err := r.LookAgain(before)
	if err != nil {
		d.warnOnce("service %s: what containers have of this stays as it is: %v", r.Service, err)
	}
	return tree
}

// imageTrees are what the images of all services were made of.
func (d *watcher) imageTrees() map[string]develop.Tree {
	all := map[string]develop.Tree{}
	for _, one := range d.sends {
		maps.Copy(all, one.image)
	}
	return all
}

// imageOf notes what the images of services are made of.
func (d *watcher) imageOf(services []string, trees map[string]develop.Tree) {
	for _, name := range services {
		if one := d.sends[name]; one != nil {
			for _, r := range one.rules {
				if r.Built {
					one.image[r.Key] = trees[r.Key]
				}
			}
		}
	}
}

// ask finds the builds that rules with action rebuild ask for.
func (d *watcher) ask() {
	for service, one := range d.sends {
		for _, r := range one.rules {
			if r.Action != types.WatchActionRebuild {
				continue
			}
			now := d.lookAgain(r, one.asked[r.Key])
			if !now.Since(one.asked[r.Key]).None() {
				d.demand(service)
			}
			one.asked[r.Key] = now
		}
	}
}

// demand has the image of a service built in the next round.
func (d *watcher) demand(service string) {
	for _, b := range d.world.needed {
		if slices.Contains(b.Services, service) {
			d.due[b.Name] = true
		}
	}
}

// redefined has those images built whose sections are others than in the world before.
func (d *watcher) redefined(before *watchState) {
	for _, b := range d.world.needed {
		same := func(was plan.Build) bool { return reflect.DeepEqual(was, b) }
		if !slices.ContainsFunc(before.needed, same) {
			d.due[b.Name] = true
		}
	}
}

// asked are the builds that are made where they have changed.
func (d *watcher) asked() map[string]bool {
	all := maps.Clone(d.world.own)
	maps.Copy(all, d.world.linked(d.due))
	return all
}

// builds reports whether it has to be looked whether something is to be built.
func (d *watcher) builds() bool { return len(d.world.own)+len(d.due) > 0 || d.behind || d.wrong }

// replaced are the services whose containers are made anew in this round.
func (d *watcher) replaced() map[string]bool {
	all := map[string]bool{}
	for _, b := range d.world.needed {
		for _, name := range b.Services {
			all[name] = all[name] || d.due[b.Name]
		}
	}
	return all
}

// deliver sends what has changed to the containers of all services but except, and
// restarts and runs what their rules say. fresh looks for new containers as well.
func (d *watcher) deliver(ctx context.Context, fresh bool, except map[string]bool) {
	now := d.look()
	var turns []*turn
	for _, service := range slices.Sorted(maps.Keys(d.sends)) {
		one := d.sends[service]
		if !except[service] && (fresh || one.behind(now)) {
			turns = append(turns, &turn{d: d, of: one, service: service})
		}
	}
	if len(turns) == 0 || ctx.Err() != nil {
		return
	}
	all, err := d.world.stack.Client.Containers(ctx, d.world.stack.Project.Name)
	if err != nil {
		d.complain(err)
		return
	}
	for _, t := range turns {
		t.alone = len(turns) == 1
		for _, c := range all {
			if c.Service == t.service && c.Labels[docker.LabelOneOff] != "True" && c.Labels[docker.LabelHook] == "" {
				t.containers = append(t.containers, c)
			}
		}
		t.send(ctx, now)
	}
	d.after(ctx, turns)
}

// owe takes over what was owed before the rules were read anew.
func (v *delivery) owe(was *delivery) {
	v.restart = was.restart
	for _, r := range v.rules {
		if slices.ContainsFunc(was.runs, func(one develop.Rule) bool { return one.Key == r.Key }) {
			v.runs = append(v.runs, r)
		}
	}
}

// owes reports whether something is to be done though no file has changed.
func (v *delivery) owes() bool { return v.restart || len(v.runs) > 0 }

// behind reports whether a container has not got what there is, or what is owed.
func (v *delivery) behind(now map[string]develop.Tree) bool {
	if v.owes() {
		return true
	}
	for _, trees := range v.had {
		for _, r := range v.rules {
			if !now[r.Key].Since(trees[r.Key]).None() {
				return true
			}
		}
	}
	return len(v.had) == 0
}
