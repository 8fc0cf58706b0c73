package report

import (
	"github.com/infinitescribe/spellbook/internal/status"
)

// stateCell is the state of a build in a table, with a mark on terminals.
func stateCell(o Options, s BuildState) Cell {
	c := Cell{Text: string(s), State: s.tint(), Whole: true}
	if o.Mode == Terminal {
		c.Text = s.mark() + " " + c.Text
	}
	return c
}

// mark tells the states apart without colours.
func (s BuildState) mark() string {
	switch s {
	case ImageBuilt, ImageTagged, ImageExists:
		return "✔"
	case ToBuild, ToTag:
		return "+"
	case BuildBroken:
		return "✖"
	case BuildCancelled:
		return "–"
	}
	return "·"
}

// tint is the state of a service that has the same colour.
func (s BuildState) tint() status.State {
	switch s {
	case ImageBuilt, ImageTagged:
		return status.Ready
	case ToBuild, ToTag:
		return status.Starting
	case BuildBroken:
		return status.Failed
	}
	return status.Absent
}
