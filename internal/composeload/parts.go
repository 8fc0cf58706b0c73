// Package composeload has compose-go load the same models in less time: large ones by
// all processors, without rules that no key of the files can mean, without validating
// again what was valid, and from memory where nothing changed that they are made of.
package composeload

import (
	"bytes"
	"context"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sourcegraph/conc/pool"
	"go.yaml.in/yaml/v4"
)

// largeModel is the size in bytes from which a model is loaded in parts.
const largeModel = 128 << 10

// Parts are a large model of which every processor loads some services: nearly
// all that compose-go does, it does service by service.
type Parts struct {
	name, dir string
	files     []string
	docs      []map[string]any // of the files
	environ   types.Mapping
	with      []func(*loader.Options)
}

// Load is the model, or nil for what is left to the plain way: every mistake,
// so that one place words it.
func (p *Parts) Load(ctx context.Context) *types.Project {
	p.with = append(p.with, func(o *loader.Options) { o.SetProjectName(p.name, true) })
	parts := runtime.GOMAXPROCS(0)
	work := pool.NewWithResults[map[string]any]().WithErrors()
	for part := range parts {
		work.Go(func() (map[string]any, error) {
			return loader.LoadModelWithContext(ctx, p.part(part, parts), append(slices.Clone(p.with), unfinished)...)
		})
	}
	models, err := work.Wait()
	if err != nil {
		return nil
	}
	model, err := p.join(models)
	if err != nil {
		return nil
	}
	return model
}

// unfinished leaves out what looks at all services together.
func unfinished(o *loader.Options) { o.SkipNormalization = true }

// part is the files with a share of the services. The first has the rest of
// the model.
func (p *Parts) part(part, parts int) types.ConfigDetails {
	details := types.ConfigDetails{WorkingDir: p.dir, Environment: maps.Clone(p.environ)}
	for i, doc := range p.docs {
		share := map[string]any{}
		if part == 0 {
			share = maps.Clone(doc)
		}
		share["services"] = some(doc["services"].(map[string]any), uint32(part), uint32(parts))
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: p.files[i], Config: share})
	}
	return details
}

func some(services map[string]any, part, parts uint32) map[string]any {
	share := make(map[string]any, len(services)/int(parts)+1)
	for name, service := range services {
		h := fnv.New32a()
		_, _ = h.Write([]byte(name))
		if h.Sum32()%parts == part {
			share[name] = service
		}
	}
	return share
}

// join does what is left for the whole, in the order of compose-go's own load.
func (p *Parts) join(models []map[string]any) (*types.Project, error) {
	whole, services := map[string]any{}, map[string]any{}
	for _, m := range models {
		maps.Copy(services, m["services"].(map[string]any))
		maps.Copy(whole, m)
	}
	environ := maps.Clone(p.environ)
	environ["COMPOSE_PROJECT_NAME"] = p.name
	whole["services"], whole["name"] = services, p.name
	details := types.ConfigDetails{WorkingDir: p.dir, Environment: environ}
	whole, err := loader.Normalize(whole, environ)
	if err != nil {
		return nil, err
	}
	model, err := loader.ModelToProject(whole, loader.ToOptions(&details, p.with), details)
	if err == nil {
		model.ComposeFiles = p.files
	}
	return model, err
}

// InParts is the large model of the files; nil where they are small or have
// what ties services together before they are merged.
func InParts(o *cli.ProjectOptions, profiles []string, with ...func(*loader.Options)) *Parts {
	text, plain := plainText(o.ConfigPaths)
	if len(text) < largeModel || !plain || strings.ContainsAny(string(text), "&!") || o.Environment["COMPOSE_CONVERT_WINDOWS_PATHS"] != "" {
		return nil
	}
	if len(profiles) == 0 {
		profiles = strings.Split(strings.ReplaceAll(o.Environment["COMPOSE_PROFILES"], " ", ""), ",")
	}
	p := &Parts{files: o.ConfigPaths, environ: o.Environment, with: append(with, loader.WithProfiles(profiles))}
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
func (p *Parts) read() bool {
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
func (p *Parts) named(given string) string {
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
