package project

import (
	"bytes"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/tree"
)

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
