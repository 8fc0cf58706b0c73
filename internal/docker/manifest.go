package docker

import (
	"context"
	"strings"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/internal/platform"
)

// LocalDigest is the ID of the engine's own image of that reference, sha256:….
// It names content: the same however many tags the image has, and another as
// soon as the tag moves. One that is not for of, where that is not "", is not found.
func (c *Client) LocalDigest(ctx context.Context, ref, of string) (digest string, found bool, err error) {
	image, err := c.api.ImageInspect(ctx, ref)
	if cerrdefs.IsNotFound(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, c.explain("look for image "+ref, err)
	}
	if of != "" && !platform.Runs(of, platformOf(image.Os, image.Architecture, image.Variant)) {
		return "", false, nil
	}
	return image.ID, true, nil
}

// RawManifestArgv asks a registry for an image's manifest or index, as it has it,
// with the user's own credentials and without an engine. Where it fails,
// ManifestDigest finds the reason in what it printed.
func RawManifestArgv(ref string) []string {
	return []string{"docker", "buildx", "imagetools", "inspect", "--raw", "--", ref}
}

// PullArgv has the engine fetch an image for a platform, with the user's own
// credentials.
func PullArgv(ref, of string) []string {
	return []string{"docker", "pull", "--platform", of, "--", ref}
}

// ManifestArgv asks a registry for the digest of an image, with the user's own
// credentials and without an engine. ManifestDigest reads what it prints.
func ManifestArgv(ref string) []string {
	return []string{"docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", "--", ref}
}

var (
	manifestDigest = lazyregexp.New(`^sha256:[0-9a-f]{64}$`)
	// withoutName are messages of registries for an image that is not there.
	withoutName  = lazyregexp.New(`: not found$|404 Not Found|(?i:manifest unknown|name unknown|repository does not exist)`)
	withoutLeave = lazyregexp.New(`(?i:401 Unauthorized|403 Forbidden|denied|authorization failed|insufficient_scope|no basic auth)`)
	tooOften     = lazyregexp.New(`(?i:429 Too Many|toomanyrequests)`)
	// credentials in a URL are not repeated.
	credentials = lazyregexp.New(`//[^/@\s]+@`)
)

// ManifestDigest reads what ManifestArgv's command printed, on both streams:
// the digest, sha256:…, or the reason why there is none. The reason is one
// line for the user; "" where nothing was said.
func ManifestDigest(out string) (digest, reason string) {
	for line := range strings.Lines(out) {
		switch line = strings.TrimSpace(line); {
		case manifestDigest.MatchString(line):
			return line, ""
		case strings.HasPrefix(line, "ERROR: "):
			reason = strings.TrimPrefix(line, "ERROR: ")
		case line != "" && reason == "":
			reason = line
		}
	}
	return "", manifestReason(credentials.ReplaceAllString(reason, "//****@"))
}

// manifestReason puts what registries say in words; what remains, mostly that
// none answers, is told as it is.
func manifestReason(said string) string {
	switch {
	case tooOften.MatchString(said):
		return "the registry has been asked too often; docker login raises the limit, or wait"
	case withoutLeave.MatchString(said):
		return "the registry does not have it, or not for you; check the name, or run docker login"
	case withoutName.MatchString(said):
		return "the registry does not have it; check the name and the tag"
	}
	return said
}
