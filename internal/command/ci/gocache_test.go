package ci

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// Go's test cache keeps "(cached)" for files outside of the module, and for those that a
// child process read.
func TestAGoTestRunsAgainForAFileThatItsChildProcessReads(t *testing.T) {
	t.Parallel()
	r := shop(t)
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	r.Env = append(r.Env, "GOCACHE="+strings.TrimSpace(string(cache)), "GOFLAGS=", "GOWORK=off")
	r.Write("go.mod", "module example.com/shop\n\ngo 1.24\n")
	r.Write("price_test.go", "package shop\n\nimport (\n\t\"os/exec\"\n\t\"testing\"\n)\n\nfunc TestPrice(t *testing.T) {\n"+
		"\tif out, err := exec.Command(\"cat\", \"data/price\").Output(); err != nil || string(out) != \"1\" {\n\t\tt.Errorf(\"the price is %s\", out)\n\t}\n}\n")
	r.Write("data/price", "1")
	unit := ciOf(Options{Only: []string{"unit:go"}})
	r.Run(unit).Want(t, failure.OK, "unit:go ✔ passed")
	r.Run(unit).Want(t, failure.OK, "unit:go = cached")
	r.Write("data/price", "2")
	r.Run(unit).Want(t, failure.Unexpected, "price_test.go:10: TestPrice: the price is 2")
}
