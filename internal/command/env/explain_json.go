package env

import (
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// explainDocument is what env:explain -json writes.
type explainDocument struct {
	Version    int            `json:"version"`
	Variable   string         `json:"variable"`
	Summary    string         `json:"summary,omitempty"` // the first line for people
	Layers     []layerEntry   `json:"layers"`
	ReadBy     []readEntry    `json:"read_by"`
	Containers []receiptEntry `json:"containers"`
	// Unknown is why there is no telling what containers get.
	Unknown  string `json:"unknown,omitempty"`
	Error    string `json:"error,omitempty"`
	ExitCode int    `json:"exit_code,omitempty"`
}

// layerEntry is what one layer says; of a secret, that it says something.
type layerEntry struct {
	Layer  string   `json:"layer"`
	Where  string   `json:"where,omitempty"`
	Only   string   `json:"only_in,omitempty"` // the included file that it is for
	Holds  bool     `json:"holds"`
	Secret bool     `json:"secret"`
	Value  *string  `json:"value,omitempty"` // none of a name alone, masked of a secret
	MadeOf []string `json:"made_of"`
}

type readEntry struct {
	Service string `json:"service,omitempty"`
	Where   string `json:"where"`
	As      string `json:"as"`
	Note    string `json:"note,omitempty"`
}

type receiptEntry struct {
	Service  string `json:"service"`
	Variable string `json:"variable"`
	Value    string `json:"value"` // masked where it must be
	By       string `json:"by,omitempty"`
}

// fill is the explanation as a document.
func (x *explanation) fill(doc *explainDocument) {
	doc.Summary = x.title()
	if x.Winner.Layer != dotenv.Unset {
		doc.Layers = append(doc.Layers, x.layerEntry(x.Winner, true, ""))
	}
	for _, loser := range x.Losers {
		doc.Layers = append(doc.Layers, x.layerEntry(loser, loser.Layer.IsDefault() && x.Winner.Layer.IsDefault(), ""))
	}
	for _, s := range x.included {
		doc.Layers = append(doc.Layers, x.layerEntry(s.Setting, s.holds, s.file))
	}
	for _, u := range x.uses {
		doc.ReadBy = append(doc.ReadBy, readEntry{u.Service, place(u.File, u.Line), u.Path, x.holds(u)})
	}
	for _, g := range x.given {
		doc.Containers = append(doc.Containers, receiptEntry{g.Service, g.Variable, g.shown, place(g.File, g.Line)})
	}
	if x.unloaded != nil {
		doc.Unknown = plugins.FirstLine(x.unloaded)
	}
}

func (x *explanation) layerEntry(s dotenv.Setting, holds bool, only string) layerEntry {
	e := layerEntry{Layer: s.Layer.String(), Where: place(s.File, s.Line), Only: only, Holds: holds, MadeOf: []string{}, Secret: load.IsHidden(x.secrets, x.Name, s)}
	if s.Layer == dotenv.PluginDefault {
		e.Where = s.String()
	}
	for _, r := range s.References {
		e.Secret = e.Secret || only != "" && x.secrets.IsSecret(r.Name)
	}
	for _, r := range s.References {
		if r.IsSet || !e.Secret { // what follows a dollar sign may be a part of the secret
			e.MadeOf = append(e.MadeOf, r.Name)
		}
	}
	if !s.Bare {
		value := s.Value.Reveal()
		if e.Secret && value != "" {
			value = secret.Mask
		}
		e.Value = &value
	}
	return e
}
