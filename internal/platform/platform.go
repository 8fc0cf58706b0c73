// Package platform compares the platforms of engines and images, os/arch or
// os/arch/variant, as containerd does and so every engine. It imports nothing of
// ours.
package platform

import "github.com/containerd/platforms"

// Runs reports whether an engine of one platform runs images of another: arm64
// is arm64/v8, an arm/v7 runs arm/v6, amd64 runs 386. What is no platform runs
// nothing and nowhere.
func Runs(engine, image string) bool { return Best(engine, []string{image}) == 0 }

// Same reports whether two platforms are one, however each is written.
func Same(a, b string) bool {
	left, errLeft := platforms.Parse(a)
	right, errRight := platforms.Parse(b)
	return errLeft == nil && errRight == nil && platforms.OnlyStrict(left).Match(right)
}

// Best is the place in images of the platform that an engine takes of several;
// -1 where it runs none of them.
func Best(engine string, images []string) int {
	on, err := platforms.Parse(engine)
	if err != nil {
		return -1
	}
	best, order := -1, platforms.Only(on)
	var taken platforms.Platform
	for i, image := range images {
		of, err := platforms.Parse(image)
		if err != nil || !order.Match(of) {
			continue
		}
		if best < 0 || order.Less(of, taken) {
			best, taken = i, of
		}
	}
	return best
}
