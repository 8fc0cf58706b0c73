package report

import "testing"

func TestANameIsCutWhereThereIsNoRoomAlone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"network handshop_default": 24, "network infinite-scribe-local_default": 29, "registry.example/lab/base:bookworm": 20} {
		if got := (frame{width: 79}).nameColumns([]*item{{name: name}}); got != want {
			t.Errorf("%s: %d columns, want %d", name, got, want)
		}
	}
}
