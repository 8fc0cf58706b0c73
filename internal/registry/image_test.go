package registry

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/infinitescribe/spellbook/internal/docker"
)

func (s *Server) mustImage(t *testing.T, platform string) Image {
	t.Helper()
	i, err := s.image("shop/api", "1", platform)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAnImageIsKnownByItsConfigurationAndWhatNamesIt(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	pushed := randomImage(t, 1000, 2)
	push(t, s, "shop/api:1", pushed)
	got := s.mustImage(t, "")
	config, _ := pushed.ConfigName()
	manifest, _ := pushed.Digest()
	if got.Config != config.String() || got.Manifest != manifest.String() || got.Index != "" || len(got.Layers) != 2 {
		t.Errorf("%+v", got)
	}
	if !got.IsID(config.String()) || !got.IsID(manifest.String()) || got.IsID("") || got.IsID(got.Layers[0].DiffID) {
		t.Error("an ID is the configuration's digest or the manifest's, and no other")
	}
}

func TestOfAnIndexThePlatformIsTaken(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	index := v1.ImageIndex(empty.Index)
	for _, platform := range []string{"linux/amd64", "linux/arm64/v8", "unknown/unknown"} {
		p, _ := v1.ParsePlatform(platform)
		image := randomImage(t, 100, 1)
		config, _ := image.ConfigFile()
		config = config.DeepCopy()
		config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, p.Variant
		image, err := mutate.ConfigFile(image, config)
		if err != nil {
			t.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: p}})
	}
	if err := remote.WriteIndex(ref(t, s, "shop/api:1"), index, remote.WithAuth(signedIn(t, s))); err != nil {
		t.Fatal(err)
	}
	want, _ := index.Digest()
	if got := s.mustImage(t, "linux/arm64"); got.Platform != "linux/arm64/v8" || got.Index != want.String() || !got.IsID(want.String()) {
		t.Errorf("%+v", got)
	}
	for platform, says := range map[string]string{"": "but for linux/amd64, linux/arm64/v8", "linux/s390x": `none for "linux/s390x"`} {
		if _, err := s.image("shop/api", "1", platform); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", platform, err)
		}
	}
}

func TestWhatIsMissingIsCountedFromTheBaseUp(t *testing.T) {
	t.Parallel()
	image := Image{Config: "sha256:c", Manifest: "sha256:m", Overhead: 1000, Layers: []Layer{
		{DiffID: "sha256:a", Bytes: 1}, {DiffID: "sha256:b", Bytes: 20}, {DiffID: "sha256:d", Bytes: 300}}}
	layers := func(diffIDs ...string) docker.ImageConfig { return docker.ImageConfig{ID: "sha256:x", Layers: diffIDs} }
	for _, c := range []struct {
		there []docker.ImageConfig
		want  int64
	}{
		{nil, 1321},
		{[]docker.ImageConfig{layers("sha256:a")}, 1320},
		{[]docker.ImageConfig{layers("sha256:a", "sha256:b", "sha256:x")}, 1300},
		{[]docker.ImageConfig{layers("sha256:b", "sha256:d")}, 1321}, // upon another base
		{[]docker.ImageConfig{layers("sha256:a", "sha256:x"), layers("sha256:a", "sha256:b", "sha256:d")}, 1000},
		{[]docker.ImageConfig{layers(), {ID: "sha256:m"}}, 0},
	} {
		if got := Missing(image, c.there); got != c.want {
			t.Errorf("%v: %d bytes, want %d", c.there, got, c.want)
		}
	}
}

func TestALargeImageIsPulledInSteps(t *testing.T) {
	t.Parallel()
	image := func(megabytes ...int64) (i Image) {
		for _, n := range megabytes {
			i.Layers = append(i.Layers, Layer{Bytes: n << 20})
		}
		return i
	}
	for _, c := range []struct {
		image  Image
		shared int
		want   []int
	}{
		{image(), 0, nil},
		{image(500), 0, nil},
		{image(4, 5, 6), 0, nil},
		{image(30, 2, 0, 40, 3, 2), 0, []int{1, 3, 4}},
		{image(30, 2, 0, 40, 3, 2), 3, []int{4}},
		{image(10, 10, 10, 10), 0, []int{1, 2, 3}},
		{image(10, 10, 10, 10), 4, nil},
	} {
		if got := c.image.steps(c.shared); !slices.Equal(got, c.want) {
			t.Errorf("%+v, %d there: %v, want %v", c.image.Layers, c.shared, got, c.want)
		}
	}
}

func TestThePasswordIsNoneOfTheEngines(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	basic, ok := signedIn(t, s).(*authn.Basic)
	if !ok || len(basic.Password) < 20 {
		t.Error("a password has 128 bits at least")
	}
}
