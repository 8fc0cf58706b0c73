package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

// compared is a comparison of few words: the infrastructure as "NAME HASH", where a
// name with a star has a volume and one with a dash runs once; containers as
// "NAME HASH STATE", those of a release as "RELEASE/NAME HASH STATE".
type compared struct {
	infra, containers []string
	serves, release   deploy.Release
	unserved          []string
	scope             deploy.Scope
}

func (c compared) difference() deploy.Difference {
	want := deploy.Want{Infra: map[string]deploy.Stated{}, Release: c.release, Scope: c.scope}
	if !c.scope.Infra && !c.scope.App {
		want.Scope.Infra, want.Scope.App = true, true
	}
	for _, text := range c.infra {
		word := strings.Fields(text)
		want.Infra[strings.Trim(word[0], "*-")] = deploy.Stated{Hash: word[1], Volume: strings.HasSuffix(word[0], "*"), OneShot: strings.HasSuffix(word[0], "-")}
	}
	have := deploy.Have{Serves: c.serves, Unserved: c.unserved}
	for _, text := range c.containers {
		word := strings.Fields(text)
		release, name, of := strings.Cut(word[0], "/")
		if !of {
			release, name = "", word[0]
		}
		have.Containers = append(have.Containers, deploy.Container{Service: name, Release: release, Hash: word[1], State: word[2]})
	}
	return deploy.Compare(want, have)
}

func (c compared) says(t *testing.T, want ...string) {
	t.Helper()
	if got := lines(c.difference(), c.serves.ID); !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// lines are what is done, in words.
func lines(d deploy.Difference, from string) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, c := range d.Changes {
		switch {
		case c.Action == deploy.Keep, c.Cause == "with the release", c.Role == deploy.App && d.Stopped && c.Cause == "no container", c.Role == deploy.App && d.First:
		case c.Role == deploy.App:
			say("%s: %s", c.Service, c.Cause)
		case c.Action == deploy.Create:
			say("%s: new", c.Service)
		case c.Action == deploy.Start:
			say("%s is %s: started", c.Service, c.Cause)
		case c.Action == deploy.Remove:
			say("%s: %s, removed; volumes stay", c.Service, c.Cause)
		default:
			say("%s: %s changed, made anew, which interrupts it", c.Service, c.Cause)
		}
	}
	for _, path := range d.Files {
		if !d.First {
			say("%s: file", path)
		}
	}
	if d.First {
		say("the first release")
	}
	if d.Stopped {
		say("release %s does not run", from)
	}
	if len(d.Left) > 0 {
		say("left by a run that was cut short, removed: %s", strings.Join(d.Left, ", "))
	}
	return list
}

func release(id string, services map[string]deploy.Service) deploy.Release {
	return deploy.Release{ID: id, Services: services}
}

// two is a release of an API and of what runs once.
func two(id, digest string) deploy.Release {
	return release(id, map[string]deploy.Service{"api": {Digest: digest, Hash: "1"}, "migrate": {Digest: "m", Hash: "1", OneShot: true}})
}

func TestInfrastructureIsComparedByTheLabelsOfItsContainers(t *testing.T) {
	for name, c := range map[string]struct {
		infra, containers, want []string
	}{
		"equal":                          {[]string{"db* a-1"}, []string{"db a-1 running"}, nil},
		"none yet":                       {[]string{"db* a-1"}, nil, []string{"db: new"}},
		"another image":                  {[]string{"db* a-2"}, []string{"db a-1 running"}, []string{"db: image changed, made anew, which interrupts it"}},
		"an image that is not known yet": {[]string{"db* a-"}, []string{"db a-1 running"}, nil},
		"another definition":             {[]string{"db* b-1"}, []string{"db a-1 running"}, []string{"db: definition changed, made anew, which interrupts it"}},
		"one of two replicas":            {[]string{"db* b-1"}, []string{"db b-1 running", "db a-1 running"}, []string{"db: definition changed, made anew, which interrupts it"}},
		"stopped":                        {[]string{"db* a-1"}, []string{"db a-1 exited"}, []string{"db is exited: started"}},
		"what runs once, has ended":      {[]string{"init- a-1"}, []string{"init a-1 exited"}, nil},
		"no longer in the files":         {[]string{"db* a-1"}, []string{"db a-1 running", "old a-1 running"}, []string{"old: no longer in the Compose files, removed; volumes stay"}},
	} {
		t.Run(name, func(t *testing.T) { compared{infra: c.infra, containers: c.containers}.says(t, c.want...) })
	}
}

