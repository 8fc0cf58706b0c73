package restartpolicy

import (
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
)

func TestThePolicyIsTheOneThatComposeGives(t *testing.T) {
	t.Parallel()
	two := uint64(2)
	deploy := func(condition string, most *uint64) *types.DeployConfig {
		return &types.DeployConfig{RestartPolicy: &types.RestartPolicy{Condition: condition, MaxAttempts: most}}
	}
	for want, services := range map[string][]types.ServiceConfig{
		"no":             {{}, {Restart: "no"}, {Restart: "always", Deploy: deploy("none", nil)}, {Restart: "always", Deploy: deploy("", nil)}},
		"always":         {{Restart: "always"}, {Deploy: deploy("any", nil)}, {Restart: "always", Deploy: &types.DeployConfig{}}},
		"unless-stopped": {{Restart: "unless-stopped"}},
		"on-failure":     {{Restart: "on-failure"}, {Deploy: deploy("on-failure", nil)}},
		"on-failure:2":   {{Restart: "on-failure:2"}, {Restart: "no", Deploy: deploy("on-failure", &two)}},
	} {
		for _, s := range services {
			if got := Of(s); got != want {
				t.Errorf("%q, %+v: %q, want %q", s.Restart, s.Deploy, got, want)
			}
		}
	}
	for policy, want := range map[string]bool{"no": true, "on-failure": true, "on-failure:3": true, "always": false, "unless-stopped": false} {
		if EndsWell(policy) != want {
			t.Errorf("%s: %t", policy, !want)
		}
	}
}
