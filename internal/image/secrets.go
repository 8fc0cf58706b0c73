package image

import (
	"maps"
	"slices"
	"strconv"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// CheckArguments refuses secrets as build arguments, which everybody can read
// in the image's history, and as labels. hidden tells whether a text holds a
// secret of the environment, holder which variable holds it; "" for none.
func CheckArguments(builds []plan.Build, hidden func(string) bool, holder func(string) string) error {
	for _, b := range builds {
		for _, name := range slices.Sorted(maps.Keys(b.Args)) {
			if value := b.Args[name]; hidden(value) || secret.IsName(name) && tellsOne(value) {
				return inTheOpen(b, "argument", name, holder(value))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(b.Labels)) {
			if hidden(b.Labels[name]) {
				return inTheOpen(b, "label", name, holder(b.Labels[name]))
			}
		}
	}
	return nil
}

// tellsOne: a value that could be a secret, and is no switch, number or path
// variable.
func tellsOne(value string) bool {
	_, number := strconv.ParseFloat(value, 64)
	_, truth := strconv.ParseBool(value)
	return len(value) > 3 && number != nil && truth != nil
}

func inTheOpen(b plan.Build, kind, name, variable string) error {
	if variable == "" {
		variable = name
	}
	service := b.Services[0]
	return failure.New(failure.Preflight, "service %s: build %s %s holds a secret, which the image's history shows to everybody", service, kind, name).
		WithDetails("in the Compose file, in place of it:",
			"  services: {"+service+": {build: {secrets: ["+name+"]}}}",
			"  secrets: {"+name+": {environment: "+variable+"}}",
			"in the Dockerfile, where it is needed:",
			"  RUN --mount=type=secret,id="+name+" … $(cat /run/secrets/"+name+")").
		WithHint("take it out of the section's args, and hand it over as a BuildKit secret as above")
}
