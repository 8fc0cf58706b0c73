package main

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func anIndex() index {
	return index{
		buckets: []bucketRecord{{"archive", true}, {"uploads", false}},
		objects: []objectRecord{
			{Bucket: "uploads", Key: "a\n<b>", Size: 3, SHA256: hexSHA256([]byte("abc")), ETag: "x", Modified: time.Unix(1, 0).UTC(),
				Headers: map[string]string{"Content-Type": "text/plain"}, Metadata: map[string]string{"A": "b"}, Tags: map[string]string{"c": "d"}},
		},
	}
}

func written(t testing.TB, x index) string {
	t.Helper()
	var b bytes.Buffer
	if err := x.write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnIndexIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	got, err := readIndex(strings.NewReader(written(t, anIndex())))
	if err != nil || !reflect.DeepEqual(got, anIndex()) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestAnIndexIsNotBelieved(t *testing.T) {
	t.Parallel()
	whole := written(t, anIndex())
	lines := strings.SplitAfter(whole, "\n")
	tests := []struct{ name, text, want string }{
		{"nothing", "", "the end is missing"},
		{"another format", strings.Replace(whole, "/1", "/2", 1), "line 1: this is no index"},
		{"no JSON", lines[0] + "{", "line 2: "},
		{"cut off", strings.Join(lines[:4], ""), "the end is missing"},
		{"a line is missing", lines[0] + lines[1] + lines[2] + lines[4], "2 buckets and 1 objects were written, 2 and 0 are here"},
		{"something after the end", whole + lines[1], "line 6: this is no index"},
		{"two beginnings", lines[0] + whole, "line 2: this is no index"},
		{"an object before its bucket", lines[0] + lines[3], "comes before its bucket"},
		{"a path as a sum", strings.Replace(whole, hexSHA256([]byte("abc")), "../../etc/passwd", 1), "has no sha256"},
		{"a bucket that is a path", strings.Replace(whole, `"archive"`, `"../archive"`, 1), "line 2: "},
		{"an object without a name", strings.Replace(whole, `"key":"a\n<b>"`, `"key":""`, 1), "line 4: "},
	}
	for _, tt := range tests {
		if _, err := readIndex(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// Whatever is read leads to files of the backup alone, and is written again as
// it was.
func FuzzReadIndex(f *testing.F) {
	f.Add(written(f, anIndex()))
	f.Add(written(f, index{}))
	f.Add(`{"format":"spellbook.minio.backup/1"}` + "\n" + `{"bucket":{"name":"aaa"},"object":{"key":".."}}` + "\n" + `{"end":{"buckets":1}}`)
	f.Fuzz(func(t *testing.T, text string) {
		x, err := readIndex(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, o := range x.objects {
			if path := contentPath(o.SHA256); !placeable(path) || strings.Count(path, "/") != 2 {
				t.Errorf("%q leads to %q", o.Key, path)
			}
		}
		if again, err := readIndex(strings.NewReader(written(t, x))); err != nil || len(again.objects) != len(x.objects) || len(again.buckets) != len(x.buckets) {
			t.Errorf("read again: %v, %v", again, err)
		}
	})
}
