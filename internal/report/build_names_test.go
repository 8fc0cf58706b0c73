package report

import (
	"maps"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestImagesAreCalledAsShortAsTheyCanBe(t *testing.T) {
	build := func(name string, tags ...string) plan.Step {
		return plan.Step{ID: plan.ID("build image " + name), Action: plan.BuildImage{Build: plan.Build{Name: name, Tags: tags}}}
	}
	for what, c := range map[string]struct {
		steps []plan.Step
		want  map[string]string
	}{
		"one image":                   {[]plan.Step{build("api", "scribe/backend:1a", "scribe/backend:latest")}, map[string]string{"backend:1a": "backend"}},
		"one image in two registries": {[]plan.Step{build("api", "scribe/backend:1a"), {Action: plan.PushImage{Refs: []string{"r.example:5000/scribe/backend:1a"}}}}, map[string]string{"backend:1a": "backend"}},
		"one repository, two images":  {[]plan.Step{build("web", "app:1a"), build("worker", "app:2b")}, map[string]string{"app:1a": "web", "app:2b": "worker"}},
		"one last part, two images":   {[]plan.Step{build("x", "a/web:1a"), build("y", "b/web:2b")}, map[string]string{"web:1a": "x", "web:2b": "y"}},
		"a build and another's tag":   {[]plan.Step{build("x", "a/web:1a"), {Action: plan.TagImage{Source: "b/web:2b"}}}, map[string]string{"web:1a": "x", "web:2b": "web:2b"}},
		"a name of Compose's making":  {[]plan.Step{build("web", "lab-web:1a"), {Action: plan.PushImage{Refs: []string{"r.example/lab-web:1a"}}}}, map[string]string{"lab-web:1a": "web"}},
		"no tag":                      {[]plan.Step{build("x")}, map[string]string{"x": "x"}},
		"other steps":                 {[]plan.Step{{Action: plan.StartContainers{}}, {Action: plan.PushImage{}}}, map[string]string{}},
	} {
		if got := imageNames(plan.Plan{Steps: c.steps}); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

func TestReferencesAreToldWithoutRepeatingTheirRepository(t *testing.T) {
	for want, refs := range map[string][]string{
		"":                                 nil,
		"r:5000/a/b:1, :latest":            {"r:5000/a/b:1", "r:5000/a/b:latest"},
		"a:1, b:1, :2":                     {"a:1", "b:1", "b:2"},
		"localhost:5000/a, b@sha256:00":    {"localhost:5000/a", "b@sha256:00"},
		"scribe/backend:1, scribe/other:1": {"scribe/backend:1", "scribe/other:1"},
	} {
		if got := references(refs); got != want {
			t.Errorf("%q is told as %q, want %q", refs, got, want)
		}
	}
}

func TestStepsAreToldWithoutTheFlagsOfTheirRun(t *testing.T) {
	for text, want := range map[string]string{
		"5/9 builder: RUN --mount=type=cache,target=/a --network=none go build": "5/9 builder: RUN go build",
		"RUN docker run --network=none x":                                       "RUN docker run --network=none x",
		"2/3 COPY --from=builder /out /out":                                     "2/3 COPY --from=builder /out /out",
		"1/2 RUN a\n\tb":                                                        "1/2 RUN a     b",
	} {
		if got := stepText(text); got != want {
			t.Errorf("%q is told as %q, want %q", text, got, want)
		}
	}
}

func TestAnAgeHasTheUnitPeopleWouldSay(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-time.Second: "0 seconds", time.Second: "1 second", 119 * time.Second: "1 minute", 12*time.Minute + 5: "12 minutes", time.Hour: "1 hour",
		26 * time.Hour: "1 day", 9 * 24 * time.Hour: "9 days", 15 * 24 * time.Hour: "2 weeks",
	} {
		if got := age(now.Add(-d), now); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
	if got := age(time.Time{}, now); got != "" {
		t.Errorf("no time is %q", got)
	}
}

func TestValuesAreShortAndDigestsShorter(t *testing.T) {
	digest := "sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for value, want := range map[string]string{
		digest: "0123456789ab", "golang:1.26@" + digest: "golang:1.26@0123456789ab", "1.26": "1.26", "a\nb": "a b", "3f9a1c2d4e5f6071": "3f9a1c2d4e5f6071",
	} {
		if got := short(value); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}
