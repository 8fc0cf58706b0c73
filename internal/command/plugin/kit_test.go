package plugin

import (
	"bytes"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/plugins/sdk/kit"
)

func TestASecretThatBeginsWithAnotherIsMaskedWhole(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{"NONE": ""}
	for n := range 8 {
		secrets["PASSWORD_"+strings.Repeat("X", n)] = "sesame-1"[:n+1]
	}
	var out bytes.Buffer
	list := []kit.Check{{Name: "stdout", Status: kit.Fail, Detail: "it wrote sesame-1"}}
	if err := checks(&app.Run{Out: &out, Width: 80}, list, secrets); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "it wrote ****\n") {
		t.Errorf("it says\n%s", &out)
	}
}
