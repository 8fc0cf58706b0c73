package docker

import (
	"errors"
	"slices"
	"testing"
)

func TestTheRegistryIsAskedForWhatItHas(t *testing.T) {
	t.Parallel()
	want := []string{"docker", "buildx", "imagetools", "inspect", "--raw", "--", "a:1"}
	if got := RawManifestArgv("a:1"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestARegistrysRefusalIsToldAsAReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ out, reason string }{
		{"", ""},
		{"WARN: something\nERROR: more\n", "more"},
		{"said\nand more\n", "said"},
		{"ERROR: docker.io/library/a:9: not found\n", "the registry does not have it; check the name and the tag"},
		{"ERROR: failed to do request: Head \"https://u:pw@r/v2/a/manifests/3\": dial tcp: lookup r on 10.0.0.1:53: no such host\n",
			`failed to do request: Head "https://****@r/v2/a/manifests/3": dial tcp: lookup r on 10.0.0.1:53: no such host`},
		{"ERROR: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed\n",
			"the registry does not have it, or not for you; check the name, or run docker login"},
		{"ERROR: unexpected status from HEAD request to https://r/v2/a/manifests/1: 401 Unauthorized\n",
			"the registry does not have it, or not for you; check the name, or run docker login"},
		{"ERROR: unexpected status from HEAD request to https://r/v2/a/manifests/1: 429 Too Many Requests\n",
			"the registry has been asked too often; docker login raises the limit, or wait"},
		{"docker: unknown command: docker buildx\n\nRun 'docker --help' for more information\n", "docker: unknown command: docker buildx"},
	} {
		if reason := ManifestReason(c.out); reason != c.reason {
			t.Errorf("%q: got %q", c.out, reason)
		}
	}
}

func TestWhatARegistryWillNeverGiveIsNotWhatItDoesNotGiveNow(t *testing.T) {
	t.Parallel()
	for out, given := range map[string]bool{
		"ERROR: docker.io/library/a:9: not found\n": true,
		"ERROR: unexpected status from HEAD request to http://r/v2/a/manifests/sha256:1: 500 Internal Server Error\n":         true,
		"ERROR: unexpected status from HEAD request to https://r/v2/a/manifests/1: 429 Too Many Requests\n":                   false,
		"ERROR: unexpected status from HEAD request to https://r/v2/a/manifests/1: 502 Bad Gateway\n":                         false,
		"ERROR: unexpected status from HEAD request to https://r/v2/a/manifests/1: 401 Unauthorized\n":                        false,
		"ERROR: failed to do request: Head \"https://r/v2/a/manifests/3\": read tcp 10.0.0.1: connection reset by peer\n":     false,
		"docker: unknown command: docker buildx\n":                                                                            false,
		"ERROR: failed to do request: Head \"https://r/v2/a/manifests/3\": proxyconnect tcp: Proxy Authentication Required\n": false,
	} {
		if err := ManifestError(out, nil); errors.Is(err, ErrNotGiven) != given || err.Error() != ManifestReason(out) {
			t.Errorf("%q: got %v", out, err)
		}
	}
	if err := errors.New("exit status 1"); !errors.Is(ManifestError("", err), err) {
		t.Error("what says nothing has no error")
	}
}
