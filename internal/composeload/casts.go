package composeload

import (
	"bytes"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/tree"
)

// AnySize lets large files through: compose-go caps the visits of nodes at
// 100,000 a file, so that anchors that name themselves come to an end. A file
// has fewer nodes than bytes.
func AnySize(files []string) func(*loader.Options) {
	visits := 100_000
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			visits = max(visits, int(info.Size()))
		}
	}
	return func(o *loader.Options) { o.MaxNodeVisits = visits }
}

// FewerCasts drops the rules for turning texts into numbers whose key is in
// none of the files: compose-go tries every rule on every value, which is
// a third of the time that a large model takes. Files that name others, or
// that can spell a key in another way, keep all rules.
func FewerCasts(files []string) func(*loader.Options) {
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

// plainText joins the files, a zero byte after each; plain is false where their
// keys are not all to be read in it.
func plainText(files []string) (text []byte, plain bool) {
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, false
		}
		for _, word := range []string{"include", "extends", `\`, "\x00"} {
			if bytes.Contains(data, []byte(word)) {
				return nil, false
			}
		}
		text = append(append(text, data...), 0)
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
