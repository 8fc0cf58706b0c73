package plan

import (
	"strconv"
	"strings"
)

// Build is one image that BuildKit makes: what a Compose build section says,
// everything filled in. Services whose sections come to the same share one.
type Build struct {
	// Name is the bake target's: the first of Services. Letters, digits, _ and -.
	Name     string
	Services []string // sorted
	// Context is an absolute directory, or what stands for a remote context.
	Context    string
	Dockerfile string // absolute where the context is a directory
	Inline     string // the Dockerfile's text, in place of Dockerfile
	Target     string // the stage; "" is the last
	Args       map[string]string
	Labels     map[string]string
	// Contexts are additional contexts by name: a directory, a URL,
	// docker-image://, oci-layout:// or target:NAME of another Build.
	Contexts   map[string]string
	Secrets    []BuildSecret
	SSH        []string // as `docker buildx build --ssh` takes them
	CacheFrom  []string
	CacheTo    []string
	Platforms  []string // empty: the builder's own
	Runs       string   // of several Platforms the one that the services are to run on; "" is the engine's own
	Network    string
	ExtraHosts map[string][]string
	ShmSize    int64    // bytes; 0: the builder's
	Ulimits    []string // name=soft:hard
	Entitled   []string // entitlements
	Privileged bool
	Pull       bool
	NoCache    bool
	Uncached   []string // stages that are not taken from the cache
	Provenance string   // attestation, as Compose has it; "" is the builder's default
	SBOM       string
	// Tags are all names that the image gets, the one with the key first.
	Tags []string
	// Repository is that of the name with the key, whichever of Services are
	// chosen; "" is that of the first of Tags.
	Repository string
	// Epoch is SOURCE_DATE_EPOCH in seconds; 0 where there is no commit.
	Epoch int64
}

// BuildSecret is a secret that a build mounts: from a file, or from a variable
// of the builder command's environment. Its value is never part of a plan.
type BuildSecret struct{ ID, File, Env string }

// BuildImage has BuildKit make an image. Others are the builds that it is
// linked to by target:NAME.
type BuildImage struct {
	Build  Build
	Others []Build
	// Registry pushes straight from the builder, for images that an engine
	// cannot hold: several platforms.
	Registry bool
}

// Describe names the services that share the image, and the stage.
func (a BuildImage) Describe() string {
	words := []string{"for " + strings.Join(a.Build.Services, ", ")}
	if a.Build.Target != "" {
		words = append(words, "stage "+a.Build.Target)
	}
	switch n := len(a.Build.Platforms); {
	case n > 1:
		words = append(words, strconv.Itoa(n)+" platforms")
	case n == 1:
		words = append(words, a.Build.Platforms[0])
	}
	return strings.Join(words, "; ")
}

// Kind is build.
func (BuildImage) Kind() string { return "build" }

// Verb is to build.
func (BuildImage) Verb() Verb { return Verb{Doing: "building", Done: "built"} }

// Lane is the ordinary one.
func (BuildImage) Lane() Lane { return LaneWork }

// Object is the image.
func (a BuildImage) Object() Object {
	return Object{Noun: images, Image: Image{Ref: first(a.Build.Tags, a.Build.Name), Build: a.Build.Name, Services: a.Build.Services}}
}

// Phase is none: builds have no timeline.
func (BuildImage) Phase(string) string { return "" }
