package pluginhost

import (
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

func TestAPermissionForAPathSaysWhatItGivesAway(t *testing.T) {
	t.Parallel()
	p := policy.Places{"deploy/environments": "values", ".git": "history", "magefiles": "targets"}
	for key, want := range map[string][]string{
		"mount:./deploy":                         {"  mount:./deploy gives it deploy/environments: values"},
		"mount:./deploy/environments/.env.local": {"  mount:./deploy/environments/.env.local gives it deploy/environments: values"},
		"mount:./magefiles":                      {"  mount:./magefiles gives it magefiles: targets"},
		"mount:.":                                {"  mount:. gives it .git: history", "  mount:. gives it deploy/environments: values", "  mount:. gives it magefiles: targets"},
		"mount:./deployment":                     nil,
		"mount:/data":                            nil,
		"cap:NET_ADMIN":                          nil,
	} {
		if got := p.Notes([]manifest.Permission{{Key: key}}); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}
