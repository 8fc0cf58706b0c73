// Package bake is what BuildKit gets of builds: the file of `docker buildx bake`
// and its command. It imports plan.
package bake

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/plan"
)

// target is a target of a bake file. Source: docker/buildx,
// docs/bake-reference.md. It has no output: Argv sets that of the one
// target that is wanted, so that builds it is linked to export nothing.
type target struct {
	Context    string            `json:"context,omitempty"`
	Contexts   map[string]string `json:"contexts,omitempty"`
	Dockerfile string            `json:"dockerfile,omitempty"`
	Inline     string            `json:"dockerfile-inline,omitempty"`
	Target     string            `json:"target,omitempty"`
	Args       map[string]string `json:"args,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	CacheFrom  []string          `json:"cache-from,omitempty"`
	CacheTo    []string          `json:"cache-to,omitempty"`
	Secrets    []secret          `json:"secret,omitempty"`
	SSH        []string          `json:"ssh,omitempty"`
	Platforms  []string          `json:"platforms,omitempty"`
	Network    string            `json:"network,omitempty"`
	ExtraHosts map[string]string `json:"extra-hosts,omitempty"`
	ShmSize    string            `json:"shm-size,omitempty"`
	Ulimits    []string          `json:"ulimits,omitempty"`
	Entitled   []string          `json:"entitlements,omitempty"`
	Attest     []string          `json:"attest,omitempty"`
	Pull       bool              `json:"pull,omitempty"`
	NoCache    bool              `json:"no-cache,omitempty"`
	Uncached   []string          `json:"no-cache-filter,omitempty"`
}

// secret says where the builder's command finds a secret.
type secret struct {
	ID   string `json:"id"`
	File string `json:"src,omitempty"`
	Env  string `json:"env,omitempty"`
}

// File is the JSON of a bake file with a target for each build; no
// secret's value is in it. Two builds of one name are an error.
func File(builds []plan.Build) ([]byte, error) {
	targets := make(map[string]target, len(builds))
	for _, b := range builds {
		if _, twice := targets[b.Name]; twice {
			return nil, fmt.Errorf("write bake file: two builds are named %q", b.Name)
		}
		targets[b.Name] = targetOf(b)
	}
	data, err := json.Marshal(map[string]any{"target": targets})
	if err != nil {
		return nil, fmt.Errorf("write bake file: %w", err)
	}
	// Bake takes every string for a template. A build section has none left:
	// Compose's own variables are filled in. Neither mark has a character that
	// JSON escapes, so that the text can be changed as a whole.
	return []byte(strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(data))), nil
}

func targetOf(b plan.Build) target {
	t := target{
		Context: b.Context, Contexts: b.Contexts, Target: b.Target, Args: argsOf(b), Labels: b.Labels, Tags: b.Tags,
		CacheFrom: b.CacheFrom, CacheTo: b.CacheTo, SSH: b.SSH, Platforms: b.Platforms, Network: b.Network,
		Ulimits: b.Ulimits, Entitled: entitlements(b), Pull: b.Pull, NoCache: b.NoCache, Uncached: b.Uncached,
	}
	if t.Inline = b.Inline; t.Inline == "" {
		t.Dockerfile = b.Dockerfile
	}
	for _, s := range b.Secrets {
		t.Secrets = append(t.Secrets, secret(s))
	}
	for host, addresses := range b.ExtraHosts {
		if t.ExtraHosts == nil {
			t.ExtraHosts = map[string]string{}
		}
		t.ExtraHosts[host] = strings.Join(addresses, ",")
	}
	if b.ShmSize > 0 {
		t.ShmSize = strconv.FormatInt(b.ShmSize, 10)
	}
	t.Attest = append(attest("sbom", b.SBOM), attest("provenance", b.Provenance)...)
	return t
}

// argsOf adds the commit's time, unless the section itself says which time.
func argsOf(b plan.Build) map[string]string {
	if _, own := b.Args["SOURCE_DATE_EPOCH"]; own || b.Epoch <= 0 {
		return b.Args
	}
	args := map[string]string{"SOURCE_DATE_EPOCH": strconv.FormatInt(b.Epoch, 10)}
	maps.Copy(args, b.Args)
	return args
}

// entitlements are what the section asks for; privileged is one more word for
// security.insecure.
func entitlements(b plan.Build) []string {
	list := slices.Clone(b.Entitled)
	if b.Privileged && !slices.Contains(list, "security.insecure") {
		list = append(list, "security.insecure")
	}
	return list
}

// attest turns Compose's value into bake's. Source: docker/compose,
// pkg/compose/build_bake.go appendAttest.
func attest(kind, value string) []string {
	switch value {
	case "":
		return nil
	case "true":
		return []string{"type=" + kind}
	case "false":
		return []string{"type=" + kind + ",disabled=true"}
	}
	return []string{"type=" + kind + "," + value}
}
