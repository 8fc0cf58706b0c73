package pluginhost

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/schema"

	"github.com/infinitescribe/spellbook/internal/pluginhost/policy"
)

// The schema is that of the Compose that is built in: with the next one a key
// that nobody has decided about fails here.
func TestEveryKeyOfComposeIsDecidedOnce(t *testing.T) {
	t.Parallel()
	var spec composeSpec
	if err := json.Unmarshal([]byte(schema.Schema), &spec); err != nil {
		t.Fatal(err)
	}
	checks := slices.Collect(maps.Keys((&policy.Checker{}).ChecksOf()))
	for at, known := range map[string][]string{
		"services": slices.Concat(policy.Harmless, checks), "volumes": policy.VolumeKeys, "networks": policy.NetworkKeys, "configs": policy.FileKeys, "secrets": slices.DeleteFunc(slices.Clone(policy.FileKeys), isContent),
		"build": policy.BuildKeys, "deploy": policy.DeployKeys, "hook": policy.HookKeys, "services.networks": policy.JoinKeys,
	} {
		keys := spec.keys(at)
		if len(keys) < 4 {
			t.Fatalf("the schema has no %s: %q", at, keys)
		}
		for _, key := range keys {
			_, never := policy.Refused[at+"."+key]
			if slices.Contains(known, key) == never {
				t.Errorf("%s.%s: allowed %v, refused %v", at, key, slices.Contains(known, key), never)
			}
		}
		for i, key := range known {
			if slices.Contains(known[:i], key) {
				t.Errorf("%s.%s is decided twice", at, key)
			}
		}
	}
}

func isContent(key string) bool { return key == "content" }

type composeSpec struct {
	Defs map[string]*node `json:"$defs"`
}

type node struct {
	Ref        string           `json:"$ref"`
	Properties map[string]*node `json:"properties"`
	Patterns   map[string]*node `json:"patternProperties"`
	OneOf      []*node          `json:"oneOf"`
	AnyOf      []*node          `json:"anyOf"`
	AllOf      []*node          `json:"allOf"`
}

// keys are those of the place that the table of keys calls at.
func (s composeSpec) keys(at string) []string {
	service := s.Defs["service"]
	start := map[string]func() []*node{
		"services": func() []*node { return []*node{service} },
		"volumes":  func() []*node { return []*node{s.Defs["volume"]} },
		"networks": func() []*node { return []*node{s.Defs["network"]} },
		"configs":  func() []*node { return []*node{s.Defs["config"]} },
		"secrets":  func() []*node { return []*node{s.Defs["secret"]} },
		"deploy":   func() []*node { return []*node{s.Defs["deployment"]} },
		"hook":     func() []*node { return []*node{s.Defs["service_hook"]} },
		"build":    func() []*node { return s.below(service, "build") },
		"services.networks": func() (list []*node) {
			for _, networks := range s.below(service, "networks") {
				list = append(list, slices.Collect(maps.Values(networks.Patterns))...)
			}
			return list
		},
	}[at]()
	found := map[string]bool{}
	for _, n := range start {
		for _, one := range s.alternatives(n) {
			for key := range one.Properties {
				found[key] = true
			}
		}
	}
	return policy.Sorted(found)
}

// below are the alternatives of one property.
func (s composeSpec) below(n *node, key string) (list []*node) {
	for _, one := range s.alternatives(n) {
		if child := one.Properties[key]; child != nil {
			list = append(list, s.alternatives(child)...)
		}
	}
	return list
}

func (s composeSpec) alternatives(n *node) []*node {
	if name, isRef := strings.CutPrefix(n.Ref, "#/$defs/"); isRef {
		n = s.Defs[name]
	}
	list := []*node{n}
	for _, one := range slices.Concat(n.OneOf, n.AnyOf, n.AllOf) {
		list = append(list, s.alternatives(one)...)
	}
	return list
}
