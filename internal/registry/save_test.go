package registry

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// file is an entry of an archive; one that is "-> TARGET" is a link.
type file struct{ name, content string }

func archived(t *testing.T, files ...file) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.content))}
		target, link := strings.CutPrefix(f.content, "-> ")
		if link {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, target, 0
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if !link {
			_, _ = w.Write([]byte(f.content))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestASavedImageMayHaveALayerTwice(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	layer := digest([]byte("layer"))
	config := fmt.Sprintf(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[%q,%q]}}`, layer, layer)
	image, err := s.read(archived(t, file{"b/layer.tar", "-> ../a/layer.tar"}, file{"a/layer.tar", "layer"}, file{"c.json", config},
		file{"manifest.json", `[{"Config":"c.json","Layers":["a/layer.tar","b/layer.tar"]}]`}), Release{Project: "shop", Service: "api", Release: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if image.Config != digest([]byte(config)) || image.Platform != "linux/amd64" || len(image.Layers) != 2 || image.Layers[0] != image.Layers[1] || image.Layers[0].Digest != layer {
		t.Errorf("%+v", image)
	}
}

func TestASavedImageThatIsNotWholeIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, Options{Dir: t.TempDir()})
	config := file{"c.json", `{"rootfs":{"diff_ids":[]}}`}
	for says, files := range map[string][]file{
		"a/layer.tar is missing": {config, {"manifest.json", `[{"Config":"c.json","Layers":["a/layer.tar"]}]`}},
		"b/layer.tar is missing": {config, {"b/layer.tar", "-> ../a/layer.tar"}, {"manifest.json", `[{"Config":"c.json","Layers":["b/layer.tar"]}]`}},
		"c.json is missing":      {{"manifest.json", `[{"Config":"c.json"}]`}},
		"2 images":               {config, {"manifest.json", `[{"Config":"c.json"},{"Config":"c.json"}]`}},
		"has 0 layers":           {config, {"a", "layer"}, {"manifest.json", `[{"Config":"c.json","Layers":["a"]}]`}},
		"read manifest.json":     {config},
	} {
		if _, err := s.read(archived(t, files...), Release{Project: "shop", Service: "api", Release: "1"}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	cut := archived(t, config, file{"a", strings.Repeat("layer", 1000)})
	cut.Truncate(cut.Len() - 4000)
	if _, err := s.read(cut, Release{Project: "shop", Service: "api", Release: "1"}); err == nil {
		t.Error("half an archive is taken")
	}
}

func TestALayersFormIsSeenInItsBytes(t *testing.T) {
	t.Parallel()
	for start, want := range map[string]types.MediaType{
		"\x1f\x8b\x08\x00": types.OCILayer, "\x28\xb5\x2f\xfd": types.OCILayerZStd, "etc/": types.OCIUncompressedLayer, "": types.OCIUncompressedLayer,
	} {
		if got := layerType([]byte(start)); got != want {
			t.Errorf("%q: %s, want %s", start, got, want)
		}
	}
}
