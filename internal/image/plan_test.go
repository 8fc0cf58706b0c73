package image_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/buildcontext"
	"github.com/infinitescribe/spellbook/internal/image"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// sample is a build of two services and what it is made from.
func sample() (plan.Build, observe.BuildInputs) {
	b := plan.Build{Name: "api", Services: []string{"api", "worker"}, Context: "/src", Dockerfile: "/src/Dockerfile",
		Args: map[string]string{"GO": "1.26"}, Tags: []string{"shop/backend:dev", "shop/worker:dev"}}
	in := observe.BuildInputs{Dockerfile: "d1", Bases: []observe.BaseDigest{{BaseRef: observe.BaseRef{Ref: "golang:1.26"}, Digest: "sha256:aa"}},
		Trees: map[string]buildcontext.Tree{"": {Files: []buildcontext.File{{Path: "go.mod", Mode: 0o644, Sum: "1"}, {Path: "main.go", Mode: 0o644, Sum: "2"}}}}}
	return b, in
}

func record() (plan.Build, image.Record) {
	b, in := sample()
	return b, image.NewRecord(b, in, nil)
}

// judged is the verdict and the plan over one build.
func judged(t *testing.T, b plan.Build, r image.Record, s image.State, o image.Options) (image.Verdict, string) {
	t.Helper()
	verdicts := image.Judge([]plan.Build{b}, map[string]image.Record{b.Name: r}, s, o)
	p, err := image.Plan("shop", verdicts, []plan.Build{b}, o)
	if err != nil {
		t.Fatal(err)
	}
	return verdicts[0], p.String()
}

func TestWhatIsDoneAboutAnImage(t *testing.T) {
	b, r := record()
	key := "shop/backend:" + r.Key
	there := map[string]string{key: "sha256:id", "shop/backend:dev": "sha256:id", "shop/worker:dev": "sha256:id"}
	misnamed := map[string]string{key: "sha256:id", "shop/backend:dev": "sha256:other", "shop/worker:dev": "sha256:id"}
	older := r
	older.Key, older.Args = "0123456789abcdef", map[string]string{"GO": "1.25"}
	spread := b
	spread.Platforms = []string{"linux/amd64", "linux/arm64"}
	remote := r
	remote.Remote = []string{"https://example.org/x.git"}
	var text strings.Builder
	for _, c := range []struct {
		what  string
		build plan.Build
		r     image.Record
		s     image.State
		o     image.Options
	}{
		{"everything is there", b, r, image.State{Engine: there}, image.Options{}},
		{"never built", b, r, image.State{}, image.Options{}},
		{"removed since", b, r, image.State{Last: map[string]image.Record{"api": r}}, image.Options{}},
		{"something changed", b, r, image.State{Last: map[string]image.Record{"api": older}}, image.Options{}},
		{"a name is another image's", b, r, image.State{Engine: misnamed, Names: map[string][]string{"sha256:other": {"shop/backend:dev", "shop/backend:0123456789abcdef"}}}, image.Options{}},
		{"a name is an image's that was not named here", b, r, image.State{Engine: misnamed, Names: map[string][]string{"sha256:other": {"shop/backend:dev"}}}, image.Options{}},
		{"forced", b, r, image.State{Engine: there}, image.Options{Force: true}},
		{"a context is elsewhere", b, remote, image.State{Engine: there}, image.Options{}},
		{"there, and pushed", b, r, image.State{Engine: there}, image.Options{Push: "registry.example/team"}},
		{"built, and pushed", b, r, image.State{}, image.Options{Push: "registry.example/team"}},
		{"several platforms", spread, r, image.State{}, image.Options{Push: "registry.example"}},
	} {
		v, plan := judged(t, c.build, c.r, c.s, c.o)
		text.WriteString("# " + c.what + ": " + v.State + "\n" + strings.ReplaceAll(plan, r.Key, "KEY") + "\n")
	}
	golden(t, "plans.txt", text.String())
}

func TestAKeyIsOfEveryInputAndOfNothingElse(t *testing.T) {
	b, in := sample()
	base := image.NewRecord(b, in, nil).Key
	changes := map[string]func(*plan.Build, *observe.BuildInputs){
		"argument":   func(b *plan.Build, _ *observe.BuildInputs) { b.Args = map[string]string{"GO": "1.27"} },
		"target":     func(b *plan.Build, _ *observe.BuildInputs) { b.Target = "run" },
		"platform":   func(b *plan.Build, _ *observe.BuildInputs) { b.Platforms = []string{"linux/arm64"} },
		"label":      func(b *plan.Build, _ *observe.BuildInputs) { b.Labels = map[string]string{"a": "b"} },
		"network":    func(b *plan.Build, _ *observe.BuildInputs) { b.Network = "host" },
		"SSH":        func(b *plan.Build, _ *observe.BuildInputs) { b.SSH = []string{"default"} },
		"Dockerfile": func(_ *plan.Build, in *observe.BuildInputs) { in.Dockerfile = "d2" },
		"base image": func(_ *plan.Build, in *observe.BuildInputs) {
			in.Bases = []observe.BaseDigest{{BaseRef: observe.BaseRef{Ref: "golang:1.26"}, Digest: "sha256:bb"}}
		},
		"content": func(_ *plan.Build, in *observe.BuildInputs) { in.Trees[""].Files[0].Sum = "3" },
		"mode":    func(_ *plan.Build, in *observe.BuildInputs) { in.Trees[""].Files[0].Mode = 0o755 },
	}
	seen := map[string]string{base: "nothing"}
	for what, change := range changes {
		b, in := sample()
		change(&b, &in)
		r := image.NewRecord(b, in, nil)
		if before, twice := seen[r.Key]; twice {
			t.Errorf("%s changes the key as %s does", what, before)
		}
		seen[r.Key] = what
	}
	b, in = sample()
	b.Name, b.Services, b.Tags, b.CacheFrom, b.Pull, b.Epoch, b.Context = "x", []string{"x"}, []string{"y"}, []string{"z"}, true, 7, "/elsewhere"
	b.Secrets, b.Provenance, b.SBOM = nil, "mode=max", "true" // an image of one platform has no attestations
	if got := image.NewRecord(b, in, nil).Key; got != base {
		t.Error("a name, a cache or a place changes the key")
	}
	if linked := image.NewRecord(b, in, map[string]string{"base": "k"}); linked.Key == base {
		t.Error("a linked build does not change the key")
	}
}

