package dockerfile

import (
	"strings"

	"github.com/distribution/reference"
)

// scratch is the empty image, which comes from nowhere.
const scratch = "scratch"

// valid reports whether BuildKit would take the name of an image.
func valid(image string) bool {
	_, err := reference.ParseNormalizedNamed(image)
	return err == nil
}

// familiar is an image as Docker prints it, with its tag; image is valid.
func familiar(image string) string {
	ref, err := reference.ParseNormalizedNamed(image)
	if err != nil {
		return image
	}
	return reference.FamiliarString(reference.TagNameOnly(ref))
}

// named is the name by which BuildKit looks a named context up: golang, and not
// golang:latest or docker.io/library/golang, under which Compose and bake hand one
// over as it is written and nobody finds it. "scratch" and "context" are never replaced.
func named(name string) string {
	if lower := strings.ToLower(name); lower == scratch || lower == "context" {
		return "\x00"
	}
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name
	}
	return strings.TrimSuffix(reference.FamiliarString(ref), ":latest")
}
