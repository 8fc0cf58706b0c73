package project

import (
	"context"
	"hash/fnv"
	"maps"
	"runtime"
	"slices"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sourcegraph/conc/pool"
)

// largeModel is the size in bytes from which a model is loaded in parts.
const largeModel = 128 << 10

// parted is a large model of which every processor loads some services: nearly
// all that compose-go does, it does service by service.
type parted struct {
	name, dir string
	files     []string
	docs      []map[string]any // of the files
	environ   types.Mapping
	with      []func(*loader.Options)
}

// load is the model, or nil for what is left to the plain way: every mistake,
// so that one place words it.
func (p *parted) load(ctx context.Context) *types.Project {
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
func (p *parted) part(part, parts int) types.ConfigDetails {
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
func (p *parted) join(models []map[string]any) (*types.Project, error) {
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
