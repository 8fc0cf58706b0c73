package schematest_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/report/schematest"
)

const status = `{"version":1,"project":"lab","ready":true,"services":[]}`

func TestSchemasAreFoundFromAnyWorkingDirectory(t *testing.T) {
	schematest.Validate(t, "status", []byte(status))
	t.Chdir(t.TempDir())
	schematest.Validate(t, "status", []byte(status))
}

func TestWhatIsNotOneDocumentIsRefused(t *testing.T) {
	for _, doc := range []string{"", status + status, "starting\n" + status, "null", "[]"} {
		if schematest.Check("status", []byte(doc)) == nil {
			t.Errorf("%q is let through", doc)
		}
	}
	if schematest.Check("unheard-of", []byte(status)) == nil {
		t.Error("a schema that is not there lets everything through")
	}
}
