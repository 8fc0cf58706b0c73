package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

// Hook names a moment of a deployment or a rollback.
type Hook string

// HookPreDeploy is when the lock is held and nothing was changed, HookPostDeploy when the
// release serves, HookFailed when it does not.
const (
	HookPreDeploy  Hook = "pre-deploy"
	HookPostDeploy Hook = "post-deploy"
	HookFailed     Hook = "failed"
)

// Hooks are the targets of this machine that a project runs at each moment, with
// their arguments: what x-spellbook: {hooks: {pre-deploy: [smoke:test]}} at the top
// of a Compose file says. One that is not understood is exit code 3.
func Hooks(p *project.Project) (map[Hook][][]string, error) {
	all, _ := p.Model.Extensions[Extension].(map[string]any)
	said, there := all["hooks"]
	if !there {
		return nil, nil
	}
	mapping, ok := said.(map[string]any)
	if !ok {
		return nil, wrongHooks("is no mapping")
	}
	hooks := map[Hook][][]string{}
	for _, key := range slices.Sorted(maps.Keys(mapping)) {
		if !slices.Contains([]Hook{HookPreDeploy, HookPostDeploy, HookFailed}, Hook(key)) {
			return nil, wrongHooks("has no %s", key)
		}
		list, ok := mapping[key].([]any)
		if !ok {
			list = []any{mapping[key]}
		}
		for _, one := range list {
			text, _ := one.(string)
			argv := strings.Fields(text)
			if len(argv) == 0 {
				return nil, wrongHooks("has %v for %s, which is no target", one, key)
			}
			hooks[Hook(key)] = append(hooks[Hook(key)], argv)
		}
	}
	return hooks, nil
}

func wrongHooks(format string, args ...any) error {
	return failure.New(failure.Preflight, "x-spellbook.hooks %s", fmt.Sprintf(format, args...)).
		WithHint("write hooks: {pre-deploy: [TARGET], post-deploy: [TARGET], failed: [TARGET]}")
}
