package docker

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// RawManifestArgv asks a registry for an image's manifest or index, or by its
// digest for an image's configuration, as the registry has it, with the user's
// own credentials and without an engine. Where it fails, ManifestReason finds
// the reason in what it printed on standard error.
func RawManifestArgv(ref string) []string {
	return []string{"docker", "buildx", "imagetools", "inspect", "--raw", "--", ref}
}

// PullArgv has the engine fetch an image for a platform, with the user's own
// credentials.
func PullArgv(ref, of string) []string {
	return []string{"docker", "pull", "--platform", of, "--", ref}
}

var (
	// withoutName are messages of registries for an image that is not there.
	withoutName  = lazyregexp.New(`: not found$|404 Not Found|(?i:manifest unknown|name unknown|repository does not exist)`)
	withoutLeave = lazyregexp.New(`(?i:401 Unauthorized|403 Forbidden|denied|authorization failed|insufficient_scope|no basic auth)`)
	tooOften     = lazyregexp.New(`(?i:429 Too Many|toomanyrequests)`)
	// credentials in a URL are not repeated.
	credentials = lazyregexp.New(`//[^/@\s]+@`)
)

// ManifestReason is why there is no manifest, one line for the user; "" where
// nothing was said. What registries say is put in words; what remains, mostly
// that none answers, is told as it is.
func ManifestReason(out string) string {
	said := ""
	for line := range strings.Lines(out) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "ERROR: "):
			said = strings.TrimPrefix(line, "ERROR: ")
		case line != "" && said == "":
			said = line
		}
	}
	switch {
	case tooOften.MatchString(said):
		return "the registry has been asked too often; docker login raises the limit, or wait"
	case withoutLeave.MatchString(said):
		return "the registry does not have it, or not for you; check the name, or run docker login"
	case withoutName.MatchString(said):
		return "the registry does not have it; check the name and the tag"
	}
	return credentials.ReplaceAllString(said, "//****@")
}
