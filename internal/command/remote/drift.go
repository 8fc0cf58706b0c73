package remote

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/report"
)

// Spelled is a drift with the commands in it spelled as the user calls them.
func Spelled(d report.DeployDrift, spell func(string) string) report.DeployDrift {
	d.Drift, d.Notes = slices.Clone(d.Drift), slices.Clone(d.Notes)
	for i, one := range d.Drift {
		d.Drift[i].Remedy = spell(one.Remedy)
	}
	for i, note := range d.Notes {
		d.Notes[i] = spell(note)
	}
	return d
}
