package infra

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/internal/status"
)

// Hint says what to do next for a service that is not ready; c is what the files
// say of it.
func Hint(service string, f status.Failure, check plan.Check, c types.ServiceConfig) string {
	switch {
	case f.OOMKilled:
		return fmt.Sprintf("raise %s of %s", limitKeys(c), service)
	case strings.Contains(f.Reason, "port is already allocated"), strings.Contains(f.Reason, "address already in use"):
		return "another program took the port: mage infra:up names it"
	case f.ExitCode != nil && *f.ExitCode == 127:
		return "127 is command not found: check command and entrypoint, then the image"
	case f.ExitCode != nil && *f.ExitCode == 126:
		return "126 is command not executable: check its mode and its first line"
	case f.ExitCode != nil && *f.ExitCode == 137 && limit(c) > 0:
		// Of a kill out of memory the engine may never hear. Source: containerd/containerd#8893.
		return fmt.Sprintf("137 is KILL: something ended it, or it ran out of memory, which engines miss at times: raise %s of %s", limitKeys(c), service)
	case f.ExitCode != nil && *f.ExitCode == 137:
		return "137 is KILL: something ended it, or the machine ran out of memory"
	case f.State == status.Unhealthy && check.Show != "":
		return fmt.Sprintf("run its health check by hand: mage infra:exec %s %q", cmp.Or(f.Container, service), check.Show) + masked(check)
	case f.ExitCode == nil && strings.HasPrefix(f.Reason, "not ready"):
		return fmt.Sprintf("give it longer with -timeout, or look closer: mage infra:logs -services=%s -follow", service)
	}
	return fmt.Sprintf("mage infra:logs -services=%s -tail=200", service)
}

// masked says what to do about what a check does not show.
func masked(c plan.Check) string {
	if !strings.Contains(c.Show, secret.Mask) {
		return ""
	}
	return ", with the secret in place of " + secret.Mask
}
