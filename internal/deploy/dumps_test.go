package deploy

import (
	"slices"
	"testing"
)

func TestADumpIsKeptAsLongAsItsReleaseAndTheNewestInAnyCase(t *testing.T) {
	t.Parallel()
	release := func(n string) string { return "20261201-00000" + n + "-abcdef0-12345678" }
	var names []string
	for _, n := range []string{"1", "2", "3", "4"} {
		names = append(names, DumpName(release(n), "postgres"))
	}
	names = append(names, DumpName(release("1"), "my-other-db"), "notes.txt", "by-hand.sql")
	if got := SurplusDumps(names, nil, 2); !slices.Equal(got, []string{names[1], names[0]}) {
		t.Errorf("%q go", got)
	}
	if got := SurplusDumps(names, []string{release("1")}, 2); !slices.Equal(got, []string{names[1]}) {
		t.Errorf("with a release that is kept %q go", got)
	}
	if got := SurplusDumps(names, nil, 9); len(got) > 0 {
		t.Errorf("%q go", got)
	}
}
