package report

// BuildPlan is the document of build:plan -json and build:backend -dry -json.
type BuildPlan struct {
	Version     int            `json:"version"`
	Project     string         `json:"project"`
	Environment string         `json:"environment,omitempty"`
	Builds      []PlannedBuild `json:"builds"`
	Error       string         `json:"error,omitempty"` // there is no plan
	ExitCode    int            `json:"exit_code,omitempty"`
}

// PlannedBuild is what a run would do about one image, and why.
type PlannedBuild struct {
	Name     string     `json:"name"`
	Services []string   `json:"services"`
	State    BuildState `json:"state"` // ToBuild, ToTag or ImageExists
	Cause    string     `json:"cause,omitempty"`
	Image    string     `json:"image"` // repository:key
	Key      string     `json:"key"`
	Tags     []string   `json:"tags"`           // all names of the image, Image among them
	Push     []string   `json:"push,omitempty"` // references that would be pushed
}
