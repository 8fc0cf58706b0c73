package deploy_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

func TestHooksAreTargetsWithTheirArguments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[deploy.Hook][][]string{
		"": nil,
		"x-spellbook: {hooks: {pre-deploy: smoke:test, post-deploy: [\"notify -channel=ops\", tell]}}\n": {
			deploy.HookPreDeploy: {{"smoke:test"}}, deploy.HookPostDeploy: {{"notify", "-channel=ops"}, {"tell"}}},
		"x-spellbook: {hooks: {failed: [tell]}}\n": {deploy.HookFailed: {{"tell"}}},
	} {
		got, err := deploy.Hooks(loaded(t, "name: shop\nservices: {api: {image: a}}\n"+text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"hooks: [a]":               "x-spellbook.hooks is no mapping",
		"hooks: {before: a}":       "x-spellbook.hooks has no before",
		"hooks: {failed: [1]}":     "x-spellbook.hooks has 1 for failed",
		"hooks: {pre-deploy: ' '}": "which is no target",
	} {
		_, err := deploy.Hooks(loaded(t, "name: shop\nservices: {api: {image: a}}\nx-spellbook: {"+text+"}\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
