package execute

import (
	"context"
	"slices"
	"time"

	"github.com/compose-spec/compose-go/v2/types"

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
// and a file is mounted anew at each start. What is known of services that this run
// is not about stays.
func (r *Runner) given(ctx context.Context, s observe.State) map[string]observe.Given {
	all := map[string]observe.Given{}
	for name, have := range s.Containers {
		for _, c := range have {
			if last, known := s.Last.Given[c.ID]; known && !r.Session.Project.Enabled(name) {
				all[c.ID] = last
			}
		}
	}
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

// looksAt notes which volumes a create of Compose looks at: those of the services that
// it names, all of the model where it names none.
func (r *Runner) looksAt(argv []string) {
	p := r.Session.Project
	named := slices.DeleteFunc(slices.Clone(argv[1:]), func(word string) bool { return !p.Enabled(word) })
	if len(named) == 0 {
		named = p.Services()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.looked == nil {
		r.looked = map[string]bool{}
	}
	for _, name := range named {
		for _, mount := range p.Model.Services[name].Volumes {
			if volume, ok := p.Model.Volumes[mount.Source]; ok && mount.Type == types.VolumeTypeVolume {
				r.looked[volume.Name] = true
			}
		}
	}
}

// keptVolumes are those for the record: what was found in this run of those that
// Compose has looked at, and what was known of the others.
func (r *Runner) keptVolumes(ctx context.Context, last observe.Record) map[string]observe.KeptVolume {
	kept := map[string]observe.KeptVolume{}
	for name, known := range last.Volumes {
		if !r.looked[name] {
			kept[name] = known
		}
	}
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
