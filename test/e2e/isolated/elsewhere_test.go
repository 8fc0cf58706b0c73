//go:build unix

package isolated_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// The variables point to the machine: by the address that is told, or else by the name
// that its engine is reached by.
func TestAStackOnAnotherMachineIsFoundThere(t *testing.T) {
	t.Parallel()
	d := stacktest.NewSSHD(t)
	for _, c := range []struct {
		name, host string
		environ    []string
	}{
		{"host", d.Alias, d.DockerHost()},
		{"address", "127.0.0.1", append(d.DockerHost(), "TEST_MACHINE_IP=127.0.0.1")},
		{"machine", d.Alias, []string{"PATH=" + d.Path, "TEST_MACHINE_IP=" + d.Alias}},
	} {
		s := newStack(t, `
  db: {image: "lab/service:1", ports: ["127.0.0.1:${DB_PORT:-5432}:8080"], stop_grace_period: 1s, `+stacktest.Health+`}
`)
		s.Env = append(s.Env, c.environ...)
		s.File(".env", "DB_URL=http://localhost:${DB_PORT}/x\n")
		s.testUp(test.UpOptions{Name: named(c.name)}).Want(t, failure.OK)
		v := s.variables(c.name)
		if want := "http://" + c.host + ":" + v["DB_PORT"] + "/x"; v["DB_HOST"] != c.host || v["DB_URL"] != want {
			t.Errorf("%s: DB_HOST is %s, DB_URL is %s", c.name, v["DB_HOST"], v["DB_URL"])
		}
		answers(t, "127.0.0.1", v["DB_PORT"]) // where the alias leads
		r := s.record(c.name)
		s.testDown(c.name).Want(t, failure.OK)
		s.wantNothingOf(r)
	}
}
