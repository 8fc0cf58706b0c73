package dockerfile_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/internal/dockerfile"
)

func TestAWordThatNoBuildKitReadsIsAMistake(t *testing.T) {
	t.Parallel()
	f, err := dockerfile.Parse("Dockerfile", []byte("FROM scratch\n"))
	if err != nil {
		t.Fatal(err)
	}
	for word, good := range map[string]bool{"": true, "${A}": true, "${A:-b}": true, "${A#b}": true, "${A%%b}": true, "${A//b/c}": true, "${A:foo}": false, "${A": false} {
		if f.Expands(word) != good {
			t.Errorf("%q", word)
		}
	}
}
