package build

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

const spdx = `{"spdxVersion":"SPDX-2.3","packages":[{"name":"a"},{"name":"b"}]}` + "\n"

func TestAnSBOMOfOneImageIsOnStandardOutputOrInAFile(t *testing.T) {
	t.Parallel()
	r, e, api := built(t)
	r.Tool("syft", commandtest.Call{Args: "docker:team/api:* -o spdx-json", Out: spdx}, commandtest.Call{Args: "docker:demo-page:* -o spdx-json", Out: spdx})
	one := SBOMOptions{Services: []string{"api"}}
	if x := r.Run(sbomCall(one)).Want(t, failure.OK); x.Out != spdx || x.Err != api+": 2 packages from syft\n" {
		t.Errorf("got\n%s", x)
	}
	one.Out = "a/b.json"
	if x := r.Run(sbomCall(one)).Want(t, failure.OK, api+": 2 packages from syft, in a/b.json\n"); x.Out != "" || r.Read("a/b.json") != spdx {
		t.Errorf("got\n%s", x)
	}
	x := r.Run(sbomCall(SBOMOptions{Out: "bills", JSON: true})).Want(t, failure.OK, `"file": "bills/api.spdx.json"`, `"file": "bills/page.spdx.json"`)
	schematest.Validate(t, "buildsbom", []byte(x.Out))
	if r.Read("bills/page.spdx.json") != spdx || strings.Contains(x.Out, "spdxVersion") {
		t.Errorf("got\n%s", x)
	}
	if info, err := os.Stat(filepath.Join(r.Dir, "bills/api.spdx.json")); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v %v", info, err)
	}
	x = r.Run(sbomCall(SBOMOptions{JSON: true})).Want(t, failure.OK, `"spdxVersion": "SPDX-2.3"`, `"source": "syft"`, `"packages": 2`)
	schematest.Validate(t, "buildsbom", []byte(x.Out))
	if e.Done() != "" {
		t.Errorf("the engine was told %s", e.Done())
	}
}

func TestWhatAnSBOMRefusesIsToldAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	page := []commandtest.Call{{Args: "docker:demo-page:* -o spdx-json", Out: spdx}}
	for name, c := range map[string]struct {
		o     SBOMOptions
		calls []commandtest.Call // of syft; nil where it is not installed
		code  failure.Code
		says  string
	}{
		"an unknown tool": {SBOMOptions{Tool: "grype"}, nil, failure.Usage, "-tool=grype is not known\n  → -tool is one of syft, trivy"},
		"no tool": {SBOMOptions{}, nil, failure.Preflight, "an SBOM needs syft or trivy, which is not installed\n" +
			"  → install it, or use a builder that attests: docker buildx create --use --driver docker-container"},
		"not the tool": {SBOMOptions{Tool: "trivy"}, []commandtest.Call{}, failure.Preflight, "an SBOM needs trivy, which is not installed\n" +
			"  → install it, or use a builder that attests: docker buildx create --use --driver docker-container"},
		"no such service": {SBOMOptions{Services: []string{"pgae"}}, nil, failure.Usage, "service \"pgae\" has no build section\n" +
			"  → did you mean page? services with one: api, page, worker"},
		"two for standard output": {SBOMOptions{}, []commandtest.Call{}, failure.Usage, "these are 2 documents: api, page\n  → -out=DIR for all of them, or -services=api for one"},
		"two for a file":          {SBOMOptions{Out: "a.json"}, []commandtest.Call{}, failure.Usage, "these are 2 documents: api, page\n  → -out=DIR for all of them, or -services=api for one"},
		"a tool that fails": {SBOMOptions{Services: []string{"page"}}, []commandtest.Call{{Args: "docker:demo-page:* -o spdx-json", Err: "oh\n", Exit: 1}},
			failure.Unexpected, "\n  → what syft said stands above"},
		"no SPDX": {SBOMOptions{Services: []string{"page"}}, []commandtest.Call{{Args: "docker:demo-page:* -o spdx-json", Out: "{}"}},
			failure.Unexpected, "read output of syft: it is no SPDX document"},
		"no place": {SBOMOptions{Services: []string{"page"}, Out: "page/Dockerfile/x"}, page, failure.Preflight,
			"write SPDX document \"page/Dockerfile/x/page.spdx.json\": "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _, _ := built(t)
			if c.calls != nil {
				r.Tool("syft", c.calls...)
			}
			c.o.JSON = c.o.Out == "" && !strings.HasPrefix(name, "two")
			x := r.Run(sbomCall(c.o)).Want(t, c.code, c.says)
			if c.o.JSON {
				schematest.Validate(t, "buildsbom", []byte(x.Out))
			}
			if r.Exists("a.json") || r.Exists("bills") || !c.o.JSON && x.Out != "" {
				t.Errorf("something is written:\n%s", x)
			}
		})
	}
}

