package project

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
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

// fewerCasts drops the rules for turning texts into numbers whose key is in
// none of the files: compose-go tries every rule on every value, which is
// a third of the time that a large model takes. Files that name others, or
// that can spell a key in another way, keep all rules.
func fewerCasts(files []string) func(*loader.Options) {
	return func(o *loader.Options) {
		text, plain := plainText(files)
		if !plain || o.Interpolate == nil {
			return
		}
		kept := map[tree.Path]interpolation.Cast{}
		for path, cast := range o.Interpolate.TypeCastMapping {
			if bytes.Contains(text, []byte(lastKey(path))) {
				kept[path] = cast
			}
		}
		few := *o.Interpolate
		few.TypeCastMapping = kept
		o.Interpolate = &few
	}
}

// plainText joins the files; plain is false where their keys are not all to be
// read in it.
func plainText(files []string) (text []byte, plain bool) {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, false
		}
		text = append(append(text, data...), '\n')
	}
	for _, word := range []string{"include", "extends", `\`, "\x00"} {
		if bytes.Contains(text, []byte(word)) {
			return nil, false
		}
	}
	return text, true
}

// lastKey is the last part of a path that is a key, not a pattern.
func lastKey(path tree.Path) string {
	parts := path.Parts()
	for len(parts) > 1 && strings.Trim(parts[len(parts)-1], "*[]") == "" {
		parts = parts[:len(parts)-1]
	}
	return parts[len(parts)-1]
}
