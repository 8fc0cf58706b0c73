package snapshot

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Scope is what a project's snapshot is of.
type Scope struct {
	Digest  string
	Volumes map[string]string // engine's names by the keys of the Compose files
	Held    []string          // one-shots whose work is all in these volumes, sorted
	// Services are those that have to run for it: the held one-shots and what
	// they depend on, and whoever writes to the volumes. Sorted.
	Services []string
	Images   []string // of these services, whose shell may copy
	Why      string   // why Held lacks a one-shot; "" where it lacks none
}

// completed is the condition that makes a service a one-shot.
const completed = types.ServiceConditionCompletedSuccessfully

// choice is what x-spellbook says of a service: snapshot: true makes a one-shot of what
// nobody waits for, false leaves a service and its volumes out.
func choice(s types.ServiceConfig) string {
	all, _ := s.Extensions["x-spellbook"].(map[string]any)
	if word, there := all["snapshot"]; there {
		return fmt.Sprint(word)
	}
	return ""
}

// Of finds the scope of a project; images are the engine's configurations of its
// services' images, by reference. Bound files are read.
func Of(p *project.Project, images map[string]docker.ImageConfig) (Scope, error) {
	f := &finder{p: p, images: images, whole: map[string]string{}}
	f.oneShots()
	f.volumes()
	f.held()
	s := Scope{Held: f.heldOnes, Why: f.why, Volumes: map[string]string{}}
	f.involved(&s)
	if len(s.Volumes) == 0 {
		return Scope{Why: f.why}, nil
	}
	var err error
	s.Digest, err = digest(p, s, images)
	return s, err
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

type finder struct {
	p        *project.Project
	images   map[string]docker.ImageConfig
	shots    map[string]bool
	whole    map[string]string // services that keep data: "" where all of it is in named volumes, else why not
	heldOnes []string
	why      string
}

func (f *finder) oneShots() {
	f.shots = map[string]bool{}
	for _, name := range f.p.Services() {
		if choice(f.p.Model.Services[name]) == "true" {
			f.shots[name] = true
		}
		for _, d := range f.p.Dependencies(name) {
			if d.Condition == completed {
				f.shots[d.On] = true
			}
		}
	}
	maps.DeleteFunc(f.shots, func(name string, _ bool) bool { return choice(f.p.Model.Services[name]) == "false" })
}

// volumes finds which services keep all of their data in named volumes.
func (f *finder) volumes() {
	for _, name := range f.p.Services() {
		s := f.p.Model.Services[name]
		if why := f.outside(s, f.shots[name]); why != "" {
			f.whole[name] = why
		} else if len(named(f.p, s)) > 0 {
			f.whole[name] = ""
		}
	}
}

// outside says where a service keeps data that no copy of named volumes has; "" where
// nowhere. What a one-shot alone can see is gone when it ends.
func (f *finder) outside(s types.ServiceConfig, shot bool) string {
	if choice(s) == "false" {
		return "x-spellbook: snapshot is false"
	}
	var at []string
	for _, v := range s.Volumes {
		at = append(at, path.Clean(v.Target))
		if v.Type != types.VolumeTypeVolume {
			continue
		}
		switch volume := f.p.Model.Volumes[v.Source]; {
		case v.Source == "" && shot:
		case v.Source == "":
			return "it has a volume without a name"
		case bool(volume.External):
			return "volume " + v.Source + " is external"
		case volume.Driver != "" && volume.Driver != "local" || len(volume.DriverOpts) > 0:
			return "volume " + v.Source + " has a driver of its own"
		}
	}
	for _, target := range f.images[s.Image].Volumes {
		covered := slices.ContainsFunc(append(at, tmpfs(s)...), func(mounted string) bool {
			return mounted == target || strings.HasPrefix(target, strings.TrimSuffix(mounted, "/")+"/")
		})
		if !covered && !shot {
			return "its image keeps " + target + " in a volume without a name"
		}
	}
	return ""
}

func tmpfs(s types.ServiceConfig) (at []string) {
	for _, one := range s.Tmpfs {
		target, _, _ := strings.Cut(one, ":")
		at = append(at, path.Clean(target))
	}
	return at
}

// named are a service's named volumes: engine's names by key.
func named(p *project.Project, s types.ServiceConfig) map[string]string {
	list := map[string]string{}
	for _, v := range s.Volumes {
		if v.Type == types.VolumeTypeVolume && v.Source != "" {
			list[v.Source] = firstOf(p.Model.Volumes[v.Source].Name, p.Name+"_"+v.Source)
		}
	}
	return list
}

// held finds the one-shots that need not run again: they have something to write to, and
// all that they can reach by depends_on keeps its data where the copy has it.
func (f *finder) held() {
	for _, name := range slices.Sorted(maps.Keys(f.shots)) {
		stores := false
		lost := ""
		for _, on := range f.closure(name) {
			why, keeps := f.whole[on]
			stores = stores || keeps && why == ""
			switch {
			case why != "":
				lost = on + ": " + why
			case !keeps && !f.shots[on]:
				lost = on + " keeps its data in no named volume"
			}
		}
		if stores && lost == "" {
			f.heldOnes = append(f.heldOnes, name)
		} else if lost != "" {
			f.why = name + " runs in each stack: " + lost
		}
	}
}

// closure is a service and all that it depends on, near or far.
func (f *finder) closure(name string) (list []string) {
	var add func(string)
	add = func(name string) {
		if slices.Contains(list, name) {
			return
		}
		list = append(list, name)
		for _, d := range f.p.Dependencies(name) {
			add(d.On)
		}
	}
	add(name)
	return list
}

// involved are the services that a snapshot needs, and their volumes: of those which
// somebody else writes to as well, none is taken that is not written whole.
func (f *finder) involved(s *Scope) {
	set := map[string]bool{}
	for _, name := range f.heldOnes {
		for _, on := range f.closure(name) {
			set[on] = true
		}
	}
	for name, why := range f.whole {
		if why == "" && f.alone(name) {
			set[name] = true
		}
	}
	for name := range set {
		maps.Copy(s.Volumes, named(f.p, f.p.Model.Services[name]))
		if image := f.p.Model.Services[name].Image; !slices.Contains(s.Images, image) {
			s.Images = append(s.Images, image)
		}
	}
	s.Services = slices.Sorted(maps.Keys(set))
	slices.Sort(s.Images)
}

// alone: a service that keeps data is no application's: it is built nowhere here, waits for
// no one-shot, and depends on nothing that keeps data elsewhere.
func (f *finder) alone(name string) bool {
	return f.p.Model.Services[name].Build == nil && !slices.ContainsFunc(f.closure(name), func(on string) bool {
		why, keeps := f.whole[on]
		return f.shots[on] || !keeps || why != ""
	})
}