// attested writes a statement of in-toto into the archive that a builder
// exports.
func attested(t *testing.T, r *commandtest.Repository) commandtest.Call {
	t.Helper()
	statement, err := json.Marshal(map[string]any{"predicateType": "https://spdx.dev/Document", "predicate": json.RawMessage(spdx)})
	if err != nil {
		t.Fatal(err)
	}
	r.Write("export.tar", archive(t, 0o644, "linux_amd64/sbom.spdx.json", string(statement), "linux_arm64/sbom.spdx.json", string(statement)).String())
	return commandtest.Call{Args: "buildx bake * page --set page.output=type=tar,dest=-", Script: "cat '" + r.Dir + "/export.tar'"}
}

func TestABuilderThatAttestsIsAskedForEachPlatform(t *testing.T) {
	t.Parallel()
	r, e := world(t)
	builder(r)
	docker := r.Tool("docker", attested(t, r))
	x := r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, JSON: true})).Want(t, failure.OK, `"source": "BuildKit's attestation"`, `"platform": "linux/arm64"`)
	schematest.Validate(t, "buildsbom", []byte(x.Out))
	if !strings.Contains(docker.Stdin(0), `"attest":`) || strings.Contains(docker.Stdin(0), `"tags"`) || e.Done() != "" {
		t.Errorf("the builder got %s", docker.Stdin(0))
	}
	if r.Exists(".spellbook") { // it only looks
		t.Error("something is remembered")
	}
	r.Run(sbomCall(SBOMOptions{Services: []string{"page"}})).Want(t, failure.Usage, "these are 2 documents: page linux/amd64, page linux/arm64")
	r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, Out: "bills"})).Want(t, failure.OK, "linux/amd64: 2 packages from BuildKit's attestation, in bills/page-linux_amd64.spdx.json")
	if !r.Exists("bills/page-linux_arm64.spdx.json") {
		t.Error("a platform has no file")
	}
}

func TestABuilderThatDoesNotAttestIsTold(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]commandtest.Call{
		"no attestation from BuildKit: BuildKit attested no software": {},
		"no attestation from BuildKit: read what was built: ":         {Out: "no archive, but a text that is longer than nothing at all"},
		"no attestation from BuildKit: base.example/x":                {Exit: 1, Err: "ERROR: failed to solve: base.example/x: what the builder says\n"},
	} {
		r, _ := world(t)
		builder(r)
		call.Args = "buildx bake * page --set page.output=type=tar,dest=-"
		r.Tool("docker", call)
		x := r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, JSON: true})).Want(t, failure.Preflight, "build demo-page: "+name,
			"\n  → can the builder pull its scanner, docker/buildkit-syft-scanner? -tool=syft has your own syft look into the image instead")
		schematest.Validate(t, "buildsbom", []byte(x.Out))
	}
}

// What the hint tells the user to type gives a builder that attests: as buildx
// notes it, build:sbom finds it.
func TestTheBuilderThatTheHintMakesAttests(t *testing.T) {
	t.Parallel()
	r, _ := world(t)
	hint := r.Run(sbomCall(SBOMOptions{Services: []string{"page"}})).Want(t, failure.Preflight, "docker buildx create").Failed.Error()
	_, command, _ := strings.Cut(hint, "docker ")
	r.Env = append(r.Env, "DOCKER_CONFIG="+r.Dir+"/docker")
	endpoint := app.Lookup(r.Env, "DOCKER_HOST")
	docker := r.Tool("docker", commandtest.Call{Args: command, Script: "mkdir -p '" + r.Dir + "/docker/buildx/instances' && cd '" + r.Dir + "/docker/buildx' && " +
		`echo '{"Name":"eager_bell","Driver":"docker-container","Nodes":[{"Endpoint":"unix:///x.sock"}]}' >instances/eager_bell && ` +
		`echo '{"Key":"` + endpoint + `","Name":"eager_bell"}' >current`}, attested(t, r))
	r.Type(hint, "docker")
	r.Run(sbomCall(SBOMOptions{Services: []string{"page"}, JSON: true})).Want(t, failure.OK, "BuildKit's attestation")
	if !strings.HasPrefix(docker.Calls(), command+"\n") {
		t.Errorf("called\n%s", docker.Calls())
	}
}
