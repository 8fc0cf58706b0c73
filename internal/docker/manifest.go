package docker

import (
	"errors"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// RawManifestArgv asks a registry for an image's manifest or index, or by its
// digest for an image's configuration, as the registry has it, with the user's
// own credentials and without an engine. Where it fails, ManifestError finds
// the reason in what it printed on standard error.
func RawManifestArgv(ref string) []string {
	return []string{"docker", "buildx", "imagetools", "inspect", "--raw", "--", ref}
}

// ImageConfigArgv asks a registry for the configuration of the image whose manifest a
// digest names, in the words of OCI: without HEALTHCHECK, ONBUILD and SHELL.
func ImageConfigArgv(ref string) []string {
	return []string{"docker", "buildx", "imagetools", "inspect", "--format", "{{json .Image}}", "--", ref}
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
	// withheld are answers that are the same the next time: it is not there, or the
	// registry gives no such thing away (Debian's docker-registry 2.8 says 500).
	withheld = lazyregexp.New(`(?i:: not found$|\b(?:400 Bad Request|404 Not Found|405 Method Not Allowed|406 Not Acceptable|415 Unsupported Media Type|500 Internal Server Error|501 Not Implemented)\b|manifest unknown)`)
	tooOften = lazyregexp.New(`(?i:429 Too Many|toomanyrequests)`)
	// credentials in a URL are not repeated.
	credentials = lazyregexp.New(`//[^/@\s]+@`)
)

// ErrNotGiven is a registry's own answer that it does not have something, or does not
// give it away: asking again tells no more. Any other error may be gone the next time.
var ErrNotGiven = errors.New("not given")

// ManifestError is the error for what such a question printed, one line for the user,
// or failed where it printed nothing. It is ErrNotGiven where the registry said so.
func ManifestError(out string, failed error) error {
	if said := manifestSaid(out); withheld.MatchString(said) && !tooOften.MatchString(said) {
		return notGiven{ManifestReason(out)}
	}
	if reason := ManifestReason(out); reason != "" {
		return errors.New(reason)
	}
	return failed
}

type notGiven struct{ reason string }

func (n notGiven) Error() string        { return n.reason }
func (n notGiven) Is(target error) bool { return target == ErrNotGiven }

// ManifestReason is why there is no manifest, one line for the user; "" where
// nothing was said. What registries say is put in words; what remains, mostly
// that none answers, is told as it is.
func ManifestReason(out string) string {
	said := manifestSaid(out)
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

// manifestSaid is the line of an output that says what went wrong.
func manifestSaid(out string) (said string) {
	for line := range strings.Lines(out) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "ERROR: "):
			said = strings.TrimPrefix(line, "ERROR: ")
		case line != "" && said == "":
			said = line
		}
	}
	return said
}
