package report

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// refOf is the image that a step makes, names or pushes; empty where it does
// none of these.
func refOf(s plan.Step) string { return s.Action.Object().Image.Ref }

// lastPart is a reference without registry and path, "backend:3f9a". It is the
// same in every step about one image, because the tag carries the content key.
func lastPart(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// shortName is a reference's last part without its tag.
func shortName(ref string) string {
	name, _, _ := strings.Cut(lastPart(ref), "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// repository is a reference without its tag.
func repository(ref string) string {
	return strings.TrimSuffix(ref, lastPart(ref)) + shortName(ref)
}

// imageNames are what the images of a plan are called, by the last parts of
// their references.
func imageNames(p plan.Plan) map[string]string {
	var all []called
	for _, s := range p.Steps {
		if image := s.Action.Object().Image; image.Ref != "" {
			all = append(all, called{ref: image.Ref, own: image.Build})
		}
	}
	return namesOf(all)
}

// called is an image with its build's own name, where that is known.
type called struct{ ref, own string }

// short is the last part of the image's repository, "backend"; of a name that
// Compose makes of project and service, the service.
func (c called) short() string {
	name := shortName(c.ref)
	if c.own != "" && strings.HasSuffix(name, "-"+c.own) {
		return c.own
	}
	return name
}

// namesOf are the names of images, by the last parts of their references: the
// short one where no other image has it; else what the build is called itself,
// which no two share.
func namesOf(all []called) map[string]string {
	images := map[string]called{}
	for _, c := range all {
		if known := images[lastPart(c.ref)]; known.own == "" {
			images[lastPart(c.ref)] = c
		}
	}
	sharing := map[string]int{}
	for _, c := range images {
		sharing[c.short()]++
	}
	names := map[string]string{}
	for last, c := range images {
		switch {
		case sharing[c.short()] == 1:
			names[last] = c.short()
		case c.own != "":
			names[last] = c.own
		default:
			names[last] = last
		}
	}
	return names
}

// shownAs are what builds are called in tables and failures, one by one: as in
// progress, where their images are known.
func shownAs(all []called) []string {
	names := namesOf(all)
	shown := make([]string, 0, len(all))
	for _, c := range all {
		name := c.own
		if c.ref != "" {
			name = names[lastPart(c.ref)]
		}
		shown = append(shown, Clean(name))
	}
	return shown
}
