package buildlog

import (
	"os"
	"testing"

	"github.com/infinitescribe/spellbook/internal/engine"
)

// FuzzLog: whatever comes, counts hold and nothing breaks.
func FuzzLog(f *testing.F) {
	for _, name := range []string{"ok", "new-run"} {
		data, err := os.ReadFile("testdata/" + name + ".rawjson")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := New(func(engine.Note) {})
		if n, err := l.Write(data); n != len(data) || err != nil {
			t.Fatal(n, err)
		}
		if done, cached, total := l.Counts(); done > total || cached > total || total > len(l.Steps()) {
			t.Errorf("%d done, %d cached of %d", done, cached, total)
		}
		if failed := l.Failure(); failed != nil {
			if failed.Hint == "" {
				t.Errorf("no hint: %+v", failed)
			}
		}
	})
}
