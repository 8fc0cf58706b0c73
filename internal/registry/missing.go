package registry

import "github.com/infinitescribe/spellbook/internal/docker"

// Missing is how many bytes of an image would travel to an engine that has
// these images: the blobs of the layers that it lacks, exactly as they were
// pushed, with configuration and manifests. 0 is an image that is there.
//
// It is what must travel. An engine asks for more where it has a layer's
// content from elsewhere (a build, `docker load`, another developer's engine
// that compresses otherwise): it finds a layer by its blob's digest, which
// nobody told it. After one pull it knows.
func Missing(i Image, there []docker.ImageConfig) int64 {
	for _, one := range there {
		if i.IsID(one.ID) {
			return 0
		}
	}
	bytes := i.Overhead
	for _, layer := range i.Layers[i.shared(there):] {
		bytes += layer.Bytes
	}
	return bytes
}

// shared is how many layers an engine with these images has already: a layer
// counts only with all that are below it, as engines find them.
func (i Image) shared(there []docker.ImageConfig) int {
	most := 0
	for _, one := range there {
		n := 0
		for n < min(len(one.Layers), len(i.Layers)) && one.Layers[n] == i.Layers[n].DiffID {
			n++
		}
		most = max(most, n)
	}
	return most
}
