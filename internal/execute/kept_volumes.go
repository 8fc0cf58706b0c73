package execute

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// ReportKeptVolumes tells what is not removed because somebody else uses it.
func ReportKeptVolumes(s *load.Session, lines []string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(s.Run.Err, line)
	}
}

// RemovedVolumes are those that a plan removes.
func RemovedVolumes(p plan.Plan) []string {
	var names []string
	for _, a := range plan.ActionsOf[plan.RemoveVolumes](p) {
		names = append(names, a.Names...)
	}
	return names
}