func TestTheApplicationIsComparedWithTheReleaseThatServes(t *testing.T) {
	running := []string{"r1/api 1 running", "r1/migrate 1 exited"}
	other := deploy.Release{ID: "r2", Services: map[string]deploy.Service{"api": {Digest: "2", Hash: "1"}, "agent": {Digest: "1", Hash: "2"}, "page": {}},
		Files: map[string]string{"a.txt": "2"}}
	was := deploy.Release{ID: "r1", Services: map[string]deploy.Service{"api": {Digest: "1", Hash: "1"}, "agent": {Digest: "1", Hash: "1"}, "old": {}},
		Files: map[string]string{"a.txt": "1"}}
	for name, c := range map[string]struct {
		compared
		want []string
	}{
		"equal":                   {compared{serves: two("r1", "1"), release: two("r2", "1"), containers: running}, nil},
		"nothing serves":          {compared{release: two("r1", "1")}, []string{"the first release"}},
		"another image":           {compared{serves: two("r1", "1"), release: two("r2", "2"), containers: running}, []string{"api: image"}},
		"every kind of change":    {compared{serves: was, release: other, containers: []string{"r1/api 1 running", "r1/agent 1 running", "r1/old 1 running"}}, []string{"agent: definition", "api: image", "old: gone", "page: new", "a.txt: file"}},
		"a container has ended":   {compared{serves: two("r1", "1"), release: two("r2", "1"), containers: []string{"r1/api 1 exited"}}, []string{"api: exited"}},
		"a container is gone":     {compared{serves: two("r1", "1"), release: two("r2", "1"), containers: running[1:]}, []string{"api: no container"}},
		"what has run is removed": {compared{serves: two("r1", "1"), release: two("r2", "1"), containers: running[:1]}, nil},
		"nothing of it is there":  {compared{serves: two("r1", "1"), release: two("r2", "1")}, []string{"release r1 does not run"}},
		"another's are left": {compared{serves: two("r1", "1"), release: two("r2", "1"), containers: append([]string{"r0/api 1 running"}, running...), unserved: []string{"r1a", "r0"}},
			[]string{"left by a run that was cut short, removed: r0, r1a"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.says(t, c.want...)
			d := c.difference()
			if changed := len(c.want) > 0 && len(d.Left) == 0; d.Release != changed {
				t.Errorf("another release: %t", d.Release)
			}
		})
	}
}

func TestAReleaseTakesAllOfItsServicesAlong(t *testing.T) {
	c := compared{serves: two("r1", "1"), release: two("r2", "2"), containers: []string{"r1/api 1 running", "r1/migrate 1 exited"}}
	for _, change := range c.difference().Changes {
		want := map[string]string{"api": "image", "migrate": "with the release"}[change.Service]
		if change.Action != deploy.Recreate || change.Cause != want || change.Interrupts() {
			t.Errorf("%+v", change)
		}
	}
	c.release = two("r2", "1")
	if kept := c.difference().Of(deploy.App, deploy.Keep); len(kept) != 2 {
		t.Errorf("kept are %v", kept)
	}
}

func TestARunIsAboutItsScopeAlone(t *testing.T) {
	all := compared{infra: []string{"cache b-1", "db* b-1"}, serves: two("r1", "1"), release: two("r2", "2"), unserved: []string{"r0"},
		containers: []string{"cache a-1 running", "db a-1 running", "old a-1 running", "r1/api 1 running"}}
	infra := []string{"cache: definition changed, made anew, which interrupts it", "db: definition changed, made anew, which interrupts it", "old: no longer in the Compose files, removed; volumes stay"}
	all.scope = deploy.Scope{Infra: true}
	all.says(t, infra...)
	all.scope = deploy.Scope{App: true}
	all.says(t, "api: image", "left by a run that was cut short, removed: r0")
	all.scope = deploy.Scope{Infra: true, App: true, Services: []string{"db", "api"}}
	all.says(t, infra[1], "api: image", "left by a run that was cut short, removed: r0")
	for _, c := range all.difference().Changes {
		if interrupts := c.Service == "db"; c.Interrupts() != interrupts || c.Volume != interrupts {
			t.Errorf("%+v", c)
		}
	}
}
