package image

import (
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// CheckNames refuses a name that two builds of different content claim: each
// run would take it from the other.
func CheckNames(builds []plan.Build) error {
	owner := map[string]plan.Build{}
	for _, b := range builds {
		for _, name := range b.Tags {
			if other, claimed := owner[name]; claimed {
				return failure.New(failure.Preflight, "services %s and %s build %s in different ways", other.Services[0], b.Services[0], name).
					WithHint("make their build sections the same, or give one of them an image: of its own")
			}
			owner[name] = b
		}
	}
	return nil
}

// credentials in a URL, and the marks around them.
var credentials = lazyregexp.New(`//[^/@\s]+@`)

// withoutCredentials is an address as it may be shown and kept.
func withoutCredentials(address string) string {
	return credentials.ReplaceAllString(address, "//****@")
}
