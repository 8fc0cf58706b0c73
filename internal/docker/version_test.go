package docker

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/endpoint"
	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestTheAPIVersionIsThatOfTheCallersEnvironment(t *testing.T) {
	t.Setenv("DOCKER_API_VERSION", "1.43") // of this process, which is not asked
	for _, version := range []string{"1.41", ""} {
		e, err := endpoint.Find(func(name string) string {
			return map[string]string{"DOCKER_API_VERSION": version, "DOCKER_HOST": "unix:///a.sock"}[name]
		})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Open(e, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.api.ClientVersion(); got == "1.43" || version != "" && got != version {
			t.Errorf("asked for %q: the client talks %s", version, got)
		}
	}
}

func TestAnAPIVersionThatIsNoneSaysSo(t *testing.T) {
	_, err := Open(endpoint.Endpoint{Host: "unix:///a.sock", APIVersion: "latest"}, nil)
	if want := "DOCKER_API_VERSION: invalid API version (latest): must be formatted <major>.<minor>\n  → unset DOCKER_API_VERSION"; err == nil ||
		err.Error() != want || failure.CodeOf(err) != failure.Preflight {
		t.Errorf("got %v", err)
	}
}
