package manifest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/sbom/manifest"
)

// monorepo has an application in Go, one in Python, a web page and tools.
var monorepo = []string{
	"README.md", "apps/backend/Dockerfile", "apps/backend/cmd/main.go", "apps/backend/go.mod", "apps/backend/go.sum",
	"apps/web/package-lock.json", "apps/web/package.json", "apps/worker/pyproject.toml", "apps/worker/uv.lock",
	"jobs/requirements-dev.txt", "jobs/requirements.txt", "package.json", "tools/requirements-a.txt", "tools/requirements-b.txt",
}

func TestTheManifestsAreThoseThatTheDockerfileWorksWith(t *testing.T) {
	const goFirst = "FROM golang AS build\nCOPY apps/backend/go.mod apps/backend/go.sum ./\nRUN go mod download\nCOPY apps/backend ./\nFROM scratch\nCOPY --from=build /app /app\n"
	for name, c := range map[string]struct{ text, dir, target, want string }{
		"copied by name":                  {text: goFirst, want: "apps/backend/go.mod"},
		"by a pattern":                    {text: "FROM a\nCOPY apps/backend/go.* ./", want: "apps/backend/go.mod"},
		"mounted":                         {text: "FROM a\nRUN --mount=type=bind,source=apps/backend/go.mod,target=go.mod go build", want: "apps/backend/go.mod"},
		"by name in a variable":           {text: "ARG APP=backend\nFROM a\nARG APP\nENV DIR=apps/$APP\nCOPY ${DIR}/go.mod ./", want: "apps/backend/go.mod"},
		"by an argument given":            {text: "FROM a\nARG DIR=x\nARG given\nCOPY apps/${given}/ .", want: "apps/worker/uv.lock"},
		"in its directory":                {text: "FROM a\nCOPY apps/backend/ .", want: "apps/backend/go.mod"},
		"beside the Dockerfile":           {text: "FROM a\nCOPY . .", dir: "apps/backend", want: "apps/backend/go.mod"},
		"not beside it, as not copied":    {text: "FROM a\nCOPY jobs .", dir: "apps/backend", want: "jobs/requirements.txt"},
		"at the top":                      {text: "FROM a\nCOPY . /src", dir: ".", want: "package.json"},
		"the lock before what it is of":   {text: "FROM a\nADD apps/web .", want: "apps/web/package-lock.json"},
		"what is copied alone, no lock":   {text: "FROM a\nCOPY apps/worker/pyproject.toml .\nRUN pip install .", want: "apps/worker/pyproject.toml"},
		"several of one kind":             {text: "FROM a\nCOPY tools .", want: "tools/requirements-a.txt tools/requirements-b.txt"},
		"of two stages":                   {text: "FROM node AS web\nCOPY apps/web/package*.json .\n" + goFirst + "COPY --from=web /dist /dist", want: "apps/backend/go.mod apps/web/package-lock.json"},
		"not of a stage that is not used": {text: "FROM node AS web\nCOPY apps/web/package*.json .\n" + goFirst, want: "apps/backend/go.mod"},
		"of the target's stage":           {text: "FROM node AS Web\nCOPY apps/web/package*.json .\n" + goFirst, target: "web", want: "apps/web/package-lock.json"},
		"of the stage it is made from":    {text: "FROM node AS web\nCOPY apps/web/package.json .\nFROM web AS base\nFROM base", want: "apps/web/package.json"},
		"of a stage by number":            {text: "FROM node\nCOPY apps/web/package.json .\nFROM a\nCOPY --from=0 /a /b", want: "apps/web/package.json"},
		"of another image, none":          {text: "FROM a\nCOPY --from=b package.json .", want: ""},
		"none":                            {text: "FROM a\nCOPY README.md .", want: ""},
	} {
		found, err := manifest.Find(manifest.Build{Files: monorepo, Dir: c.dir, Text: []byte(c.text), Target: c.target, Args: map[string]string{"given": "worker"}})
		var got []string
		for _, f := range found {
			got = append(got, f.Path)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestABadDockerfileOrStageIsAnErrorWithARemedy(t *testing.T) {
	for want, b := range map[string]manifest.Build{
		"read Dockerfile":               {Text: []byte("FROM a\nCOPPY b c\n")},
		"read Dockerfile: file with no": {Text: nil},
		"it has no FROM":                {Text: []byte("ARG A\n")},
		`has no stage "x"`:              {Text: []byte("FROM a\n"), Target: "x"},
	} {
		_, err := manifest.Find(b)
		if failure.CodeOf(err) != failure.Preflight || !strings.Contains(fmt.Sprint(err), want) || !strings.Contains(fmt.Sprint(err), "→ correct") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Whatever a Dockerfile says, what is found is a file of the context.
func FuzzWhatIsFoundIsInTheContext(f *testing.F) {
	f.Add("FROM a AS b\nARG X=1\nCOPY apps/*/go.mod .\nFROM b\nRUN --mount=type=bind,from=b,source=/x true\nCOPY --from=0 . .", "")
	f.Add("ARG A=web\nFROM a\nARG A\nCOPY apps/${A:-x}/ .\nADD [\"jobs\", \"/\"]", "0")
	f.Add("# escape=`\nFROM a\nCOPY <<E /x\ngo.mod\nE\nCOPY [!a-] .", "")
	f.Fuzz(func(t *testing.T, text, target string) {
		found, err := manifest.Find(manifest.Build{Files: monorepo, Dir: "apps/backend", Text: []byte(text), Target: target})
		if err != nil && len(found) > 0 {
			t.Errorf("%v beside %v", found, err)
		}
		for _, one := range found {
			if !slices.Contains(monorepo, one.Path) || one.Ecosystem == "" {
				t.Errorf("%q: %+v is not of the context", text, one)
			}
		}
	})
}
