package registry

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// published is what a registry has of an image for amd64 and arm64, by reference.
func published() (has map[string]string, config string) {
	config = `{"architecture":"amd64","os":"linux","config":{"Env":["A=1"],"OnBuild":["ADD a /"]},"rootfs":{"type":"layers","diff_ids":["` + armSum + `"]}}`
	of := digest([]byte(config))
	manifest := `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"` + of + `","size":1},"layers":[]}`
	child := digest([]byte(manifest))
	return map[string]string{
		"postgres:17":        strings.ReplaceAll(indexOf(armSum), amdSum, child),
		"single":             manifest,
		"postgres@" + child:  manifest,
		"postgres@" + of:     config,
		"single@" + of:       config,
		"postgres@" + armSum: `{"schemaVersion":2,"config":{"digest":"` + newSum + `"},"layers":[]}`,
		"broken":             "<html>",
	}, config
}

// catalog is a registry of these texts.
type catalog struct {
	has, configs map[string]string // by reference
	fails        map[string]error
	asked        []string
}

func (s *catalog) Manifest(_ context.Context, ref string) ([]byte, error) { return s.get(s.has, ref) }

func (s *catalog) PublishedConfig(_ context.Context, ref, _ string) ([]byte, error) {
	return s.get(s.configs, ref)
}

func (s *catalog) get(texts map[string]string, ref string) ([]byte, error) {
	s.asked = append(s.asked, ref)
	if text, is := texts[ref]; is {
		return []byte(text), nil
	}
	if err := s.fails[ref]; err != nil {
		return nil, err
	}
	return nil, docker.ManifestError("ERROR: "+ref+": not found\n", nil)
}

func TestWhatANameStandsForIsToldByTheConfigurationOfAPlatform(t *testing.T) {
	t.Parallel()
	has, text := published()
	get := &catalog{has: has, fails: map[string]error{}}
	for _, ref := range []string{"postgres:17", "single"} {
		found, err := Find(t.Context(), get, ref)
		if err != nil || found.Digest != digest([]byte(has[ref])) {
			t.Fatalf("%s: %+v, %v", ref, found, err)
		}
		config, err := found.Config(t.Context(), "linux/amd64")
		if err != nil || config.Platform != "linux/amd64" || !slices.Equal(config.Layers, []string{armSum}) ||
			!slices.Equal(config.Environ, []string{"A=1"}) || !slices.Equal(config.OnBuild, []string{"ADD a /"}) || config.Content == digest([]byte(text)) {
			t.Errorf("%s: %+v, %v", ref, config, err)
		}
	}
	if len(get.asked) != 5 {
		t.Errorf("asked for %q", get.asked)
	}
	found, err := Find(t.Context(), get, "postgres:17")
	if err != nil {
		t.Fatal(err)
	}
	// A registry that keeps its configurations to itself.
	if config, err := found.Config(t.Context(), "linux/arm64"); err != nil || config.Content != newSum || config.Platform != "" {
		t.Errorf("%+v, %v", config, err)
	}
	// One that does not answer this time tells no other digest for the same image.
	for _, said := range []string{"ERROR: unexpected status from HEAD request to https://r/v2/a: 429 Too Many Requests", "ERROR: read: connection reset by peer", "ERROR: 503 Service Unavailable"} {
		get.fails["postgres@"+newSum] = docker.ManifestError(said+"\n", nil)
		if config, err := found.Config(t.Context(), "linux/arm64"); err == nil {
			t.Errorf("%s: %+v", said, config)
		}
	}
	if _, err := found.Config(t.Context(), "linux/s390x"); err == nil || !strings.Contains(err.Error(), "none for") {
		t.Errorf("of a platform that there is not: %v", err)
	}
	for _, ref := range []string{"none", "NO", "broken"} {
		found, err := Find(t.Context(), get, ref)
		if err == nil {
			_, err = found.Config(t.Context(), "linux/amd64")
		}
		if err == nil {
			t.Errorf("%s is found", ref)
		}
	}
}

// distribution 2 answers 500 for a configuration by its digest alone. buildx then reads it
// as it is listed, and tells it in OCI's words and order.
func TestAConfigurationThatIsToldInOtherWordsIsBelievedByItsDigest(t *testing.T) {
	t.Parallel()
	const told = `{
  "architecture": "amd64",
  "os": "linux",
  "config": {
    "Env": ["A=1"]
  },
  "rootfs": {"type": "layers", "diff_ids": ["` + armSum + `"]}
}`
	as := func(settings string) string { // BuildKit writes one
		return `{"architecture":"amd64","config":{"Env":["A=1"]` + settings + `},"os":"linux","rootfs":{"type":"layers","diff_ids":["` + armSum + `"]}}`
	}
	for name, c := range map[string]struct {
		config, told string
		whole        bool
	}{
		"all of it":             {as(""), told, true},
		"of an older BuildKit":  {as(`,"OnBuild":null`), told, true},
		"what OCI has words of": {as(`,"OnBuild":["ADD a /"]`), told, false},
		"another image":         {as(""), strings.Replace(told, "A=1", "A=2", 1), false},
		"no image":              {as(""), "null", false},
		"no JSON":               {as(""), "<no value>", false},
		"nothing":               {as(""), "", false},
	} {
		of := digest([]byte(c.config))
		manifest := `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"` + of + `","size":1},"layers":[]}`
		child := digest([]byte(manifest))
		source := &catalog{has: map[string]string{"base:1": strings.ReplaceAll(indexOf(armSum), amdSum, child), "base:single": manifest, "base@" + child: manifest}}
		if c.told != "" {
			source.configs = map[string]string{"base@" + child: c.told}
		}
		for _, ref := range []string{"base:1", "base:single"} {
			found, err := Find(t.Context(), source, ref)
			if err != nil {
				t.Fatal(err)
			}
			config, err := found.Config(t.Context(), "linux/amd64")
			want, wrong := docker.ParseImageConfig([]byte(c.config))
			if !c.whole {
				want = docker.ImageConfig{Content: of}
			}
			if err != nil || wrong != nil || config.Content != want.Content || config.Platform != want.Platform || !slices.Equal(config.Environ, want.Environ) {
				t.Errorf("%s of %s: %+v, %v", name, ref, config, err)
			}
		}
	}
}
