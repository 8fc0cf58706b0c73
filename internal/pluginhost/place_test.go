package pluginhost

import (
	"slices"
	"testing"
)

func TestAPermissionForAPathSaysWhatItGivesAway(t *testing.T) {
	t.Parallel()
	p := Places{"deploy/environments": "values", ".git": "history", "magefiles": "targets"}
	for key, want := range map[string][]string{
		"mount:./deploy":                         {"  mount:./deploy gives it deploy/environments: values"},
		"mount:./deploy/environments/.env.local": {"  mount:./deploy/environments/.env.local gives it deploy/environments: values"},
		"mount:./magefiles":                      {"  mount:./magefiles gives it magefiles: targets"},
		"mount:.":                                {"  mount:. gives it .git: history", "  mount:. gives it deploy/environments: values", "  mount:. gives it magefiles: targets"},
		"mount:./deployment":                     nil,
		"mount:/data":                            nil,
		"cap:NET_ADMIN":                          nil,
	} {
		if got := p.notes([]Permission{{Key: key}}); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}
