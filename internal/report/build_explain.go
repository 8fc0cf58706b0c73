package report

import (
	"time"
)

// Explanation is the document of build:explain -json: what has changed since
// the last build of a service's image.
type Explanation struct {
	Version     int      `json:"version"`
	Project     string   `json:"project"`
	Environment string   `json:"environment,omitempty"`
	Service     string   `json:"service"`  // that was asked for
	Build       string   `json:"build"`    // the build it is of
	Services    []string `json:"services"` // that share the image
	// State is what a build would do now: ToBuild, ToTag or ImageExists.
	State BuildState `json:"state,omitempty"`
	Cause string     `json:"cause,omitempty"`
	Image string     `json:"image,omitempty"` // repository:key as of now
	Key   string     `json:"key,omitempty"`
	// Last is the key of the last build and Built its time; both are empty
	// where no build is on record.
	Last     string    `json:"last_key,omitempty"`
	Built    time.Time `json:"built,omitzero"`
	Changes  []Change  `json:"changes"`
	Error    string    `json:"error,omitempty"` // nothing can be told
	ExitCode int       `json:"exit_code,omitempty"`
}

// Input is a kind of thing that an image is made from.
type Input string

// The inputs.
const (
	InputDockerfile Input = "dockerfile"
	InputTarget     Input = "target"
	InputPlatform   Input = "platform"
	InputArgument   Input = "argument"
	InputBase       Input = "base_image"
	InputContext    Input = "context" // one that is elsewhere, or another build
	InputSetting    Input = "setting" // any other key of the build section
	InputFile       Input = "file"
)

// How says what became of an input.
type How string

// What can become of an input; some are for files only.
const (
	HowAdded   How = "added"
	HowRemoved How = "removed"
	HowChanged How = "changed"
	HowContent How = "content" // of a file, or the target of a link
	HowMode    How = "mode"    // of a file
	HowType    How = "type"    // a file became a directory or a link, or the other way round
)

// Change is one input that is not what it was at the last build.
type Change struct {
	Input Input `json:"input"`
	// Name is a file's path in its context, behind CONTEXT: in an additional
	// one; an argument's name, an image's reference, a setting's key, and empty
	// where there is only one of the kind.
	Name string `json:"name,omitempty"`
	// How follows from Old and New where it is empty or HowChanged.
	How How    `json:"how"`
	Old string `json:"old,omitempty"` // a value, a digest; empty is none
	New string `json:"new,omitempty"`
	// Secret values are shown nowhere: Old and New are left out.
	Secret bool `json:"secret,omitempty"`
}

// how is what became of the input.
func (c Change) how() How {
	switch {
	case c.How != "" && c.How != HowChanged:
		return c.How
	case c.Old == "" && c.New != "":
		return HowAdded
	case c.Old != "" && c.New == "":
		return HowRemoved
	}
	return HowChanged
}
