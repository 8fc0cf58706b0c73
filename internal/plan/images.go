package plan

import "strings"

// PullImage fetches an image that is not there, as the Compose CLI would for
// the service: with its platform and the user's credentials.
type PullImage struct {
	Image, Service string
	// Platform is another than this machine's, and Manifest what Image is for it,
	// REPOSITORY@DIGEST: Image itself is left as it is here. Else both are "".
	Platform, Manifest string
}

// TagImage gives an image that is there further names.
type TagImage struct {
	Source string
	Tags   []string
}

// PushImage pushes the engine's images to their registries.
type PushImage struct{ Refs []string }

const images = "images"

// Describe says for which platform, where that is another than this machine's.
func (a PullImage) Describe() string {
	if a.Platform == "" {
		return ""
	}
	return "for " + a.Platform
}

// Kind is pull.
func (PullImage) Kind() string { return "pull" }

// Verb is to pull.
func (PullImage) Verb() Verb { return Verb{Doing: "pulling", Done: "pulled"} }

// Lane is the ordinary one.
func (PullImage) Lane() Lane { return LaneWork }

// Object is the image, which other services may have as well.
func (a PullImage) Object() Object {
	return Object{Noun: a.Image, Names: []string{a.Image}, Shared: true}
}

// Phase says which image.
func (a PullImage) Phase(string) string { return "pull " + a.Image }

// Describe has nothing to add to the step's name.
func (TagImage) Describe() string { return "" }

// Kind is tag.
func (TagImage) Kind() string { return "tag" }

// Verb is to tag.
func (TagImage) Verb() Verb { return Verb{Doing: "tagging", Done: "tagged", Instant: true} }

// Lane is the ordinary one.
func (TagImage) Lane() Lane { return LaneWork }

// Object is the image with its further names.
func (a TagImage) Object() Object {
	return Object{Noun: images, Names: a.Tags, Image: Image{Ref: a.Source}}
}

// Phase is none: builds have no timeline.
func (TagImage) Phase(string) string { return "" }

// Describe names what is pushed beside the first.
func (a PushImage) Describe() string {
	if len(a.Refs) < 2 {
		return ""
	}
	return "and " + strings.Join(a.Refs[1:], ", ")
}

// Kind is push.
func (PushImage) Kind() string { return "push" }

// Verb is to push.
func (PushImage) Verb() Verb { return Verb{Doing: "pushing", Done: "pushed"} }

// Lane is the ordinary one.
func (PushImage) Lane() Lane { return LaneWork }

// Object is the image by the names that are pushed.
func (a PushImage) Object() Object {
	return Object{Noun: images, Names: a.Refs, Image: Image{Ref: first(a.Refs, "")}}
}

// Phase is none: builds have no timeline.
func (PushImage) Phase(string) string { return "" }

func first(list []string, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return list[0]
}
