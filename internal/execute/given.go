package execute

import (
	"context"
	"time"

	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// doneByCompose notes what a call of Compose for one service has come to.
func (r *Runner) doneByCompose(a plan.Compose, service string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch a.Argv[0] {
	case "stop":
		r.halted = append(r.halted, a.Argv[1:]...)
	case "up":
		if r.written == nil {
			r.written = map[string]bool{}
		}
		r.written[service] = true
	}
}

// given are the configs and secrets of the containers that there are. One that was
// there before keeps what is known of it: Compose writes when it starts a container,
// and a file is mounted anew at each start.
func (r *Runner) given(ctx context.Context, s observe.State) map[string]observe.Given {
	all := map[string]observe.Given{}
	for name, now := range s.Given {
		for _, c := range s.Containers[name] {
			given := now
			_, given.Start, _, _ = r.Session.Client.Seen(ctx, c.ID)
			last, known := s.Last.Given[c.ID]
			if known && !r.written[name] {
				given.Written = last.Written
			}
			if known && last.Start.Equal(given.Start) {
				given.Mounted = last.Mounted
			}
			all[c.ID] = given
		}
	}
	return all
}

// keepVolume notes what Compose says of a volume that is not as the files have it.
func (r *Runner) keepVolume(line, warns string) {
	name := ""
	if found := staleVolume.FindStringSubmatch(line); found != nil {
		name = found[1]
	} else if found := othersVolume.FindStringSubmatch(warns); found != nil {
		name = found[2]
	}
	if name == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.volumes == nil {
		r.volumes = map[string]string{}
	}
	r.volumes[name] = warns
}

// keptVolumes are those for the record: what was found in this run, if Compose has
// looked, else what was known.
func (r *Runner) keptVolumes(ctx context.Context, last observe.Record) map[string]observe.KeptVolume {
	if !r.created {
		return last.Volumes
	}
	kept := map[string]observe.KeptVolume{}
	if len(r.volumes) == 0 {
		return kept
	}
	times, err := r.Session.Client.VolumeTimes(ctx)
	if err != nil {
		times = map[string]time.Time{}
	}
	for name, text := range r.volumes {
		kept[name] = observe.KeptVolume{Text: text, Created: times[name]}
	}
	return kept
}
