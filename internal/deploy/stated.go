package deploy

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Model is a project as a server was given it, read back: what is to be there.
type Model struct {
	Services map[string]Stated     `yaml:"services"`
	Configs  map[string]FileObject `yaml:"configs"`
	Secrets  map[string]FileObject `yaml:"secrets"`
	// Plain are the variables of each service that may be shown: those that held no
	// secret when the model was written.
	Plain map[string][]string `yaml:"x-spellbook-plain"`
}

// Stated is a service of a Model.
type Stated struct {
	Image       string             `yaml:"image"`
	Labels      map[string]string  `yaml:"labels"`
	Environment map[string]*string `yaml:"environment"`
	Restart     string             `yaml:"restart"`
	Deploy      struct {
		Replicas      *int `yaml:"replicas"`
		RestartPolicy struct {
			Condition string `yaml:"condition"`
		} `yaml:"restart_policy"`
	} `yaml:"deploy"`
	HealthCheck struct {
		Test    []string `yaml:"test"`
		Disable bool     `yaml:"disable"`
	} `yaml:"healthcheck"`
	Volumes []struct {
		Type   string `yaml:"type"`
		Source string `yaml:"source"`
	} `yaml:"volumes"`
	DependsOn map[string]any `yaml:"depends_on"`

	Hash    string `yaml:"-"` // of the label
	Volume  bool   `yaml:"-"` // it has data in a volume
	OneShot bool   `yaml:"-"` // nothing brings it back once it has ended
}

// FileObject is a config or a secret.
type FileObject struct {
	File string `yaml:"file"`
}

// ParseModel reads what YAML wrote.
func ParseModel(text []byte) (Model, error) {
	var m Model
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(text), "$$", "$")), &m); err != nil {
		return m, fmt.Errorf("read model: %w", err)
	}
	for name, s := range m.Services {
		s.Hash = s.Labels[LabelHash]
		for _, v := range s.Volumes {
			s.Volume = s.Volume || v.Type == "volume"
		}
		checked := len(s.HealthCheck.Test) > 0 && s.HealthCheck.Test[0] != "NONE" && !s.HealthCheck.Disable
		s.OneShot = !checked && (s.Restart == "" || s.Restart == "no")
		m.Services[name] = s
	}
	return m, nil
}
