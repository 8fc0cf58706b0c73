package report

import "fmt"

// DeployDrift is the document of deploy:drift: what is not as it was deployed.
type DeployDrift struct {
	Version     int       `json:"version"`
	Project     string    `json:"project"`
	Environment string    `json:"environment"`
	Host        string    `json:"host"`
	Release     string    `json:"release"` // that serves; "" where none does
	Drift       []Drifted `json:"drift"`
	Notes       []string  `json:"notes"`
	Error       string    `json:"error,omitempty"`
	ExitCode    int       `json:"exit_code,omitempty"`
}

// Drifted is one difference.
type Drifted struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"` // of the container, the file or the backend
	Text   string `json:"text"`
	Remedy string `json:"remedy"` // what to type
}

// DeployDriftText is a drift for people.
func DeployDriftText(o Options, d DeployDrift) error {
	p := lineWriter{o: o}
	for _, note := range d.Notes {
		p.say("%s", o.spell(Clean(note)))
	}
	for _, one := range d.Drift {
		p.say("%s %s", Clean(one.Name), Clean(one.Text))
		p.say("  → %s", o.spell(Clean(one.Remedy)))
	}
	if len(d.Drift) == 0 && len(d.Notes) == 0 {
		text := fmt.Sprintf("%s on %s is what was deployed", d.Project, d.Host)
		if d.Release != "" {
			text += ", release " + d.Release
		}
		p.say("%s", text)
	}
	return p.err
}
