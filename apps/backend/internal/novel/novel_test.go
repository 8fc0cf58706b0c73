package novel_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/apps/backend/internal/novel"
)

func TestADraftIsTrimmedAndChecked(t *testing.T) {
	t.Parallel()
	for title, fine := range map[string]bool{
		" Atlas ": true, "": false, " \t": false, strings.Repeat("ä", 200): true, strings.Repeat("ä", 201): false, "a\x00b": false,
	} {
		d := novel.Draft{Title: title}
		if err := d.Check(); (err == nil) != fine {
			t.Errorf("%q: got %v", title, err)
		}
		if d.Title != strings.TrimSpace(title) {
			t.Errorf("%q became %q", title, d.Title)
		}
	}
}

func TestAJobHasTheSameIDWheneverItIsQueued(t *testing.T) {
	t.Parallel()
	n := novel.Novel{ID: "7", Title: "Atlas"}
	if a, b := novel.JobFor(n, "x"), novel.JobFor(n, "x"); a != b || a.ID == novel.JobFor(n, "y").ID {
		t.Errorf("got %+v and %+v", a, b)
	}
}
