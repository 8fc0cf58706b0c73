package containerlog

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// entry is a message as the engine's json-file driver stores it.
func entry(text, stream string, at time.Time) []byte {
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(struct {
		Log    string    `json:"log"`
		Stream string    `json:"stream"`
		Time   time.Time `json:"time"`
	}{text, stream, at})
	return b.Bytes()
}

func readEntries(t *testing.T, file []byte, o Options) (lines []Line) {
	t.Helper()
	err := File(t.Context(), bytes.NewReader(file), o, nil, func(l []Line) error { lines = append(lines, l...); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// What is read of the file is what the engine sends of it, in frames.
func TestALogsFileReadsAsTheEngineSendsIt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var file, frames bytes.Buffer
		at := time.Unix(1e9, 0).UTC()
		n := rapid.IntRange(0, 30).Draw(rt, "entries")
		tail := rapid.IntRange(-1, n+1).Draw(rt, "tail")
		since := at.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "since")) * time.Millisecond)
		for i := range n {
			at = at.Add(time.Duration(rapid.IntRange(0, 3_000_001).Draw(rt, "ns")))
			text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,30}`)).Draw(rt, "text")
			text = strings.ReplaceAll(text, "\n", "") + rapid.SampledFrom([]string{"\n", "\n", "\r\n", `\n`, ""}).Draw(rt, "end")
			stream := rapid.SampledFrom([]string{"stdout", "stderr"}).Draw(rt, "stream")
			stored := entry(text, stream, at)
			file.Write(stored)
			var back struct{ Log string }
			_ = json.Unmarshal(stored, &back) // what is no UTF-8 is stored as something else
			if (tail < 0 || i >= n-tail) && !at.Before(since) {
				kind := map[string]byte{"stdout": 1, "stderr": 2}[stream]
				frames.Write(frame(kind, at.Format("2006-01-02T15:04:05.000000000Z07:00")+" "+back.Log))
			}
		}
		if rapid.Bool().Draw(rt, "half an entry at the end") {
			file.WriteString(`{"log":"half`)
		}
		want := collect(t, &frames, false)
		if got := readEntries(t, file.Bytes(), Options{Tail: tail, Since: since}); !slices.Equal(got, want) {
			rt.Fatalf("got\n%v\nwant\n%v", got, want)
		}
	})
}

func TestTheTailOfALogsFileIsFoundOverManyBlocks(t *testing.T) {
	var file bytes.Buffer
	at := time.Unix(1e9, 0).UTC()
	for i := range 3000 {
		file.Write(entry(strings.Repeat("x", 100*(i%5))+"\n", "stdout", at))
	}
	for _, n := range []int{0, 1, 2, 2999, 3000, 3001} {
		if got := readEntries(t, file.Bytes(), Options{Tail: n}); len(got) != min(n, 3000) {
			t.Errorf("the last %d: %d lines", n, len(got))
		}
	}
}

func TestAnEntryThatIsNoneIsLeftOutAndAttributesAreReadOver(t *testing.T) {
	at := time.Unix(1e9, 5).UTC()
	long := strings.Repeat("long ", 1<<17) // longer than what is read at once
	file := slices.Concat(entry("one\n", "stdout", at), []byte("\x00\x00\n{}garbage\n"),
		[]byte(`{"log":"two\n","stream":"stderr","attrs":{"a":"b"},"time":"2001-09-09T01:46:40.000000005Z"}`+"\n"), entry(long+"\n", "stdout", at))
	got := readEntries(t, file, Options{Tail: -1})
	want := []Line{{at, "one", false}, {at, "two", true}, {at, long, false}}
	if !slices.Equal(got, want) {
		t.Errorf("got %d lines: %.200v", len(got), got)
	}
}
