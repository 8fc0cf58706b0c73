package image

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// CheckArguments refuses declared secrets that are interpolated into build
// arguments, which everybody can read in the image's history, and into labels.
// What only sounds or looks like a secret is a warning. What allow-args names is
// neither.
func CheckArguments(p *project.Project, builds []plan.Build) (warnings []string, err error) {
	for _, b := range builds {
		allowed, err := allowedArgs(p, b)
		if err != nil {
			return nil, err
		}
		c := argCheck{p, b, allowed}
		for _, name := range slices.Sorted(maps.Keys(b.Args)) {
			text, err := c.argument(name, b.Args[name])
			if err != nil {
				return nil, err
			}
			if text != "" {
				warnings = append(warnings, text)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(b.Labels)) {
			if held := c.interpolated(func(s *types.BuildConfig) string { return s.Labels[name] }); held != "" {
				return nil, inTheOpen(b, "label", name, held)
			}
		}
	}
	return warnings, nil
}

// argCheck is of the arguments of one build.
type argCheck struct {
	p       *project.Project
	b       plan.Build
	allowed []string
}

func (c argCheck) argument(name, value string) (warning string, err error) {
	if slices.Contains(c.allowed, name) {
		return "", nil
	}
	held := c.interpolated(func(s *types.BuildConfig) string {
		if value := s.Args[name]; value != nil {
			return *value
		}
		return ""
	})
	if held != "" {
		return "", inTheOpen(c.b, "argument", name, held)
	}
	if why := c.p.Sounds(name, value); why != "" && tellsOne(value) {
		return fmt.Sprintf("service %s: build argument %s has %s, and the image's history shows it to everybody\n"+
			"  → a secret goes in by build: {secrets: [%s]}; if it is none: x-spellbook: {build: {allow-args: [%s], reason: …}}", c.b.Services[0], name, why, name, name), nil
	}
	return "", nil
}

// interpolated is the variable of a declared secret that a part of the section is
// made of.
func (c argCheck) interpolated(of func(*types.BuildConfig) string) string {
	return c.p.InterpolatedIn(func(p *project.Project) string {
		if s := p.Model.Services[c.b.Services[0]].Build; s != nil {
			return of(s)
		}
		return ""
	})
}

// tellsOne: a value that could be a secret, and is no switch, number or path
// variable.
func tellsOne(value string) bool {
	_, number := strconv.ParseFloat(value, 64)
	_, truth := strconv.ParseBool(value)
	return len(value) > 3 && number != nil && truth != nil
}

// allowedArgs are what the services of a build let into its arguments knowingly:
// x-spellbook: {build: {allow-args: [NAME], reason: TEXT}}.
func allowedArgs(p *project.Project, b plan.Build) (names []string, err error) {
	for _, service := range b.Services {
		extension, _ := p.Model.Services[service].Extensions["x-spellbook"].(map[string]any)
		given, there := extension["build"]
		if !there {
			continue
		}
		said, isMapping := given.(map[string]any)
		list, isList := said["allow-args"].([]any)
		reason, _ := said["reason"].(string)
		fault := ""
		switch {
		case !isMapping || !isList:
			fault = "has no list allow-args"
		case strings.TrimSpace(reason) == "":
			fault = "has no reason"
		}
		for _, one := range list {
			name, isName := one.(string)
			if _, isArgument := b.Args[name]; (!isName || !isArgument) && fault == "" {
				fault = fmt.Sprintf("allows %v, which is no argument of the section", one)
			}
			names = append(names, name)
		}
		if fault != "" {
			return nil, failure.New(failure.Preflight, "service %s: x-spellbook.build %s", service, fault).
				WithHint("write build: {allow-args: [NAME], reason: why everybody may read it}")
		}
	}
	return names, nil
}

func inTheOpen(b plan.Build, kind, name, variable string) error {
	service := b.Services[0]
	e := failure.New(failure.Preflight, "service %s: build %s %s holds the secret %s, which the image's history shows to everybody", service, kind, name, variable).
		WithDetails("in the Compose file, in place of it:",
			"  services: {"+service+": {build: {secrets: ["+name+"]}}}",
			"  secrets: {"+name+": {environment: "+variable+"}}",
			"in the Dockerfile, where it is needed:",
			"  RUN --mount=type=secret,id="+name+" … $(cat /run/secrets/"+name+")")
	if kind == "argument" {
		e.WithDetails("if everybody may read it:", "  services: {"+service+": {x-spellbook: {build: {allow-args: ["+name+"], reason: …}}}}")
	}
	return e.WithHint("take it out of the section's args, and hand it over as a BuildKit secret as above")
}
