package image

import (
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// What becomes of a build.
const (
	Make   = "build"  // BuildKit has to be asked
	Name   = "tag"    // the image is there, a name is missing or is another's
	Exists = "exists" // nothing is to be done
)

// State is what is known of the images: the IDs of those that the engine has,
// by reference, and the digests of those in a registry.
type State struct {
	Engine   map[string]string
	Registry map[string]string
	Names    map[string][]string // of an image of the engine, by its ID
	// Last are the records of the last builds, by the build's name.
	Last map[string]Record
}

// Options are the choices of build:backend.
type Options struct {
	Force bool
	Push  string // the registry, with a path in it where there is one
	// Keyed images get the name with the key alone: those of another machine, whose
	// names here are this machine's own.
	Keyed bool
	// Multi: the engine keeps several platforms under one name, as containerd's
	// image store does.
	Multi bool
}

// Verdict is what becomes of one build, and why.
type Verdict struct {
	Build    plan.Build
	Key      string
	Image    string // repository:key, what is made or is there; in the registry where it is Spread
	Spread   bool   // see Options.Spread
	State    string // Make, Name or Exists
	Cause    string
	ID       string   // of the image that is there; "" where there is none
	Misnamed []string // the names that are missing or are another image's
}

// Judge decides over each build. records are those of now, by build.
func Judge(builds []plan.Build, records map[string]Record, s State, o Options) []Verdict {
	list := make([]Verdict, 0, len(builds))
	for _, b := range builds {
		list = append(list, judge(b, records[b.Name], s, o))
	}
	return list
}

func judge(b plan.Build, r Record, s State, o Options) Verdict {
	v := Verdict{Build: b, Key: r.Key, Image: KeyTag(b, r.Key)}
	there, names, main := s.Engine, b.Tags, v.Image
	if o.Spread(b) {
		main, names, there = Pushed(o.Push, v.Image), PushedAll(o.Push, b.Tags), s.Registry
	}
	if o.Keyed {
		names = nil
	}
	v.ID = there[main]
	switch {
	case o.Force:
		v.State, v.Cause = Make, "forced"
	case len(r.Remote) > 0:
		v.State, v.Cause = Make, "remote input "+r.Remote[0]
	case v.ID == "":
		v.State, v.Cause = Make, absent(r, s.Last[b.Name])
	default:
		v.State, v.Misnamed = Exists, misnamed(names, there, v.ID)
		if len(v.Misnamed) > 0 {
			v.State, v.Cause = Name, "image is there as "+v.Image
		}
		if name := s.foreign(v.Misnamed); name != "" {
			v.State, v.Cause = Make, name+" was built by something else"
		}
	}
	if o.Keyed && v.State == Make {
		v.Cause += " for " + strings.Join(b.Platforms, ", ")
	}
	v.Spread = o.Spread(b)
	if v.Spread && v.State == Name { // a registry's names are BuildKit's to move
		v.State = Make
	}
	return v
}

// foreign is the first of names whose image was not named here: it has no key.
// What is in it nobody knows; it may well be newer than what we have.
func (s State) foreign(names []string) string {
	for _, name := range names {
		keyed := func(of string) bool {
			_, tag := SplitTag(of)
			return IsKey(tag)
		}
		if id := s.Engine[name]; id != "" && !slices.ContainsFunc(s.Names[id], keyed) {
			return name
		}
	}
	return ""
}

// Spread images are of several platforms, and the builder itself pushes them to a
// registry: most engines keep one platform under a name.
func (o Options) Spread(b plan.Build) bool { return len(b.Platforms) > 1 && (o.Push != "" || !o.Multi) }

// absent says why an image has to be made.
func absent(now, last Record) string {
	switch last.Key {
	case "":
		return "no image yet"
	case now.Key:
		return "image is gone"
	}
	return Summary(Explain(last, now))
}

func misnamed(names []string, there map[string]string, id string) []string {
	var list []string
	for _, name := range names {
		if there[name] != id {
			list = append(list, name)
		}
	}
	return list
}

// Pushed is an image's name in a registry; a registry of its own is replaced.
func Pushed(registry, ref string) string {
	if registry == "" {
		return ref
	}
	if first, rest, found := strings.Cut(ref, "/"); found && (strings.ContainsAny(first, ".:") || first == "localhost") {
		ref = rest
	}
	return strings.TrimSuffix(registry, "/") + "/" + ref
}

// PushedAll are the names of Pushed.
func PushedAll(registry string, refs []string) []string {
	list := make([]string, 0, len(refs))
	for _, ref := range refs {
		list = append(list, Pushed(registry, ref))
	}
	return list
}

// Plan is what has to be done for the verdicts; all are the builds that others
// may be linked to.
func Plan(name string, verdicts []Verdict, all []plan.Build, o Options) (plan.Plan, error) {
	p := plan.Plan{Project: name}
	for _, v := range verdicts {
		var after []plan.Edge
		if step, ok := v.step(all, o); ok {
			p.Add(step)
			after = []plan.Edge{plan.Needs(step.ID)}
		}
		if o.Push != "" && !o.Spread(v.Build) {
			push(&p, v, after, o)
		}
	}
	return p, p.Validate()
}

// MakeID is the step that makes a build's image, NameID the one that names it.
func MakeID(b plan.Build) plan.ID { return plan.ID("build image " + b.Tags[0]) }

// NameID is the step that gives a build's image its names.
func NameID(b plan.Build) plan.ID { return plan.ID("tag image " + b.Tags[0]) }

// step makes or names the image; ok is false where there is nothing to do.
func (v Verdict) step(all []plan.Build, o Options) (plan.Step, bool) {
	b := v.Build
	switch v.State {
	case Make:
		key := KeyTag(b, v.Key)
		if o.Keyed {
			b.Repository, b.Tags = Repository(b), nil
		}
		b.Tags = append([]string{key}, b.Tags...)
		if o.Spread(b) {
			b.Tags = PushedAll(o.Push, b.Tags)
		}
		return plan.Step{ID: MakeID(v.Build), Cause: v.Cause,
			Action: plan.BuildImage{Build: b, Others: linked(b, all), Registry: o.Spread(b)}}, true
	case Name:
		return plan.Step{ID: NameID(v.Build), Cause: v.Cause,
			Action: plan.TagImage{Source: v.Image, Tags: v.Misnamed}}, true
	}
	return plan.Step{}, false
}

// push names the image for the registry and pushes it under all its names.
func push(p *plan.Plan, v Verdict, after []plan.Edge, o Options) {
	refs := PushedAll(o.Push, append([]string{v.Image}, v.Build.Tags...))
	name := NameID(v.Build) + plan.ID(" for "+o.Push)
	p.Add(plan.Step{ID: name, Cause: "requested", After: after, Action: plan.TagImage{Source: v.Image, Tags: refs}})
	p.Add(plan.Step{ID: plan.ID("push image " + refs[0]), Cause: "requested", After: []plan.Edge{plan.Needs(name)},
		Action: plan.PushImage{Refs: refs}})
}

// linked are the builds that b's additional contexts name, near or far.
func linked(b plan.Build, all []plan.Build) []plan.Build {
	found := map[string]plan.Build{b.Name: b}
	var follow func(plan.Build)
	follow = func(from plan.Build) {
		for _, name := range Links(from) {
			i := slices.IndexFunc(all, func(other plan.Build) bool { return other.Name == name })
			if _, seen := found[name]; seen || i < 0 {
				continue
			}
			found[name] = all[i]
			follow(all[i])
		}
	}
	follow(b)
	delete(found, b.Name)
	return slices.SortedFunc(maps.Values(found), func(x, y plan.Build) int { return strings.Compare(x.Name, y.Name) })
}

// Links are the names of the builds that b's additional contexts name.
func Links(b plan.Build) []string {
	return slices.Compact(slices.Sorted(maps.Values(LinkNames(b))))
}

// LinkNames are the same by the name of the additional context.
func LinkNames(b plan.Build) map[string]string {
	names := map[string]string{}
	for context, where := range b.Contexts {
		if name, ok := strings.CutPrefix(where, Linked); ok {
			names[context] = name
		}
	}
	return names
}
