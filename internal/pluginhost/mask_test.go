package pluginhost

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// A text is cut where it is too long and cleaned of what moves a terminal: a
// secret that lies just there must not come out in part.
func TestASecretIsMaskedBeforeATextIsCutOrCleaned(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string]string{"at the cut": "hunter2-and-more", "of two lines": "hunter2\nand-more", "of odd characters": "hunter2\x07and-more"} {
		secrets := map[string]string{"PASSWORD": secret}
		long := strings.Repeat("x", manifest.MaxLine-7) + secret + " is wrong"
		d := shown(&pluginv1.Diagnostic{Code: "ODD", Summary: long, Hint: "not " + secret, Path: long}, secrets)
		texts := []string{d.Summary, d.Hint, d.Path, failed(failure.NotReady, &process.Error{Plugin: "plain", Output: []string{long}}, secrets).Error()}
		for _, line := range strings.Split(secret, "\n") { // as a log has it
			texts = append(texts, Line{Message: "it is " + line}.clean(secrets).Message)
		}
		for _, text := range texts {
			if strings.Contains(text, "hunter") || strings.Contains(text, "more") || !strings.Contains(text, "***") {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}

func TestALineOfASecretThatIsOnlyABracketIsNotMasked(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{"KEY": "{\n\"key\": \"hunter2\"\n}\n"}
	if got := Masked("func() {} of \"key\": \"hunter2\"", secrets); got != "func() {} of ****" {
		t.Errorf("got %q", got)
	}
}
