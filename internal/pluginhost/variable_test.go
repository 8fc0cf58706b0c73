package pluginhost

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

func TestOnlyVariablesThatBeginWithThePluginsNameAreItsOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		plugin, variable string
		standing         Standing
		want             bool
	}{
		{"search", "SEARCH_PORT", Standing{}, true},
		{"search", "SEARCH_KEY", Standing{Secret: true}, true},
		{"search", "SEARCH", Standing{}, false},
		{"search", "SEARCHER_PORT", Standing{}, false},
		{"search", "POSTGRES_PASSWORD", Standing{}, false},
		// A name that fits by chance, or on purpose, is no claim.
		{"postgres", "POSTGRES_PASSWORD", Standing{Taken: true}, false},
		{"aws", "AWS_SECRET_ACCESS_KEY", Standing{Shell: true}, false},
	} {
		if got := c.standing.isOwn(c.plugin, c.variable); got != c.want {
			t.Errorf("%s of %s, %+v: %v", c.variable, c.plugin, c.standing, got)
		}
	}
}

func TestASecretIsOneWhateverTheManifestSays(t *testing.T) {
	t.Parallel()
	h := &Host{Standing: func(_, variable string) Standing { return Standing{Secret: variable == "TEST_MARKED"} }}
	m := h.held(manifest.Manifest{Name: "test", Variables: []manifest.Variable{
		{Name: "TEST_MARKED"}, {Name: "TEST_PASSWORD"}, {Name: "DB_PASSWORD", Type: "int"}, {Name: "TEST_SECRET", Secret: true},
		{Name: "TEST_AUTHORIZATION", Type: "bool"}, {Name: "TEST_PORT", Type: "port"}, {Name: "TEST_URL", Type: "url"},
	}})
	var secrets []string
	for _, v := range m.Variables {
		if v.Secret {
			secrets = append(secrets, v.Name)
		}
	}
	if want := []string{"TEST_MARKED", "TEST_PASSWORD", "DB_PASSWORD", "TEST_SECRET"}; !slices.Equal(secrets, want) {
		t.Errorf("secrets are %q", secrets)
	}
	// So it reaches neither Render nor Validate, and is masked in all that the plugin says.
	if config := configOf(m, map[string]string{"TEST_MARKED": "canary", "TEST_PASSWORD": "canary", "TEST_URL": "http://x"}); len(config) != 1 {
		t.Errorf("config is %v", config)
	}
	run := Run{Secrets: map[string]string{"TEST_MARKED": "canary"}}.of(m)
	if got := Masked("it is canary", run.GetSecrets()); got != "it is ****" {
		t.Errorf("got %q", got)
	}
}

func TestAFragmentNamesNoVariableOfOthersWithoutAGrant(t *testing.T) {
	t.Parallel()
	m := testManifest()
	m.Variables = append(m.Variables, manifest.Variable{Name: "POSTGRES_PASSWORD"}, manifest.Variable{Name: "AWS_SECRET_ACCESS_KEY"})
	b := policy.Bounds{ForeignVariables: []string{"POSTGRES_PASSWORD", "AWS_SECRET_ACCESS_KEY"}, Root: t.TempDir()}
	for _, lines := range []string{
		"command: ['$POSTGRES_PASSWORD']", "environment: [POSTGRES_PASSWORD]", "environment: {X: '${A_PORT:-${POSTGRES_PASSWORD}}'}",
		"environment: {POSTGRES_PASSWORD: }", "post_start: [{command: id, environment: [POSTGRES_PASSWORD]}]",
		"restart: 'no'\nx-any: ${AWS_SECRET_ACCESS_KEY:?}",
	} {
		found := policy.CheckWithin([]byte(inService(lines)), m, b)
		key := keysOf(found)
		if len(found) == 0 || !strings.HasPrefix(key[0], "variable:") {
			t.Errorf("%s passes: %+v", lines, found)
			continue
		}
		granted := b
		granted.Granted = key
		if again := policy.CheckWithin([]byte(inService(lines)), m, granted); len(again) > 0 {
			t.Errorf("%q does not lift %+v", key, again)
		}
	}
	found := policy.CheckWithin([]byte(inService("restart: 'no'")+"secrets: {s: {environment: AWS_SECRET_ACCESS_KEY}}"), m, b)
	if len(found) != 1 || found[0].Key != "variable:AWS_SECRET_ACCESS_KEY" {
		t.Errorf("%+v", found)
	}
}
