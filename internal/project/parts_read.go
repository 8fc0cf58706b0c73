package project

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/loader"
	"go.yaml.in/yaml/v4"
)

// inParts is the large model of the files; nil where they are small or have
// what ties services together before they are merged.
func inParts(o *cli.ProjectOptions, profiles []string, with ...func(*loader.Options)) *parted {
	text, plain := plainText(o.ConfigPaths)
	if len(text) < largeModel || !plain || strings.ContainsAny(string(text), "&!") || o.Environment["COMPOSE_CONVERT_WINDOWS_PATHS"] != "" {
		return nil
	}
	if len(profiles) == 0 {
		profiles = strings.Split(strings.ReplaceAll(o.Environment["COMPOSE_PROFILES"], " ", ""), ",")
	}
	p := &parted{files: o.ConfigPaths, environ: o.Environment, with: append(with, loader.WithProfiles(profiles))}
	dir, err := filepath.Abs(filepath.Dir(p.files[0]))
	target, e := filepath.EvalSymlinks(dir)
	if err != nil || e != nil || target != dir || !p.read() {
		return nil
	}
	p.dir = dir
	if p.name = p.named(o.Name); p.name == "" || p.name != loader.NormalizeProjectName(p.name) {
		return nil
	}
	return p
}

// read takes the files apart; false where one is not a single mapping with
// services.
func (p *parted) read() bool {
	for _, file := range p.files {
		text, err := os.ReadFile(file)
		if err != nil || bytes.Contains(text, []byte("\n---")) {
			return false
		}
		var doc map[string]any
		if yaml.Unmarshal(text, &doc) != nil {
			return false
		}
		if _, ok := doc["services"].(map[string]any); !ok {
			return false
		}
		p.docs = append(p.docs, doc)
	}
	return true
}

// named is the project's name: the one given, that of the last file that has
// one, or the directory's.
func (p *parted) named(given string) string {
	if name := p.environ["COMPOSE_PROJECT_NAME"]; given == "" {
		given = name
	}
	if given != "" {
		return given
	}
	name := loader.NormalizeProjectName(filepath.Base(p.dir))
	for _, doc := range p.docs {
		if own, ok := doc["name"]; ok {
			name, _ = own.(string)
		}
	}
	return name
}
