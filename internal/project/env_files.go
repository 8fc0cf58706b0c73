package project

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// What compose-go reads by itself may be no file: to open a FIFO would wait for
// ever for who fills it, and what we read from it the Compose CLI could not read
// again. The environment's own file may be one, see environ.ReadFile.

// resolveLater keeps compose-go from reading the services' env files at once.
func resolveLater(o *loader.Options) { o.SkipResolveEnvironment = true }

// withEnvFiles reads them, unless one is no file.
func (p *Project) withEnvFiles(model *types.Project) (*types.Project, error) {
	for _, name := range model.ServiceNames() {
		s := model.Services[name]
		files := slices.Clone(s.EnvFiles)
		for _, hook := range s.PreStart {
			files = append(files, hook.EnvFiles...)
		}
		for _, f := range files {
			if err := p.fileOf("service "+name, f.Path); err != nil {
				return nil, err
			}
		}
	}
	return model.WithServicesEnvironmentResolved(false)
}

// includesFiles looks at the env files of include:, as far as they are written
// without variables.
func (p *Project) includesFiles() error {
	if !slices.ContainsFunc(p.Files, mayInclude) {
		return nil
	}
	for _, s := range p.sources() {
		for _, where := range []string{"include.[].env_file", "include.[].env_file.[]"} {
			for _, h := range s.find(where) {
				if h.value.Kind != yaml.ScalarNode || h.value.Value == os.DevNull {
					continue
				}
				path := h.value.Value
				if !filepath.IsAbs(path) {
					path = filepath.Join(filepath.Dir(s.path), path)
				}
				if err := p.fileOf("include", path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mayInclude spares most files the reading as YAML.
func mayInclude(file string) bool {
	text, err := os.ReadFile(file)
	return err == nil && bytes.Contains(text, []byte("include")) && bytes.Contains(text, []byte("env_file"))
}

// fileOf refuses what would block; what is not there is for compose-go to say.
func (p *Project) fileOf(who, path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return nil
	}
	return failure.New(failure.Preflight, "%s: its env_file %s is a FIFO or a socket, which can be read once only", who, p.Short(path)).
		WithHint("give it a file; the values of the environment's own FIFO get in by environment: - NAME")
}
