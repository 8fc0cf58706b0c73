package infra

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/units"
)

// obstacle is one thing in the way, with its own remedy.
type obstacle struct{ text, remedy string }

// What this needs at least: the first Compose with include, and the first API
// that the client talks.
const (
	leastCompose = "2.20"
	leastAPI     = "1.40"
)

// Room on disk below which nothing is tried, and below which is warned.
const (
	leastDisk    = 500 << 20
	spaciousDisk = 2 << 30
)

// Preflight judges the facts: nil where nothing is in the way of p, else one
// failure with everything that is.
func Preflight(p *project.Project, s observe.State, f observe.Facts) *failure.Error {
	var list []obstacle
	for _, check := range []func(*project.Project, observe.State, observe.Facts) []obstacle{
		tooOld, noCompose, takenPorts, samePorts, heldNames, sameNames, endlessAttempts, noImages, noFiles, notGiven, noDisk, noMemory, sameNetworks, orphansTwice,
	} {
		list = append(list, check(p, s, f)...)
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return failure.New(failure.Preflight, "%s", list[0].text).WithHint("%s", list[0].remedy)
	}
	e := failure.New(failure.Preflight, "%d things are in the way of bringing %s up", len(list), p.Name)
	for _, o := range list {
		e.WithDetails(o.text, "  → "+o.remedy)
	}
	return e
}

// orphansTwice: what the files do not have cannot be left alone and removed.
// Source: docker/compose cmd/compose/up.go.
func orphansTwice(p *project.Project, _ observe.State, _ observe.Facts) []obstacle {
	if !p.IsOn("COMPOSE_IGNORE_ORPHANS") || !p.IsOn("COMPOSE_REMOVE_ORPHANS") {
		return nil
	}
	return []obstacle{{"COMPOSE_IGNORE_ORPHANS and COMPOSE_REMOVE_ORPHANS are both set, which Compose refuses", "unset one of them; mage env:explain COMPOSE_REMOVE_ORPHANS shows who sets it"}}
}

func tooOld(_ *project.Project, _ observe.State, f observe.Facts) []obstacle {
	if !older(f.Engine.APIVersion, leastAPI) {
		return nil
	}
	return []obstacle{{fmt.Sprintf("Docker engine %s is too old", f.Engine.Version), "install 19.03 or later"}}
}

func noCompose(_ *project.Project, _ observe.State, f observe.Facts) []obstacle {
	c := f.Compose
	switch {
	case c.Version != "" && !older(c.Version, leastCompose):
		return nil
	case c.Version != "":
		return []obstacle{{"Docker Compose " + c.Version + " is too old",
			"install " + leastCompose + " or later: sudo apt-get install docker-compose-plugin"}}
	case strings.Contains(c.Problem, "executable file not found"):
		return []obstacle{{"the docker command is not installed", "sudo apt-get install docker-ce-cli docker-compose-plugin"}}
	}
	return []obstacle{{"Docker Compose is not installed: " + c.Problem, "sudo apt-get install docker-compose-plugin"}}
}

// older compares versions number by number; what follows the numbers, and an
// empty version, are not judged.
func older(version, least string) bool {
	have := strings.Split(strings.TrimPrefix(version, "v"), ".")
	for i, part := range strings.Split(least, ".") {
		want, _ := strconv.Atoi(part)
		if i >= len(have) {
			return false
		}
		got, err := strconv.Atoi(have[i])
		if err != nil || got != want {
			return err == nil && got < want
		}
	}
	return false
}

// noImages: nobody can pull or build them.
func noImages(p *project.Project, s observe.State, _ observe.Facts) []obstacle {
	var list []obstacle
	for _, name := range p.Services() {
		svc := p.Model.Services[name]
		if s.Missing[svc.Image] && svc.PullPolicy == "never" && !p.Builds(svc.Image) {
			list = append(list, obstacle{fmt.Sprintf("service %s needs image %s, which is not there and has pull_policy: never", name, svc.Image),
				"docker pull " + svc.Image + ", or remove pull_policy"})
		}
		if s.Unknown[svc.Image] {
			list = append(list, obstacle{fmt.Sprintf("service %s needs image %s, which its registry does not have", name, svc.Image),
				"correct its name or tag in the Compose file, or in the variable that it is from"})
		}
	}
	return list
}

func noDisk(_ *project.Project, _ observe.State, f observe.Facts) []obstacle {
	if f.Disk.Path == "" || f.Disk.Free >= leastDisk {
		return nil
	}
	return []obstacle{{fmt.Sprintf("%s are free in %s, where Docker keeps images and volumes", units.Binary(f.Disk.Free), f.Disk.Path), "docker system prune"}}
}
