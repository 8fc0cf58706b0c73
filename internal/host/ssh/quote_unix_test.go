//go:build unix

package ssh

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAShellReadsQuotedWordsAsTheyWere(t *testing.T) {
	words := rapid.SliceOfN(rapid.Map(rapid.SliceOf(rapid.ByteRange(1, 255)), func(b []byte) string { return string(b) }), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		want := words.Draw(t, "words")
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+Quote(want...)).Output()
		if err != nil || string(out) != strings.Join(want, "\x00")+"\x00" {
			t.Fatalf("%q: %v", out, err)
		}
	})
}
