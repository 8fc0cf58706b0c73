package infra_test

import (
	"testing"

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
		if got := infra.Hint("redis", sick, plan.Check{Test: []string{"CMD-SHELL", "redis-cli -a canary ping"}, Show: show}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
