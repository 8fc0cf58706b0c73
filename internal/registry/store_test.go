package registry

import (
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// run is a whole one that pushes an image.
func run(t *testing.T, o Options, image v1.Image) {
	t.Helper()
	s := serve(t, o)
	push(t, s, "shop/api:1", image)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// layer is the name of an image's first blob.
func layer(t *testing.T, image v1.Image) string {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	return sum.Hex
}

func TestABlobGoesWhenManyRunsDidNotUseIt(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Runs: 2}
	old, kept := randomImage(t, 1000, 1), randomImage(t, 1000, 1)
	run(t, o, old)
	for n := range 3 {
		if !names(t, o.Dir)[layer(t, old)] {
			t.Fatalf("after %d runs without it the blob is gone", n)
		}
		if n == 1 { // a run that pushes nothing is none
			_ = serve(t, o).Close()
		}
		run(t, o, kept)
	}
	if there := names(t, o.Dir); there[layer(t, old)] || !there[layer(t, kept)] {
		t.Errorf("after three runs: the old blob %v, the other %v", there[layer(t, old)], there[layer(t, kept)])
	}
}

func TestBlobsAboveTheLimitGoLeastUsedFirst(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Limit: 25_000}
	first, second, third := randomImage(t, 10_000, 1), randomImage(t, 10_000, 1), randomImage(t, 10_000, 1)
	run(t, o, first)
	run(t, o, second)
	run(t, o, first)
	run(t, o, third)
	if there := names(t, o.Dir); !there[layer(t, first)] || there[layer(t, second)] || !there[layer(t, third)] {
		t.Errorf("first %v, second %v, third %v", there[layer(t, first)], there[layer(t, second)], there[layer(t, third)])
	}
	large := randomImage(t, 50_000, 1)
	run(t, o, large)
	if there := names(t, o.Dir); !there[layer(t, large)] || there[layer(t, first)] {
		t.Error("the blobs of a run that is larger than the limit are kept for the next, and no others")
	}
}

func TestNothingGoesWhileAnotherServerHasTheBlobs(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Limit: 1}
	image := randomImage(t, 1000, 1)
	run(t, o, image)
	other := serve(t, o)
	run(t, o, randomImage(t, 1000, 1))
	if !names(t, o.Dir)[layer(t, image)] {
		t.Error("the other's blob is gone")
	}
	_ = other.Close()
	run(t, o, randomImage(t, 1000, 1))
	if names(t, o.Dir)[layer(t, image)] {
		t.Error("the blob stays for ever")
	}
}

func TestUploadsOfAKilledRunAreRemoved(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir()}
	left := filepath.Join(o.Dir, partial+"123")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, o, randomImage(t, 1000, 1))
	if names(t, o.Dir)[filepath.Base(left)] {
		t.Error("it is still there")
	}
}
