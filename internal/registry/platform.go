package registry

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// CheckPlatform is nil where an image can run on a server, by their platforms
// (os/arch or os/arch/variant), and exit code 3 otherwise: name is the image's
// as the user wrote it. A variant counts only where both name one, as engines
// tell theirs for some architectures alone.
func CheckPlatform(name, image, server string) error {
	if samePlatform(image, server) {
		return nil
	}
	return failure.New(failure.Preflight, "image %q is for %s, the server is %s", name, image, server).
		WithHint("docker pull --platform %s %s, or where it is built have the server build it: DEPLOY_BUILD=remote", server, name)
}

// samePlatform compares as an engine chooses: arm64 is arm64/v8.
func samePlatform(a, b string) bool {
	left, right := strings.Split(a, "/"), strings.Split(b, "/")
	n := min(len(left), len(right))
	return n >= 2 && strings.Join(left[:n], "/") == strings.Join(right[:n], "/")
}
