package build

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

func TestTellingOfBuildsNeedsNoBuilderThatCouldMakeThem(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", strings.ReplaceAll(backendCompose, "context: ../api", "context: ../api\n      platforms: [linux/arm64, linux/s390x]"))
	for schema, do := range map[string]commandtest.Target{"buildplan": planCall(true), "buildimages": imagesCall(true), "buildexplain": explainCall("api", true)} {
		schematest.Validate(t, schema, []byte(r.Run(do).Want(t, failure.OK).Out))
	}
	r.Run(buildCall(Options{})).Want(t, failure.Preflight, "makes images of one platform only")
}

// What a build is linked to, near or far, may change as well.
func TestABuildLinkedToWhatIsElsewhereIsAskedFor(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	r.Write("compose/docker-compose.backend.yml", `services:
  api: {build: {context: ../api, additional_contexts: {far: "https://git.example/base.git"}}}
  near: {build: {context: ../page, additional_contexts: {x: "service:api"}}}
  next: {build: {context: ../page, additional_contexts: {x: "service:near"}}}
`)
	for _, one := range commandtest.Document[report.BuildPlan](t, r.Run(planCall(true)).Want(t, failure.OK)).Builds {
		if want := "remote input https://git.example/base.git"; one.Name != "page" && one.Cause != want {
			t.Errorf("%s: %s", one.Name, one.Cause)
		}
	}
}

func TestVeryManyServicesAreManyBuildsAtOnce(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	var b strings.Builder
	b.WriteString("services:\n")
	for n := range 200 {
		fmt.Fprintf(&b, "  s%d: {build: {context: ../page, args: {N: \"%d\"}}}\n", n, n)
	}
	r.Write("compose/docker-compose.backend.yml", b.String())
	if list := commandtest.Document[report.BuildPlan](t, r.Run(planCall(true)).Want(t, failure.OK)).Builds; len(list) != 201 {
		t.Errorf("%d builds", len(list))
	}
}

func TestAContextThatIsNotThereIsToldWithItsService(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	r.Remove("api")
	r.Run(buildCall(Options{})).Want(t, failure.Preflight, "service api: there is no build context", "\n  → ")
	if e.Done() != "" {
		t.Errorf("the engine was told\n%s", e.Done())
	}
}
