package build

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// As with `docker compose build`: a build that is missing or broken matters where
// its service is meant.
func TestABuildOfAnInactiveProfileMattersToWhoNamesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ section, says string }{
		"no context":         {"build: ../gone", "service tool: there is no build context"},
		"no Dockerfile":      {"build: {context: ../api, dockerfile: Gone}", "service tool: there is no Dockerfile api/Gone"},
		"a broken one":       {"build: {context: ../page, dockerfile: Broken}", "page/Broken:2: COPPY is no instruction"},
		"no such stage":      {"build: {context: ../api, target: gone}", "gone"},
		"no name":            {"image: TEAM/Tool, build: ../api", "is no name of an image"},
		"another's name":     {"image: \"team/api:dev\", build: {context: ../api, target: x}", "build team/api:dev in different ways"},
		"a secret for all":   {"build: {context: ../api, labels: {a: \"${TOKEN}\"}}", "holds the secret TOKEN"},
		"one that is linked": {"build: {context: ../api, additional_contexts: {x: \"service:other\"}}", "there is no build context"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := world(t)
			r.Write("env/.env.example", "# [secret]\nTOKEN=\n")
			r.Write("env/.env.local", "TOKEN=canary-and-long\n")
			r.Write("page/Broken", "FROM scratch\nCOPPY a b\n")
			r.Write("compose/docker-compose.backend.yml", backendCompose+"  tool: {profiles: [tools], "+c.section+"}\n  other: {profiles: [more], build: ../gone}\n")
			r.Tool("docker", bakes("api", ""))
			r.Run(buildCall(Options{})).Want(t, failure.OK, "built")
			for profile, o := range map[string]Options{"": {Services: []string{"tool"}}, "tools": {}} {
				if name == "another's name" && len(o.Services) > 0 {
					continue // alone it has it
				}
				r.Env = append(r.Env, "COMPOSE_PROFILES="+profile)
				if x := r.Run(buildCall(o)); x.Failed == nil || !strings.Contains(x.String(), c.says) {
					t.Errorf("%q %+v: it says\n%s", profile, o, x)
				}
			}
		})
	}
}

func TestABackendOfInactiveProfilesIsBuiltByItsName(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "    build:", "    profiles: [late]\n    build:"))
	r.Tool("docker", bakes("api", ""))
	r.Run(buildCall(Options{})).Want(t, failure.Preflight, "no service of compose/docker-compose.backend.yml with a build section is in an active profile",
		"mage build:backend -services=api,worker builds them all the same")
	r.Run(buildCall(Options{Services: []string{"api", "worker"}})).Want(t, failure.OK, "built")
	r.Env = append(r.Env, "COMPOSE_PROFILES=late")
	r.Run(buildCall(Options{})).Want(t, failure.OK, "nothing to build")
}
