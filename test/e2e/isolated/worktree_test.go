package isolated_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The branch names a stack that nobody names. A worktree is on another branch, a clone on
// the same.
func TestEachWorktreeAndEachCloneHasAStackOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newClashing(t)
	dir := t.TempDir()
	tree, clone := filepath.Join(dir, "tree"), filepath.Join(dir, "clone")
	for _, line := range []string{
		"git init -q -b main", "git add compose", "git -c user.name=a -c user.email=a@example.com commit -qm first",
		"git worktree add -q -b feature/Pay " + tree, "git clone -q . " + clone,
	} {
		if code, out := s.Exec("sh", "-c", line); code != 0 {
			t.Fatalf("%s: %s", line, out)
		}
	}
	names := []string{"main", "feature-pay", "main"}
	checkouts := []*stack{s}
	for _, dir := range []string{tree, clone} {
		other := &stack{s.Stack}
		other.Dir = dir
		checkouts = append(checkouts, other)
		t.Cleanup(func() {
			for _, r := range other.records() {
				other.copyOf(r).Remove()
			}
		})
	}
	results := make([]stacktest.Result, len(checkouts))
	stacktest.AtOnce(len(checkouts), func(i int) { results[i] = checkouts[i].testUp(test.UpOptions{}) })
	seen := map[string]bool{}
	for i, of := range checkouts {
		results[i].Want(t, failure.OK).Says(t, ".spellbook/test/"+names[i]+".env")
		v := of.variables(names[i])
		for _, variable := range []string{"COMPOSE_PROJECT_NAME", "DB_PORT", "WEB_PORT_8080"} {
			if v[variable] == "" || seen[v[variable]] {
				t.Errorf("%s of %s is %q, which another has", variable, of.Dir, v[variable])
			}
			seen[v[variable]] = true
		}
		answers(t, v["DB_HOST"], v["DB_PORT"])
		of.testList().Says(t, names[i]).SaysNot(t, names[(i+1)%2]+" ")
	}
	clonesOwn := checkouts[2].record("main")
	checkouts[2].testDown("").Want(t, failure.OK)
	s.wantNothingOf(clonesOwn)
	for i, of := range checkouts[:2] {
		if n := len(of.copyOf(of.record(names[i])).IDs()); n != 2 {
			t.Errorf("%d containers are left of %s", n, names[i])
		}
	}
	if out := checkouts[1].testDown("").Want(t, failure.OK).Out; !strings.Contains(out, "-feature-pay-") {
		t.Errorf("it says %q", out)
	}
}
