package docker

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTheProcessIsTakenOffTheOutputHoweverItIsCut(t *testing.T) {
	for _, text := range []string{"42\n", "42\r\nhello\n", "sh: not found\n", "42\n43\n", "42"} {
		var out bytes.Buffer
		pid := make(chan int, 1)
		if _, err := io.Copy(&pidWriter{to: &out, pid: pid}, iotest.OneByteReader(strings.NewReader(text))); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(text, "\n")
		if strings.HasPrefix(text, "sh") {
			rest = text
		} else if strings.Contains(text, "\n") && <-pid != 42 {
			t.Errorf("%q: not process 42", text)
		}
		if out.String() != rest {
			t.Errorf("%q leaves %q, want %q", text, out.String(), rest)
		}
	}
}
