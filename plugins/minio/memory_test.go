package main

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
)

// Not parallel: what other tests allocate would count. A restore of an object
// in parts has a buffer for each part that is under way.
func TestNoObjectIsInMemoryWhole(t *testing.T) {
	const large, little = 96 << 20, 64 << 20
	values, empty := server(t), server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	content := io.LimitReader(repeat("spellbook"), large)
	if _, err := client.PutObject(t.Context(), "uploads", "large", content, large, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tests := []struct {
		name string
		do   func() error
	}{
		{"backup", func() error { return backup(t.Context(), runOf(t, values), dir) }},
		{"restore", func() error { return restore(t.Context(), runOf(t, empty), dir) }},
	}
	for _, tt := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := tt.do(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > little {
			t.Errorf("%s allocated %d MiB for %d", tt.name, got>>20, large>>20)
		}
	}
}

// repeat reads a text without end.
type repeat string

func (r repeat) Read(p []byte) (int, error) {
	return copy(p, strings.Repeat(string(r), len(p)/len(r)+1)), nil
}
