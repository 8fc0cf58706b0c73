package project

import (
	"errors"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
)

// standIn is a text, a number and a port.
const standIn = "1"

// lenient lets ${NAME:?} through where NAME has no value.
func lenient(o *loader.Options) {
	if o.Interpolate == nil {
		return
	}
	forgiving := *o.Interpolate
	forgiving.Substitute = forgive
	o.Interpolate = &forgiving
}

// forgive gives one missing variable after the other the stand-in.
func forgive(text string, lookup template.Mapping) (string, error) {
	given := map[string]bool{}
	for {
		value, err := template.Substitute(text, func(name string) (string, bool) {
			if given[name] {
				return standIn, true
			}
			return lookup(name)
		})
		var missing *template.MissingRequiredError
		if !errors.As(err, &missing) || given[missing.Variable] {
			return value, err
		}
		given[missing.Variable] = true
	}
}
