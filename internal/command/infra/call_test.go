package infra

import "testing"

// Whoever types what goes on gets what was called: no more services, and no less removed.
func TestWhatGoesOnIsWhatWasCalled(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		UpOptions{Target: "infra:up"}.call():                                                        "infra:up",
		UpOptions{Target: "infra:recreate", Services: []string{"a", "b"}}.call():                    "infra:recreate -services=a,b",
		UpOptions{Target: "infra:up", Services: []string{"a"}, Profiles: []string{"p", "q"}}.call(): "infra:up -services=a -profile=p,q",
		UpOptions{Target: "test:up", Call: "test:up -name=x", Services: []string{"a"}}.call():       "test:up -name=x -services=a",
		downAgain(DownOptions{}):                            "infra:down",
		downAgain(DownOptions{Volumes: true, Yes: true}):    "infra:down -volumes",
		downAgain(DownOptions{Volumes: true, Confirm: "p"}): "infra:down -volumes -confirm=p",
		withServices("infra:stop", []string{"a"}):           "infra:stop -services=a",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
