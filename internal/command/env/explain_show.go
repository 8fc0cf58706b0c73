package env

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/internal/status"
)

// show prints the layers, the places that read the variable, and the containers.
func (x *explanation) show() error {
	if _, err := fmt.Fprintln(x.Run.Out, x.title()); err != nil { // which has a value, as it is
		return err
	}
	for _, part := range []struct {
		header []string
		rows   [][]report.Cell
	}{
		{[]string{"", "LAYER", "WHERE", "VALUE"}, x.layerRows()},
		{[]string{"READ BY", "WHERE", "AS", "NOTE"}, x.useRows()},
		{[]string{"CONTAINER OF", "GETS", "VALUE", "BY"}, x.givenRows()},
	} {
		if len(part.rows) == 0 {
			continue
		}
		if _, err := fmt.Fprintln(x.Run.Out); err != nil {
			return err
		}
		if err := report.Table(x.Run.Out, x.Run.Format(false).Tables, part.header, part.rows); err != nil {
			return err
		}
	}
	if x.unloaded != nil {
		x.Run.Tell("note: what containers get is not known: %s", x.unloaded)
	}
	return nil
}

func (x *explanation) layerRows() (rows [][]report.Cell) {
	if x.Winner.Layer != dotenv.Unset {
		rows = append(rows, x.layerRow(x.Winner, "✔"))
	}
	for _, loser := range x.Losers {
		mark := ""
		if loser.Layer.IsDefault() && x.Winner.Layer.IsDefault() {
			mark = "✔" // each holds in its own place
		}
		rows = append(rows, x.layerRow(loser, mark))
	}
	return append(rows, x.includedRows()...)
}

func (x *explanation) layerRow(s dotenv.Setting, mark string) []report.Cell {
	where := place(s.File, s.Line)
	if s.Layer == dotenv.PluginDefault {
		where = s.String()
	}
	return []report.Cell{{Text: mark, State: status.Ready}, {Text: s.Layer.String(), Whole: true}, {Text: where, Whole: true}, {Text: x.says(s)}}
}

// says is the value of a layer; of a loser's secret, whether it is the winner's.
func (x *explanation) says(s dotenv.Setting) string {
	text, hidden := s.Value.Reveal(), load.IsHidden(x.secrets, x.Name, s)
	if hidden {
		text = secret.Mask
	}
	switch {
	case s.Bare:
		return "the name alone: passes on what is set"
	case s.Value.IsZero():
		text = "(empty)"
	case s.Origin == x.Winner.Origin || !hidden:
	case s.Value == x.Winner.Value:
		text += ", equal"
	default:
		text += ", different"
	}
	for i, r := range s.References {
		joint := ", "
		if i == 0 {
			joint = "\nmade of "
		}
		switch {
		case r.IsSet:
			text += joint + r.Name + " (" + r.String() + ")"
		case hidden && !strings.Contains(s.Written.Reveal(), "${"+r.Name): // what follows the dollar sign may be a part of the secret
			text += joint + "a variable that is not set"
		default:
			text += joint + r.Name + " (not set)"
		}
	}
	return text
}

func (x *explanation) useRows() (rows [][]report.Cell) {
	for _, u := range x.uses {
		service := u.Service
		if service == "" {
			service = "the project"
		}
		rows = append(rows, []report.Cell{{Text: service, Whole: true}, {Text: place(u.File, u.Line), Whole: true}, {Text: u.Path}, {Text: x.holds(u)}})
	}
	return rows
}

func (x *explanation) givenRows() (rows [][]report.Cell) {
	for _, g := range x.given {
		value := cmp.Or(g.shown, "(empty)")
		rows = append(rows, []report.Cell{{Text: g.Service, Whole: true}, {Text: g.Variable, Whole: true}, {Text: value}, {Text: place(g.File, g.Line), Whole: true}})
	}
	return rows
}
