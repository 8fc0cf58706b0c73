package infra_test

import (
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/infra"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/status"
)

func TestTheHintOfAHealthCheckShowsWhatIsMasked(t *testing.T) {
	sick := status.Failure{Service: "redis", State: status.Unhealthy}
	for show, want := range map[string]string{
		"redis-cli -a **** ping": `run its health check by hand: mage infra:exec redis "redis-cli -a **** ping", with the secret in place of ****`,
		"redis-cli ping":         `run its health check by hand: mage infra:exec redis "redis-cli ping"`,
		"":                       "mage infra:logs -services=redis -tail=200",
	} {
		check := plan.Check{Test: []string{"CMD-SHELL", "redis-cli -a canary ping"}, Show: show}
		if got := infra.Hint("redis", sick, check, types.ServiceConfig{}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheHintOfALackOfMemoryNamesTheKeyThatTheFilesHave(t *testing.T) {
	deploy := &types.DeployConfig{Resources: types.Resources{Limits: &types.Resource{MemoryBytes: 1 << 30}}}
	plain := types.ContainerSpec{MemLimit: 1 << 30}
	for _, c := range []struct {
		service types.ServiceConfig
		want    string
	}{
		{types.ServiceConfig{}, "raise mem_limit of db"},
		{types.ServiceConfig{ContainerSpec: plain}, "raise mem_limit of db"},
		{types.ServiceConfig{Deploy: &types.DeployConfig{}}, "raise mem_limit of db"},
		{types.ServiceConfig{Deploy: deploy}, "raise deploy.resources.limits.memory of db"},
		{types.ServiceConfig{Deploy: deploy, ContainerSpec: plain}, "raise mem_limit and deploy.resources.limits.memory of db"},
	} {
		if got := infra.Hint("db", status.Failure{OOMKilled: true}, plan.Check{}, c.service); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestTheHintOfAKillNamesTheLimitOfMemoryAsEnginesMissSomeThatReachIt(t *testing.T) {
	code := 137
	killed := status.Failure{State: status.Failed, ExitCode: &code}
	limited := types.ServiceConfig{ContainerSpec: types.ContainerSpec{MemLimit: 16 << 20}}
	deploy := types.ServiceConfig{Deploy: &types.DeployConfig{Resources: types.Resources{Limits: &types.Resource{MemoryBytes: 16 << 20}}}}
	const missed = "137 is KILL: something ended it, or it ran out of memory, which engines miss at times: raise "
	for _, c := range []struct {
		service types.ServiceConfig
		want    string
	}{
		{limited, missed + "mem_limit of db"},
		{deploy, missed + "deploy.resources.limits.memory of db"},
		{types.ServiceConfig{}, "137 is KILL: something ended it, or the machine ran out of memory"},
	} {
		if got := infra.Hint("db", killed, plan.Check{}, c.service); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
