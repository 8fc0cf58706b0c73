// Package restartpolicy is which restart policy the engine gets for a service. It
// imports nothing of ours.
package restartpolicy

import (
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// No is the policy that starts nothing again.
const No = "no"

// Of is the policy that Compose gives a service: no, always, unless-stopped, on-failure
// or on-failure:N. deploy.restart_policy is before restart, also where it has no
// condition, which is none. Source: docker/compose getRestartPolicy.
func Of(s types.ServiceConfig) string {
	if s.Deploy == nil || s.Deploy.RestartPolicy == nil {
		return named(s.Restart)
	}
	policy := named(s.Deploy.RestartPolicy.Condition)
	if most := s.Deploy.RestartPolicy.MaxAttempts; most != nil && *most > 0 {
		policy += fmt.Sprintf(":%d", *most)
	}
	return policy
}

func named(condition string) string {
	switch condition {
	case "", "none", No:
		return No
	case "any":
		return "always"
	}
	return condition
}

// EndsWell reports whether a policy leaves what has ended with 0 as it is.
func EndsWell(policy string) bool { return policy == No || strings.HasPrefix(policy, "on-failure") }
