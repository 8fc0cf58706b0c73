package image

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/plan"
	"github.com/infinitescribe/spellbook/internal/project"
)

// buildOf is what a section says, without names of its own, so that equal
// sections are equal.
func buildOf(p *project.Project, s types.ServiceConfig, targets map[string]string) plan.Build {
	c := s.Build
	b := plan.Build{
		Context: c.Context, Inline: c.DockerfileInline, Target: c.Target, Args: arguments(c.Args), Labels: c.Labels,
		Contexts: contexts(c.AdditionalContexts, targets), Secrets: secrets(p, c.Secrets), CacheFrom: c.CacheFrom, CacheTo: c.CacheTo,
		Platforms: platforms(p, s), Network: c.Network, ExtraHosts: c.ExtraHosts, ShmSize: int64(c.ShmSize), Ulimits: ulimits(c.Ulimits),
		Entitled: c.Entitlements, Privileged: c.Privileged, Pull: c.Pull, NoCache: c.NoCache, Uncached: c.NoCacheFilter, Provenance: c.Provenance, SBOM: c.SBOM,
	}
	if len(b.Platforms) > 1 {
		b.Runs = runs(p, s)
	}
	for _, key := range c.SSH {
		b.SSH = append(b.SSH, strings.TrimSuffix(key.ID+"="+key.Path, "="))
	}
	if b.Inline == "" {
		b.Dockerfile = c.Dockerfile
		if b.Dockerfile == "" {
			b.Dockerfile = "Dockerfile"
		}
		if Local(c.Context) && !filepath.IsAbs(b.Dockerfile) {
			b.Dockerfile = filepath.Join(c.Context, b.Dockerfile)
		}
	}
	return b
}

// Local reports whether a context is a directory of this machine, and no URL.
func Local(context string) bool { return filepath.IsAbs(context) }

// Platforms are the same in any order, and however often each is named.
func Platforms(given []string) []string { return slices.Compact(slices.Sorted(slices.Values(given))) }

// platforms are those of the section, else the service's own.
func platforms(p *project.Project, s types.ServiceConfig) []string {
	if own := runs(p, s); own != "" && len(s.Build.Platforms) == 0 {
		return []string{own}
	}
	return Platforms(s.Build.Platforms)
}

// runs is the platform of a service's containers; "" where nobody says.
func runs(p *project.Project, s types.ServiceConfig) string {
	return cmp.Or(s.Platform, p.Variable("DOCKER_DEFAULT_PLATFORM"))
}

// arguments without a value are those that Compose found none for.
func arguments(args types.MappingWithEquals) map[string]string {
	if len(args) == 0 {
		return nil
	}
	given := map[string]string{}
	for name, value := range args {
		if value != nil {
			given[name] = *value
		}
	}
	return given
}

func contexts(given types.Mapping, targets map[string]string) map[string]string {
	if len(given) == 0 {
		return nil
	}
	named := maps.Clone(map[string]string(given))
	for name, where := range named {
		if service, ok := strings.CutPrefix(where, types.ServicePrefix); ok {
			named[name] = Linked + targets[service]
		}
	}
	return named
}

// Linked is how an additional context names another build.
const Linked = "target:"

func secrets(p *project.Project, refs []types.ServiceSecretConfig) []plan.BuildSecret {
	var list []plan.BuildSecret
	for _, ref := range refs {
		id := ref.Target
		if id == "" {
			id = ref.Source
		}
		def := p.Model.Secrets[ref.Source]
		list = append(list, plan.BuildSecret{ID: id, File: def.File, Env: def.Environment})
	}
	return list
}

func ulimits(given map[string]*types.UlimitsConfig) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		limit := given[name]
		if limit.Single != 0 { // -1 is none, of which docker compose build makes 0
			list = append(list, fmt.Sprintf("%s=%d", name, limit.Single))
			continue
		}
		list = append(list, fmt.Sprintf("%s=%d:%d", name, limit.Soft, limit.Hard))
	}
	return list
}
