package report

import (
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/plan"
)

func TestANameIsCutWhereThereIsNoRoomAlone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"network handshop_default": 24, "network infinite-scribe-local_default": 29, "registry.example/lab/base:bookworm": 20} {
		if got := (frame{width: 79}).nameColumns([]*item{{name: name}}); got != want {
			t.Errorf("%s: %d columns, want %d", name, got, want)
		}
	}
}

func TestImagesThatAreSentAreToldApart(t *testing.T) {
	var p plan.Plan
	for _, service := range []string{"db", "cache"} {
		p.Add(plan.Step{ID: plan.ID("send image of " + service), Action: plan.SendImage{Source: "shop:1", Ref: "shop:r1", Service: service}})
	}
	var names []string
	for _, it := range newTreeModel("deploy:to live", time.Time{}, p).items {
		names = append(names, it.name)
	}
	if got := strings.Join(names, ", "); got != "image of cache, image of db" {
		t.Errorf("got %s", got)
	}
}
