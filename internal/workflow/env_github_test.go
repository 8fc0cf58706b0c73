package workflow

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestFindingsAreAnnotationsInGitHubActions(t *testing.T) {
	r := newEnvRepository(t)
	r.write("env/.env.local", strings.Replace(envLocal, "LEVEL=", "LEVEL=100%,x", 1)+"DEPLOY_HOST=\nGON=1\n")
	r.env = append(r.env, "GITHUB_ACTIONS=true")
	x := r.run(check(EnvCheckOptions{})).want(t, failure.Preflight,
		"::error file=env/.env.local,line=5,title=type::LEVEL is \"100%25,x\", which is not one of debug, info%0A→ mage env:set LEVEL=… -env=local\n",
		"::warning file=env/.env.local,line=8,title=duplicate::")
	if n := strings.Count(x.err, "::error file=") + strings.Count(x.err, "::warning file="); n != 4 {
		t.Errorf("%d annotations:\n%s", n, x)
	}
	r.env = append(r.env, "GITHUB_WORKSPACE="+filepath.Dir(r.dir))
	r.run(check(EnvCheckOptions{})).want(t, failure.Preflight, "::error file="+filepath.Base(r.dir)+"/env/.env.local,line=5,")
	if x := r.run(check(EnvCheckOptions{JSON: true})); strings.Contains(x.out, "::") || strings.Count(x.err, "file=") != 4 {
		t.Errorf("annotations in a document, or none beside it:\n%s", x)
	}
	r.env = r.env[:2]
	if x := r.run(check(EnvCheckOptions{})); strings.Contains(x.String(), "::") {
		t.Errorf("annotations without GitHub:\n%s", x)
	}
}
