package migration_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/infinitescribe/spellbook/apps/backend/internal/migration"
)

func TestTheMigrationsOfTheBinaryCountFromOne(t *testing.T) {
	t.Parallel()
	all, err := migration.All()
	if err != nil || len(all) == 0 {
		t.Fatalf("got %v, %v", all, err)
	}
	for i, m := range all {
		if m.Version != i+1 || len(m.Checksum) != 64 || !strings.Contains(m.SQL, ";") {
			t.Errorf("got %+v", m)
		}
	}
}

func TestAGapOrAnUnknownNameIsAnError(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{"sql/0002_b.sql"}, {"sql/0001_a.sql", "sql/0003_c.sql"}, {"sql/first.sql"}, {"sql/0001.sql"}} {
		files := fstest.MapFS{}
		for _, name := range names {
			files[name] = &fstest.MapFile{Data: []byte("SELECT 1;")}
		}
		if list, err := migration.Read(files, "sql"); err == nil {
			t.Errorf("%v: got %v", names, list)
		}
	}
}

func TestWhatIsPendingFollowsFromTheRecord(t *testing.T) {
	t.Parallel()
	all := []migration.Migration{{Version: 1, Name: "a", Checksum: "x"}, {Version: 2, Name: "b", Checksum: "y"}}
	for _, c := range []struct {
		name     string
		recorded map[int]string
		pending  int
		wrong    string
	}{
		{"a new database", nil, 2, ""},
		{"one behind", map[int]string{1: "x"}, 1, ""},
		{"up to date", map[int]string{1: "x", 2: "y"}, 0, ""},
		{"ahead, after a rollback", map[int]string{1: "x", 2: "y", 3: "z"}, 0, ""},
		{"changed", map[int]string{1: "other"}, 0, "0001_a was changed"},
		{"missing", map[int]string{2: "y"}, 0, "0001_a is missing"},
	} {
		pending, err := migration.Pending(all, c.recorded)
		if len(pending) != c.pending || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: got %v, %v", c.name, pending, err)
		}
	}
}
