package dotenv

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/secret"
)

func TestNoRefusalOfAFileTellsAPartOfASecret(t *testing.T) {
	for _, text := range []string{
		"PASSWORD='it's canary secret'\n",
		"PASSWORD=\"say \"canary\" now\n",
		"PASSWORD='canary\n",
		"KEY=-----BEGIN\ncanary rest of a key\n-----END\n",
	} {
		_, err := Resolve(ResolveOptions{Files: []File{{Path: ".env", Text: secret.New(text)}}})
		if err == nil {
			t.Errorf("%q was accepted", text)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %s", text, err)
		}
	}
}
