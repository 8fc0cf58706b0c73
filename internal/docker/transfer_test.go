package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/image"

	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// What engines said of one image, made with every instruction that settles
// something and a start interval, and what its registry has: testdata.
func TestAnImageIsTheSameForBothStoresAndTheRegistry(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	engine := func(name string, change func(*image.InspectResponse)) ImageConfig {
		var said image.InspectResponse
		if err := json.Unmarshal(read(name), &said); err != nil {
			t.Fatal(err)
		}
		change(&said)
		config, err := imageConfig(said)
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	same := func(*image.InspectResponse) {}
	classic, containerd := engine("image-20.10-classic.json", same), engine("image-26.1-containerd.json", same)
	registry, err := ParseImageConfig(read("image-registry.json"))
	if err != nil {
		t.Fatal(err)
	}
	if classic.ID == containerd.ID || classic.Content != containerd.Content || classic.Content != registry.Content {
		t.Errorf("classic    %+v\ncontainerd %+v\nregistry   %+v", classic, containerd, registry)
	}
	for _, one := range []ImageConfig{classic, containerd, registry} {
		if !slices.Equal(one.OnBuild, []string{"ADD $URL /"}) || len(one.Environ) != 3 || one.Platform != "linux/amd64" || len(one.Layers) != 2 {
			t.Errorf("%+v", one)
		}
	}
	for name, change := range map[string]func(*image.InspectResponse){
		"layer":    func(i *image.InspectResponse) { i.RootFS.Layers = i.RootFS.Layers[:1] },
		"variable": func(i *image.InspectResponse) { i.Config.Env = i.Config.Env[:1] },
		"ONBUILD":  func(i *image.InspectResponse) { i.Config.OnBuild = nil },
		"SHELL":    func(i *image.InspectResponse) { i.Config.Shell = nil },
		"platform": func(i *image.InspectResponse) { i.Architecture = "arm64" },
	} {
		if engine("image-20.10-classic.json", change).Content == classic.Content {
			t.Errorf("another %s is the same image", name)
		}
	}
}

func TestAnImageOfNothingIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	none, err := ParseImageConfig([]byte(`{"architecture":"amd64","os":"linux","config":{"Labels":null},"rootfs":{"type":"layers","diff_ids":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	empty, err := imageConfig(image.InspectResponse{Os: "linux", Architecture: "amd64"})
	if err != nil || none.Content != empty.Content {
		t.Errorf("%+v, %+v, %v", none, empty, err)
	}
	if _, err := ParseImageConfig([]byte("<html>")); err == nil {
		t.Error("what is no configuration is read")
	}
}

// A containerd store has an image for amd64 and arm64, and tells the engine's own where
// nobody asks for one.
func TestAnImageOfSeveralPlatformsIsToldForOne(t *testing.T) {
	t.Parallel()
	for api, finds := range map[string]bool{"1.49": true, "1.48": false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Api-Version", api)
			switch asked := r.URL.Query().Get("platform"); {
			case strings.HasSuffix(r.URL.Path, "/_ping"):
			case strings.Contains(asked, "s390x"):
				http.Error(w, `{"message":"no such image"}`, http.StatusNotFound)
			case strings.Contains(asked, "arm64"):
				_, _ = fmt.Fprint(w, `{"Os":"linux","Architecture":"arm64"}`)
			default:
				_, _ = fmt.Fprint(w, `{"Os":"linux","Architecture":"amd64"}`)
			}
		}))
		t.Cleanup(server.Close)
		c, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if config, found, err := c.ImageConfig(t.Context(), "a:1"); !found || err != nil || config.Platform != "linux/amd64" {
			t.Fatalf("%s: %+v, %t, %v", api, config, found, err)
		}
		if config, found, err := c.ImageConfigFor(t.Context(), "a:1", "linux/arm64"); found != finds || err != nil || found && config.Platform != "linux/arm64" {
			t.Errorf("%s: %+v, %t, %v", api, config, found, err)
		}
		if config, found, err := c.ImageConfigFor(t.Context(), "a:1", "linux/s390x"); found || err != nil {
			t.Errorf("%s: %+v, %v", api, config, err)
		}
	}
}

func TestASavedImageIsOneOfItsNamesTags(t *testing.T) {
	t.Parallel()
	id := "sha256:" + strings.Repeat("0a", 32)
	for ref, want := range map[string]string{
		"shop-web":                     "shop-web:latest",
		"registry.example.org:500/web": "registry.example.org:500/web:latest",
		"shop-web:7":                   "shop-web:7",
		"shop-web@" + id:               "shop-web@" + id,
		id:                             id,
		id[7:]:                         id[7:],
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/images/get") {
				_, _ = fmt.Fprint(w, r.URL.Query()["names"])
			}
		}))
		t.Cleanup(server.Close)
		c, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		archive, err := c.Save(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := io.ReadAll(archive)
		if err := errors.Join(err, archive.Close()); err != nil || string(asked) != "["+want+"]" {
			t.Errorf("of %q the engine is asked for %s, not %s (%v)", ref, asked, want, err)
		}
	}
}

func TestThatTheRegistryLacksAnImageIsItsAnswer(t *testing.T) {
	t.Parallel()
	for said, c := range map[string]struct {
		code    int
		reached bool
	}{
		`{"Descriptor":{}}`:                   {http.StatusOK, true},
		`{"message":"name unknown: Unknown"}`: {http.StatusNotFound, true},
		`{"message":"unknown: {\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"Unknown name\"}]}"}`: {http.StatusInternalServerError, true}, // 26 with containerd's store
		`{"message":"Get \"http://127.0.0.1:5055/v2/\": EOF"}`:                                           {http.StatusInternalServerError, false},
		`{"message":"unauthorized"}`: {http.StatusUnauthorized, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Api-Version", "1.45")
			w.Header().Set("Content-Type", "application/json")
			if strings.Contains(r.URL.Path, "/distribution/") {
				w.WriteHeader(c.code)
				_, _ = fmt.Fprint(w, said)
			}
		}))
		t.Cleanup(server.Close)
		client, err := Open(endpoint.Endpoint{Host: "tcp://" + server.Listener.Addr().String(), Origin: "test"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := client.HasRegistry(t.Context(), "127.0.0.1:5055/spellbook/probe:1", secret.String{}); got != c.reached {
			t.Errorf("%s: reached is %v", said, got)
		}
	}
}
