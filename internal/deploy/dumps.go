package deploy

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Migrations are the services that run once, that others wait for, and that are not
// what they are in the release that serves: what they do to a database is yet to be
// done. Sorted.
func Migrations(p *project.Project, r, from Release) []string {
	waited := map[string]bool{}
	for name := range r.Services {
		for _, d := range p.Dependencies(name) {
			waited[d.On] = waited[d.On] || d.Condition == types.ServiceConditionCompletedSuccessfully
		}
	}
	var list []string
	for name, s := range r.Services {
		o, there := from.Services[name]
		if s.OneShot && waited[name] && (!there || s.Digest != o.Digest || s.Hash != o.Hash) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// Dumped reports whether a database is dumped before what may change it:
// x-spellbook: {dump: false} says that it is not.
func Dumped(p *project.Project, service string) (bool, error) {
	switch said := extension(p.Model.Services[service], "dump"); said {
	case nil, true:
		return true, nil
	case false:
		return false, nil
	default:
		return false, failure.New(failure.Preflight, "service %s: x-spellbook.dump is %v", service, said).WithHint("write dump: true, or dump: false")
	}
}

// DumpName is the file of a service's database as it was before a release.
func DumpName(release, service string) string { return release + "-" + service + ".sql" }

// DumpOf is a file's release and service. A release's name is four words.
func DumpOf(name string) (release, service string, ok bool) {
	words := strings.SplitN(strings.TrimSuffix(name, ".sql"), "-", 5)
	if len(words) < 5 || !strings.HasSuffix(name, ".sql") {
		return "", "", false
	}
	return strings.Join(words[:4], "-"), words[4], true
}

// SurplusDumps are the dumps that go: those of no release that is kept, unless they
// are among the newest of their service, as many as releases are kept. What is no
// dump stays.
func SurplusDumps(names, releases []string, keep int) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	slices.Reverse(names)
	var list []string
	newer := map[string]int{}
	for _, name := range names {
		release, service, ok := DumpOf(name)
		if !ok {
			continue
		}
		if newer[service]++; newer[service] > keep && !slices.Contains(releases, release) {
			list = append(list, name)
		}
	}
	return list
}
