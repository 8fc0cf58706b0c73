package deploy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DriftKind is a way in which a server is not what was deployed.
type DriftKind string

// The ways.
const (
	DriftMissing DriftKind = "container_missing"
	DriftState   DriftKind = "container_state"
	DriftDefined DriftKind = "container_definition"
	DriftImage   DriftKind = "container_image"
	DriftRestart DriftKind = "container_restart"
	DriftExtra   DriftKind = "container_extra"
	DriftFile    DriftKind = "file"
	DriftConfig  DriftKind = "gateway_configuration"
	DriftRuntime DriftKind = "gateway_runtime"
	DriftRelease DriftKind = "release"
)

// Drift is one thing that is not as it was deployed.
type Drift struct {
	Kind   DriftKind
	Name   string // of the container, the file or the backend
	Text   string
	Remedy string
}

// Expected is a service as it was deployed.
type Expected struct {
	Service, Release string // Release is "" for the infrastructure
	Hash             string
	Image            string // the content of its image; "" where that is not known
	Restart          string // the policy; "" where it is not known
	OneShot          bool
	Environment      map[string]*string
}

// Found is a container of the server, looked at closely.
type Found struct {
	Container

	Name        string
	Made        bool // by a deployment, as its labels say
	Image       string
	Restart     string
	Environment []string // NAME=value
	ExitCode    int
}

// Drifts compares what was deployed with the containers that are there. env is the
// environment's name, for what to type.
func Drifts(expected []Expected, found []Found, env string) []Drift {
	var list []Drift
	by := map[string][]Found{}
	for _, f := range found {
		if !f.Made {
			list = append(list, Drift{DriftExtra, f.Name, "a container of the project that no deployment made", "docker rm -f " + f.Name})
			continue
		}
		by[f.Release+"/"+f.Service] = append(by[f.Release+"/"+f.Service], f)
	}
	for _, e := range expected {
		key := e.Release + "/" + e.Service
		there := by[key]
		delete(by, key)
		if len(there) == 0 && (!e.OneShot || e.Release == "") { // what has run may be cleared away
			list = append(list, Drift{DriftMissing, e.Service, "has no container", "mage deploy:to " + env})
		}
		for _, f := range there {
			list = append(list, e.compare(f, env)...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(by)) {
		for _, f := range by[key] {
			list = append(list, Drift{DriftExtra, f.Name, extra(f), "mage deploy:to " + env})
		}
	}
	slices.SortStableFunc(list, func(a, b Drift) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind)) })
	return list
}

func extra(f Found) string {
	if f.Release != "" {
		return "is of release " + f.Release + ", which does not serve"
	}
	return "is a service that was not deployed last"
}

func (e Expected) compare(f Found, env string) []Drift {
	var list []Drift
	say := func(kind DriftKind, remedy, format string, args ...any) {
		list = append(list, Drift{kind, f.Name, fmt.Sprintf(format, args...), remedy})
	}
	again := "mage deploy:to " + env
	switch {
	case f.State == "running", e.OneShot && f.State == "exited" && f.ExitCode == 0:
	case f.State == "exited":
		say(DriftState, again, "exited with code %d", f.ExitCode)
	default:
		say(DriftState, again, "is %s", f.State)
	}
	if f.Hash != e.Hash {
		say(DriftDefined, again, "has another definition (label %s)", cmp.Or(f.Hash, "none"))
	} else if names := e.differing(f); len(names) > 0 {
		say(DriftDefined, "docker rm -f "+f.Name+", then "+again, "has other variables: %s", strings.Join(names, ", "))
	}
	if e.Image != "" && f.Image != e.Image {
		say(DriftImage, "docker rm -f "+f.Name+", then "+again, "runs another image")
	}
	if e.Restart != "" && f.Restart != e.Restart {
		say(DriftRestart, fmt.Sprintf("docker update --restart=%s %s", e.Restart, f.Name), "has the restart policy %s, not %s", f.Restart, e.Restart)
	}
	return list
}

// differing are the names of variables that the container has otherwise.
func (e Expected) differing(f Found) []string {
	have := map[string]string{}
	for _, pair := range f.Environment {
		name, value, _ := strings.Cut(pair, "=")
		have[name] = value
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e.Environment)) {
		if value := e.Environment[name]; value != nil && have[name] != *value {
			list = append(list, name)
		}
	}
	return list
}

// Expect is what the infrastructure's model says of its containers. images are the
// contents of each service's.
func (m Model) Expect(images map[string]string) []Expected {
	var list []Expected
	for _, name := range slices.Sorted(maps.Keys(m.Services)) {
		s := m.Services[name]
		e := Expected{Service: name, Hash: s.Hash, OneShot: s.OneShot, Restart: cmp.Or(s.Restart, "no"), Environment: s.Environment, Image: images[name]}
		if s.Deploy.RestartPolicy.Condition != "" {
			e.Restart = "" // Compose's to translate
		}
		list = append(list, e)
	}
	return list
}

// Expect is what a release that serves says of its containers; m is its model.
func (r Release) Expect(m Model) []Expected {
	var list []Expected
	for _, name := range slices.Sorted(maps.Keys(r.Services)) {
		s := r.Services[name]
		e := Expected{Service: name, Release: r.ID, Hash: s.Hash, OneShot: s.OneShot, Restart: s.Restart, Image: s.Digest,
			Environment: m.Services[name].Environment}
		if s.OneShot {
			e.Restart = ""
		}
		list = append(list, e)
	}
	return list
}

// Files are the paths below a directory of the server that a model gives to
// containers, sorted.
func (m Model) Files(dir string) []string {
	found := map[string]bool{}
	note := func(path string) {
		if rest, below := strings.CutPrefix(path, dir+"/"); below {
			found[rest] = true
		}
	}
	for _, s := range m.Services {
		for _, v := range s.Volumes {
			note(v.Source)
		}
	}
	for _, c := range m.Configs {
		note(c.File)
	}
	for _, c := range m.Secrets {
		note(c.File)
	}
	return slices.Sorted(maps.Keys(found))
}
