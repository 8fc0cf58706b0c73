package containerlog

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const (
	stamp1 = "2026-01-02T03:04:05.000000001Z "
	stamp2 = "2026-01-02T03:04:05.000000002Z "
)

// frame is a message of a stream without a terminal.
func frame(stream byte, message string) []byte {
	head := make([]byte, 8)
	head[0] = stream
	binary.BigEndian.PutUint32(head[4:], uint32(len(message)))
	return append(head, message...)
}

func collect(t *testing.T, r io.Reader, tty bool) []Line {
	t.Helper()
	var lines []Line
	if err := newBatch(r, func(l []Line) error { lines = append(lines, l...); return nil }).copy(tty); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestTheStreamsOfALogArePartedAndCutLinesAreJoined(t *testing.T) {
	stream := bytes.Join([][]byte{
		frame(1, stamp1+"first "), frame(2, stamp2+"oops\n"), frame(1, stamp2+"and last\r\n"), frame(1, stamp2+"\n"), frame(2, stamp2+"no end"),
	}, nil)
	lines := collect(t, iotest.OneByteReader(bytes.NewReader(stream)), false)
	want := []struct {
		text   string
		stderr bool
		nano   int
	}{{"oops", true, 2}, {"first and last", false, 1}, {"", false, 2}, {"no end", true, 2}}
	if len(lines) != len(want) {
		t.Fatalf("got %v", lines)
	}
	for i, w := range want {
		if l := lines[i]; l.Text != w.text || l.Stderr != w.stderr || l.Time.Nanosecond() != w.nano {
			t.Errorf("line %d is %+v, want %+v", i, l, w)
		}
	}
}

func TestTheTimeStampWithinALongLineOfATerminalIsDropped(t *testing.T) {
	long := strings.Repeat("x", partial)
	raw := stamp1 + long + stamp2 + "tail\r\n" + stamp2 + "next\r\n"
	lines := collect(t, iotest.HalfReader(strings.NewReader(raw)), true)
	if len(lines) != 2 || lines[0].Text != long+"tail" || lines[1].Text != "next" {
		t.Fatalf("got %d lines", len(lines))
	}
}

func TestAnyTextComesThroughALogAsItWas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[ -~]{0,40}`), 0, 20).Draw(rt, "lines")
		var framed bytes.Buffer
		var raw strings.Builder
		for _, text := range texts {
			cut := rapid.IntRange(0, len(text)).Draw(rt, "cut")
			if cut > 0 {
				framed.Write(frame(1, stamp1+text[:cut]))
			}
			framed.Write(frame(1, stamp2+text[cut:]+"\n"))
			raw.WriteString(stamp1 + text + "\r\n")
		}
		for _, lines := range [][]Line{collect(t, &framed, false), collect(t, strings.NewReader(raw.String()), true)} {
			var got []string
			for _, l := range lines {
				got = append(got, l.Text)
			}
			if !slices.Equal(got, texts) && len(texts) > 0 {
				rt.Fatalf("got %q, want %q", got, texts)
			}
		}
	})
}

// largestFrame is the size in bytes of the largest frame that any header of
// stream announces, the last one's whether it is all there or not.
func largestFrame(stream []byte) int {
	largest := 0
	for len(stream) >= 8 {
		size := int(binary.BigEndian.Uint32(stream[4:]))
		largest = max(largest, size)
		stream = stream[min(len(stream), 8+size):]
	}
	return largest
}

func FuzzCopyLog(f *testing.F) {
	f.Add(frame(1, stamp1+"hello\n"), false)
	f.Add([]byte(stamp1+"hello\r\n"), true)
	f.Add(frame(3, "broken"), false)
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00"), false)
	f.Fuzz(func(t *testing.T, stream []byte, tty bool) {
		if !tty && largestFrame(stream) > 1<<20 {
			return // stdcopy allocates what a header asks for, up to 4 GiB
		}
		total := 0
		_ = newBatch(bytes.NewReader(stream), func(lines []Line) error {
			for _, l := range lines {
				total += len(l.Text)
				if strings.Contains(l.Text, "\n") && tty {
					t.Errorf("a line end within %q", l.Text)
				}
			}
			return nil
		}).copy(tty)
		if total > len(stream) {
			t.Errorf("%d bytes of %d", total, len(stream))
		}
	})
}

// What has come is handed on before more is waited for, and no more than a batch at once.
func TestLinesAreHandedOnBeforeMoreIsWaitedFor(t *testing.T) {
	in, out := io.Pipe()
	batches := make(chan []string, 100)
	go func() {
		_ = newBatch(in, func(lines []Line) error {
			var texts []string
			for _, l := range lines {
				texts = append(texts, l.Text)
			}
			batches <- texts
			return nil
		}).copy(false)
		close(batches)
	}()
	two := append(frame(1, stamp1+"one\n"), frame(1, stamp2+"two\n")...)
	_, _ = out.Write(two)
	if got := <-batches; !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
	go func() {
		_, _ = out.Write(bytes.Repeat(two, batchOf))
		_ = out.Close()
	}()
	total := 0
	for got := range batches {
		if total += len(got); len(got) > batchOf {
			t.Errorf("%d lines at once", len(got))
		}
	}
	if total != 2*batchOf {
		t.Errorf("%d lines", total)
	}
}
