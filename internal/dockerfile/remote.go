package dockerfile

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// remote is a source of ADD that is fetched: a URL, or a git repository over
// ssh as git writes it (git@github.com:owner/name).
var remote = lazyregexp.New(`^((?i:https?|git|ssh)://|[A-Za-z0-9._-]+@[^/:]+:)`)

// RemoteInputs are what ADD fetches from elsewhere, in the order of the file
// and without doubles, as it is written: variables are not filled in. What is
// there may change without a change of the file, except for ADD --checksum.
func (f *File) RemoteInputs() []string {
	var list []string
	for i, s := range f.stages {
		for _, c := range slices.Concat(s.Commands, f.triggers[i]) {
			add, ok := c.(*instructions.AddCommand)
			if !ok || add.Checksum != "" {
				continue
			}
			for _, path := range add.SourcePaths {
				if remote.MatchString(path) && !slices.Contains(list, path) {
					list = append(list, path)
				}
			}
		}
	}
	return list
}
