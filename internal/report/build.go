package report

// BuildState is what becomes of a build in a plan, or what became of it in a
// run.
type BuildState string

// The states. A plan has the first three, a run all but ToBuild and ToTag.
const (
	ToBuild        BuildState = "build"     // its image has to be made
	ToTag          BuildState = "tag"       // its image is there and lacks a name
	ImageExists    BuildState = "exists"    // there was nothing to do
	ImageBuilt     BuildState = "built"     // its image was made
	ImageTagged    BuildState = "tagged"    // its image was there and got its names
	BuildBroken    BuildState = "failed"    // by itself
	BuildCancelled BuildState = "cancelled" // cut short by the end of the run
	BuildSkipped   BuildState = "skipped"   // something before it failed, it never began
)

// BuildReport is the document of build:backend -json and build:all -json.
type BuildReport struct {
	Version     int           `json:"version"`
	Project     string        `json:"project"`
	Environment string        `json:"environment,omitempty"`
	OK          bool          `json:"ok"`
	Changed     bool          `json:"changed"` // false when there was nothing to do
	TookMS      int64         `json:"took_ms"`
	Builds      []Built       `json:"builds"`
	Failures    []BuildFailed `json:"failures"`
	Error       string        `json:"error,omitempty"`
	ExitCode    int           `json:"exit_code"`
}

// Built is one build of a run: what it is and what became of it.
type Built struct {
	Name     string      `json:"name"`
	Services []string    `json:"services"`
	Image    string      `json:"image"` // repository:key
	Key      string      `json:"key"`
	Tags     []string    `json:"tags"` // all names of the image, Image among them
	State    BuildState  `json:"state"`
	Cause    string      `json:"cause,omitempty"`
	TookMS   int64       `json:"took_ms"`
	Steps    []BuildStep `json:"steps"`
	ImageID  string      `json:"image_id,omitempty"`
	Size     int64       `json:"size_bytes,omitempty"`
	Pushed   []string    `json:"pushed,omitempty"` // references
}

// BuildStep is one instruction of a Dockerfile as BuildKit ran it.
type BuildStep struct {
	Name   string `json:"name"`
	Stage  string `json:"stage,omitempty"`
	Number int    `json:"number"` // from 1 within its stage; 0 where BuildKit gives none
	Of     int    `json:"of"`
	Cached bool   `json:"cached"`
	TookMS int64  `json:"took_ms"`
}

// BuildFailed says why one build has no image.
type BuildFailed struct {
	Build      string     `json:"build"`
	Services   []string   `json:"services"`
	Image      string     `json:"image,omitempty"` // repository:key, what the build is shown as; Build where it is empty
	Stage      string     `json:"stage,omitempty"`
	Step       string     `json:"step,omitempty"`       // the instruction that failed
	Dockerfile string     `json:"dockerfile,omitempty"` // relative to the repository's root
	Line       int        `json:"line,omitempty"`       // from 1; 0 is unknown
	Excerpt    []CodeLine `json:"excerpt"`              // the Dockerfile around it
	Output     []string   `json:"output"`               // the command's last lines, 20 at most
	Reason     string     `json:"reason"`
	Hint       string     `json:"hint,omitempty"`
	ExitCode   int        `json:"exit_code,omitempty"` // the command's; 0 is none
}

// CodeLine is a line of a Dockerfile; Marked ones are those that failed.
type CodeLine struct {
	Number int    `json:"number"` // from 1
	Text   string `json:"text"`
	Marked bool   `json:"marked"`
}
