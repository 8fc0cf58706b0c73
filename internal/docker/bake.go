package docker

import "github.com/infinitescribe/spellbook/internal/plan"

// BakeFile is the JSON of a bake file with a target for each build; no
// secret's value is in it.
func BakeFile(builds []plan.Build) ([]byte, error) {
	return nil, nil
}
