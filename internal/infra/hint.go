package infra

import (
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/report"
)

// Hint says what to type next for a service that is not ready.
func Hint(service string, f report.Failure, check plan.Check) string {
	switch {
	case f.OOMKilled:
		return fmt.Sprintf("raise deploy.resources.limits.memory of %s", service)
	case strings.Contains(f.Reason, "port is already allocated"), strings.Contains(f.Reason, "address already in use"):
		return "another program took the port: mage infra:up names it"
	case f.ExitCode != nil && *f.ExitCode == 127:
		return "127 is command not found: check command and entrypoint, then the image"
	case f.ExitCode != nil && *f.ExitCode == 126:
		return "126 is command not executable: check its mode and its first line"
	case f.ExitCode != nil && *f.ExitCode == 137:
		return "137 is KILL: something ended it, or the machine ran out of memory"
	case f.State == report.Unhealthy && len(check.Test) > 1:
		return fmt.Sprintf("run its health check by hand: mage infra:exec %s %q", service, checkLine(check))
	case f.ExitCode == nil && strings.HasPrefix(f.Reason, "not ready"):
		return fmt.Sprintf("give it longer with -timeout, or look closer: mage infra:logs -services=%s -follow", service)
	}
	return fmt.Sprintf("mage infra:logs -services=%s -tail=200", service)
}

func checkLine(c plan.Check) string {
	if c.Test[0] == "CMD-SHELL" {
		return c.Test[1]
	}
	return strings.Join(c.Test[1:], " ")
}
