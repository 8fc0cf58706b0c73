package docker

import "testing"

func TestA32BitARMIsToldWithItsVariant(t *testing.T) {
	t.Parallel()
	for machine, want := range map[string]string{"armv5tel": "/v5", "armv6l": "/v6", "armv7l": "/v7", "armv8l": "/v8", "aarch64": "/v8", "": "/v7"} {
		if got := armVariant(machine); got != want {
			t.Errorf("%s is %s", machine, got)
		}
	}
}
