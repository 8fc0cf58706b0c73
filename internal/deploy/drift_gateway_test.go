package deploy_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/gateway"
)

func TestEachWayInWhichARunningGatewayIsNotAsItWasConfiguredIsTold(t *testing.T) {
	t.Parallel()
	slots := gateway.Slots{"api_8000": {{Release: "r2", Address: "shop-api-r2:8080", State: gateway.Ready}, {State: gateway.Free}}}
	as := func(change func(a, b *gateway.ServerState)) gateway.Observed {
		a := gateway.ServerState{Backend: "api_8000", Slot: "a", Name: "shop-api-r2", Port: 8080, Ready: true}
		b := gateway.ServerState{Backend: "api_8000", Slot: "b"}
		change(&a, &b)
		return gateway.Observed{Servers: []gateway.ServerState{a, b}}
	}
	maintenance := as(func(*gateway.ServerState, *gateway.ServerState) {})
	maintenance.Maintenance = true
	for name, c := range map[string]struct {
		now  gateway.Observed
		want []string
	}{
		"as configured": {as(func(*gateway.ServerState, *gateway.ServerState) {}), nil},
		"maintenance":   {maintenance, []string{"is on: true, and was to be: false"}},
		"switched by hand": {as(func(a, b *gateway.ServerState) { a.Ready, b.Ready = false, true }),
			[]string{"slot a gets requests: false, and was to be ready", "slot b gets requests: true, and was to be free"}},
		"led elsewhere": {as(func(a, _ *gateway.ServerState) { a.Name = "shop-api-r1" }), []string{"slot a leads to shop-api-r1:8080, not to shop-api-r2:8080"}},
	} {
		got := deploy.GatewayDrifts(slots, false, c.now, "shop-spellbook-gateway-1")
		var texts []string
		for _, one := range got {
			texts = append(texts, one.Text)
			if one.Remedy != "on the server: docker restart shop-spellbook-gateway-1" {
				t.Errorf("%s: %s", name, one.Remedy)
			}
		}
		if strings.Join(texts, "; ") != strings.Join(c.want, "; ") {
			t.Errorf("%s: %v", name, texts)
		}
	}
}
