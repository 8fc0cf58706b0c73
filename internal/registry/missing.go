package registry

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/infinitescribe/spellbook/internal/docker"
)

// Missing is how many bytes of an image would travel to an engine that has
// these images: the blobs of the layers that it lacks, exactly as they were
// pushed, with configuration and manifests. An engine has a layer only with all
// that are below it, so chains are compared. 0 is an image that is there.
//
// It is what must travel. An engine asks for more where it has a layer's
// content from elsewhere (a build, `docker load`, another developer's engine
// that compresses otherwise): it finds a layer by its blob's digest, which
// nobody told it. After one pull it knows.
func Missing(i Image, there []docker.ImageConfig) int64 {
	has := map[string]bool{}
	for _, one := range there {
		if i.IsID(one.ID) {
			return 0
		}
		for _, chain := range chains(one.Layers) {
			has[chain] = true
		}
	}
	bytes := i.Overhead
	for n, chain := range chains(i.diffIDs()) {
		if !has[chain] {
			bytes += i.Layers[n].Bytes
		}
	}
	return bytes
}

func (i Image) diffIDs() []string {
	list := make([]string, 0, len(i.Layers))
	for _, layer := range i.Layers {
		list = append(list, layer.DiffID)
	}
	return list
}

// chains names each layer with all that are below it.
// Source: OCI image specification 1.1, "Layer ChainID".
func chains(diffIDs []string) []string {
	list := make([]string, 0, len(diffIDs))
	for n, id := range diffIDs {
		if n > 0 {
			sum := sha256.Sum256([]byte(list[n-1] + " " + id))
			id = "sha256:" + hex.EncodeToString(sum[:])
		}
		list = append(list, id)
	}
	return list
}
