package execute

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// markReady notes that this start of the container was seen ready, or ended well.
func (r *Runner) markReady(ctx context.Context, name string) {
	id, at, running, err := r.Session.Client.Seen(ctx, name)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if running {
		r.seen.Prove(id, at, r.Session.Run.Now())
	} else {
		r.seen.End(id, at)
	}
}

// stop stops a container, after the hooks of its service, and notes that its end was
// asked for. A hook that fails keeps it running.
func (r *Runner) stop(ctx context.Context, service, name string, a plan.StopContainers) error {
	id, at, running, seen := r.Session.Client.Seen(ctx, name)
	if running && a.PreStop > 0 {
		if err := r.preStop(ctx, service, name); err != nil {
			return err
		}
	}
	err := r.Session.Client.Stop(ctx, name)
	if err != nil && ctx.Err() != nil { // the engine goes on with it for nobody
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ending = append(r.ending, name)
	}
	if err == nil && seen == nil && running {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen.Stop(id, at)
	}
	return err
}

// unhook notes of the containers of a service that run that Compose, which starts
// them and then runs their post_start hooks, has failed. It says no more than that. Which
// there are the engine says: where a replica was lost, its number is nobody's.
func (r *Runner) unhook(ctx context.Context, service string) {
	state, err := r.Session.Observe(ctx)
	if err != nil {
		return // as who looks next is told
	}
	for _, c := range state.Containers[service] {
		if id, at, running, err := r.Session.Client.Seen(ctx, c.ID); err == nil && running {
			r.mu.Lock()
			r.seen.Unhook(id, at)
			r.mu.Unlock()
		}
	}
}

// record remembers the digests, so that the next run finds nothing to do, and
// forgets containers that are gone.
func (r *Runner) record(ctx context.Context) error {
	state, err := r.Session.Observe(ctx)
	if err != nil {
		return err
	}
	next := state.Last.Merge(r.Digests)
	next.Given = r.given(ctx, state)
	if r.Held != nil {
		next.Held = r.Held
	}
	next.Contents = observe.Contents(ctx, r.Session.Client, state)
	next.Volumes = r.keptVolumes(ctx, state.Last)
	next.Hashes = map[string]string{}
	there := map[string]bool{}
	for name, have := range state.Containers {
		next.Hashes[name] = have[0].ConfigHash
		for _, c := range have {
			there[c.ID] = true
		}
	}
	next.Forget(func(id string) bool { return !there[id] })
	r.Session.Run.NoteUnsaved(observe.WriteRecord(observe.RecordPath(r.Session.Project), next))
	return nil
}

// SaveRecord adds what was seen to the record, however the run ended.
func (r *Runner) SaveRecord() {
	conflicts := r.prober.Conflicts()
	if r.seen.Empty() && len(r.open)+len(r.halted)+len(conflicts) == 0 {
		return
	}
	last := observe.ReadRecord(r.Session.Project)
	if !r.unfinished(last) && r.seen.Empty() && len(r.halted)+len(conflicts) == 0 {
		return
	}
	for _, check := range conflicts {
		last.LeaveToDocker(check)
	}
	for _, name := range r.halted {
		delete(last.Digests.Services, name)
	}
	last.Version, last.Released = 1, false
	last.Add(r.seen)
	r.Session.Run.NoteUnsaved(observe.WriteRecord(observe.RecordPath(r.Session.Project), last))
}

// begin and end count what a plugin has begun in this run: one that is not
// through with all of it is asked again by the next.
func (r *Runner) begin(plugin string) { r.count(plugin, 1) }

func (r *Runner) end(plugin string) { r.count(plugin, -1) }

func (r *Runner) count(plugin string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = map[string]int{}
	}
	r.open[plugin] += n
}

// unfinished drops the digests of plugins that were not through from a record.
func (r *Runner) unfinished(last observe.Record) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	dropped := false
	for plugin, n := range r.open {
		if n > 0 {
			delete(last.Digests.Plugins, plugin)
			dropped = true
		}
	}
	return dropped
}