func TestAttestationsAreInTheKeyOfWhatABuilderPushesWithThem(t *testing.T) {
	keys := map[string]string{}
	for _, provenance := range []string{"", "false", "mode=max"} {
		b, in := sample()
		b.Platforms, b.Provenance = []string{"linux/amd64", "linux/arm64"}, provenance
		keys[image.NewRecord(b, in, nil).Key] = provenance
	}
	if len(keys) != 3 {
		t.Errorf("the keys are %v", keys)
	}
}

func TestAnExplanationNamesEveryDifference(t *testing.T) {
	_, old := record()
	b, in := sample()
	b.Args = map[string]string{"GO": "1.27", "NEW": "1"}
	in.Dockerfile = "d2"
	in.Bases[0].Digest = "sha256:bb"
	in.Trees[""] = buildcontext.Tree{Files: []buildcontext.File{{Path: "go.mod", Mode: 0o644, Sum: "9"}, {Path: "new.go", Mode: 0o644, Sum: "2"}}}
	now := image.NewRecord(b, in, nil)
	var text strings.Builder
	for _, d := range image.Explain(old, now) {
		text.WriteString(strings.TrimSpace(strings.Join([]string{d.Kind, d.Name, d.What, d.Old, d.New}, " ")) + "\n")
	}
	text.WriteString(image.Summary(image.Explain(old, now)) + "\n")
	golden(t, "explained.txt", text.String())
}

func TestEqualRecordsHaveEqualKeysAndNoDifference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`[a-c]{0,2}`)
		draw := func(label string) (plan.Build, observe.BuildInputs) {
			b, in := sample()
			b.Args = rapid.MapOfN(text, text, 0, 2).Draw(rt, label+" args")
			b.Target = text.Draw(rt, label+" target")
			in.Dockerfile = text.Draw(rt, label+" dockerfile")
			in.Trees[""].Files[0].Sum = text.Draw(rt, label+" sum")
			return b, in
		}
		b1, in1 := draw("first")
		b2, in2 := draw("second")
		r1, r2 := image.NewRecord(b1, in1, nil), image.NewRecord(b2, in2, nil)
		if differ := len(image.Explain(r1, r2)) > 0; differ == (r1.Key == r2.Key) {
			rt.Fatalf("keys %s and %s, differences %v", r1.Key, r2.Key, image.Explain(r1, r2))
		}
	})
}

func TestAPushedNameIsInThatRegistry(t *testing.T) {
	for ref, want := range map[string]string{
		"shop/web:dev": "r.example/team/shop/web:dev", "ghcr.io/shop/web:dev": "r.example/team/shop/web:dev",
		"localhost/web:1": "r.example/team/web:1", "127.0.0.1:5000/web:1": "r.example/team/web:1", "web:1": "r.example/team/web:1",
	} {
		if got := image.Pushed("r.example/team/", ref); got != want {
			t.Errorf("%s is pushed as %s, want %s", ref, got, want)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was:\n%s", name, got)
	}
}

var update = flag.Bool("update", false, "write the golden files")

func TestAnotherMachinesImageHasTheNameWithTheKeyAlone(t *testing.T) {
	b, in := sample()
	b.Platforms = []string{"linux/arm64"}
	r, keyed := image.NewRecord(b, in, nil), image.Options{Keyed: true}
	key := image.KeyTag(b, r.Key)
	judge := func(s image.State) (image.Verdict, string) {
		verdicts := image.Judge([]plan.Build{b}, map[string]image.Record{b.Name: r}, s, keyed)
		p, err := image.Plan("shop", verdicts, []plan.Build{b}, keyed)
		if err != nil {
			t.Fatal(err)
		}
		var tags []string
		for _, step := range p.Steps {
			tags = append(tags, step.Action.(plan.BuildImage).Build.Tags...)
		}
		return verdicts[0], strings.Join(tags, " ")
	}
	if v, tags := judge(image.State{}); v.State != image.Make || tags != key || v.Cause != "no image yet for linux/arm64" {
		t.Errorf("%s gets %s: %s", v.State, tags, v.Cause)
	}
	if v, tags := judge(image.State{Engine: map[string]string{key: "sha256:a", "shop/backend:dev": "sha256:mine"}}); v.State != image.Exists || tags != "" {
		t.Errorf("%s gets %s", v.State, tags)
	}
}
