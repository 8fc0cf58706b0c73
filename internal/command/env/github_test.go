package env

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestFindingsAreAnnotationsInGitHubActions(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Write("env/.env.local", strings.Replace(commandtest.EnvLocal, "LEVEL=", "LEVEL=100%,x", 1)+"DEPLOY_HOST=\nGON=1\n")
	r.Env = append(r.Env, "GITHUB_ACTIONS=true")
	x := r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight,
		"::error file=env/.env.local,line=5,title=type::LEVEL is \"100%25,x\", which is not one of debug, info%0A→ mage env:set LEVEL=… -env=local\n",
		"::warning file=env/.env.local,line=8,title=duplicate::")
	if n := strings.Count(x.Err, "::error file=") + strings.Count(x.Err, "::warning file="); n != 4 {
		t.Errorf("%d annotations:\n%s", n, x)
	}
	r.Env = append(r.Env, "GITHUB_WORKSPACE="+filepath.Dir(r.Dir))
	r.Run(checkCall(CheckOptions{})).Want(t, failure.Preflight, "::error file="+filepath.Base(r.Dir)+"/env/.env.local,line=5,")
	if x := r.Run(checkCall(CheckOptions{JSON: true})); strings.Contains(x.Out, "::") || strings.Count(x.Err, "file=") != 4 {
		t.Errorf("annotations in a document, or none beside it:\n%s", x)
	}
	r.Env = r.Env[:2]
	if x := r.Run(checkCall(CheckOptions{})); strings.Contains(x.String(), "::") {
		t.Errorf("annotations without GitHub:\n%s", x)
	}
}
