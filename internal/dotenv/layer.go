package dotenv

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/secret"
)

// Layer is what can give a variable its value, the weakest first.
type Layer int

// The layers.
const (
	Unset          Layer = iota // nothing does
	ComposeDefault              // ${NAME:-value} in a Compose file, for that place only
	PluginDefault               // a plugin
	EnvFile                     // --env-file, or .env
	Shell
)

// String is the layer's name.
func (l Layer) String() string {
	return [...]string{"unset", "Compose default", "plugin default", "env file", "shell"}[l]
}

// MarshalText is the layer's name, for JSON.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Origin is where a value comes from.
type Origin struct {
	Layer Layer
	File  string // as it was given; none for Shell, nor for a default that only the manifest of a plugin has
	Line  int    // from 1; 0 where there is none
	// Plugin is that of PluginDefault.
	Plugin string
}

// String is "shell", "unset", "file:line", or "plugin NAME" with the place in
// its fragment.
func (o Origin) String() string {
	switch {
	case o.Layer == PluginDefault:
		return "plugin " + o.Plugin + o.inFragment()
	case o.Line > 0:
		return fmt.Sprintf("%s:%d", o.File, o.Line)
	}
	return o.Layer.String()
}

func (o Origin) inFragment() string {
	if o.Line == 0 {
		return ""
	}
	return fmt.Sprintf(", %s:%d", o.File, o.Line)
}

// IsDefault reports whether the layer is one of the defaults, of which each holds
// at its own place.
func (l Layer) IsDefault() bool { return l == ComposeDefault || l == PluginDefault }

// Setting is what one layer says of a variable.
type Setting struct {
	Origin
	Value      secret.String
	IsSet      bool          // false for Unset, and for a bare name that nothing else sets
	Bare       bool          // NAME alone: it passes on what is set already
	Written    secret.String // the text of an env file that Value was made of, inside its quotes
	References []Reference   // what was looked up to make Value, in order, each name once
}

// Reference is a variable that a value refers to, and what it was when it was
// looked up: Compose reads an env file from top to bottom.
type Reference struct {
	Name string
	Origin
	Value secret.String
	IsSet bool
}

// Resolved is one variable with everything that was said of it.
type Resolved struct {
	Name   string
	Winner Setting   // of layer Unset where nothing sets it
	Losers []Setting // the strongest first; within a file the last first
}

// held is a value on the way to its final one.
type held struct {
	value string
	from  Origin
}

func (h held) setting() Setting {
	return Setting{Origin: h.from, Value: secret.New(h.value), IsSet: true}
}
