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

func TestWhatANameStandsForIsToldByTheConfigurationOfAPlatform(t *testing.T) {
	t.Parallel()
	has, text := published()
	var asked []string
	fails := map[string]error{}
	get := func(_ context.Context, ref string) ([]byte, error) {
		asked = append(asked, ref)
		if body, is := has[ref]; is {
			return []byte(body), nil
		}
		if err := fails[ref]; err != nil {
			return nil, err
		}
		return nil, docker.ManifestError("ERROR: "+ref+": not found\n", nil)
	}
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
	if len(asked) != 5 {
		t.Errorf("asked for %q", asked)
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
		fails["postgres@"+newSum] = docker.ManifestError(said+"\n", nil)
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
