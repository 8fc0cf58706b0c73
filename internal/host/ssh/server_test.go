package ssh

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/failure"
)

func TestADestinationIsTakenApartAsSSHWould(t *testing.T) {
	const options = "-o ConnectTimeout=15 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -T "
	for destination, want := range map[string]string{
		"there":             "-- there",
		"me@there":          "-l me -- there",
		"me@there:2222":     "-l me -p 2222 -- there",
		"me@[fe80::1]:2222": "-l me -p 2222 -- fe80::1",
		"::1":               "-- ::1",
		"[::1]":             "-- ::1",
		"me@corp@there":     "-l me@corp -- there",
		"":                  "",
		"@there":            "",
		"me@":               "",
		"-oProxyCommand=x":  "",
		"-oProxy=x@there":   "",
		"there:":            "",
		"there:ssh":         "",
		"one,two":           "",
		"one two":           "",
		"ssh://there":       "",
	} {
		target, err := parseDestination(destination)
		if got := strings.TrimPrefix(strings.Join(target, " "), options); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", destination, got, want)
		}
		if want == "" && failure.CodeOf(err) != failure.Preflight || want != "" && err != nil {
			t.Errorf("%s: %v", destination, err)
		}
	}
}

// Wherever a stream is cut into pieces, the command's words are told from those
// of the envelope and of ssh.
func TestAFrameIsReadFromAnyPieces(t *testing.T) {
	const stream = "a warning of ssh\nMARK begin 42\nMARMAwords MAR without endMARK end 255\nafter\n"
	rapid.Check(t, func(t *rapid.T) {
		var words bytes.Buffer
		f := newFrame("MARK", &words)
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			_, _ = f.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		f.flush()
		if got := words.String(); got != "MARMAwords MAR without end" || f.group != "42" || f.code != 255 || f.words.all() != "a warning of ssh\nafter\n" {
			t.Fatalf("words %q, group %q, code %d, ssh's %q", got, f.group, f.code, f.words.all())
		}
	})
}
