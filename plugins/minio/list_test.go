package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)

func TestListsAreTablesOrSayThatThereIsNothing(t *testing.T) {
	t.Parallel()
	empty, values := server(t), server(t)
	client := clientOf(t, values)
	if err := createBuckets(t.Context(), client, []bucket{{"uploads", false}, {"archive", true}}, runOf(t, values), false); err != nil {
		t.Fatal(err)
	}
	put(t, client, "uploads", "a/1.txt", strings.Repeat("x", 1536), minio.PutObjectOptions{})
	put(t, client, "uploads", "a/b\u009b2J", "x", minio.PutObjectOptions{})
	put(t, client, "uploads", "c", "", minio.PutObjectOptions{})
	tests := []struct {
		name, command, want string
		arguments           []string
		flags               map[string]string
		values              sdk.Values
	}{
		{"no buckets", "buckets", "No buckets. MINIO_BUCKETS=a,b has those that infra:up creates.\n", nil, nil, empty},
		{"buckets", "buckets", "BUCKET   VERSIONED  CREATED\narchive  yes        TIME\nuploads  no         TIME\n", nil, nil, values},
		{"counted", "buckets", "BUCKET   VERSIONED  CREATED           OBJECTS  SIZE\narchive  yes        TIME  0        0 B\nuploads  no         TIME  3        1.5 KiB\n", nil, map[string]string{"count": "true"}, values},
		{"one level", "ls", "SIZE  MODIFIED          NAME\n0 B   TIME  c\n-     -                 a/\n", []string{"uploads"}, nil, values},
		{"a prefix", "ls", "SIZE     MODIFIED          NAME\n1.5 KiB  TIME  a/1.txt\n1 B      TIME  \"a/b\\u009b2J\"\n", []string{"uploads/a/"}, nil, values},
		{"everything", "ls", "SIZE     MODIFIED          NAME\n1.5 KiB  TIME  a/1.txt\n1 B      TIME  \"a/b\\u009b2J\"\n0 B      TIME  c\n", []string{"uploads"}, map[string]string{"recursive": "true"}, values},
		{"nothing", "ls", "Nothing in uploads/x.\n", []string{"uploads/x"}, nil, values},
	}
	for _, tt := range tests {
		end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: tt.command, Arguments: tt.arguments, Flags: tt.flags}, tt.values)
		got := timestamp.ReplaceAllString(end.Stdout(), "TIME")
		if err != nil || end.Code != 0 || got != tt.want {
			t.Errorf("%s: %d, %v, %v\n%s\nwant\n%s", tt.name, end.Code, end.Diagnostics, err, got, tt.want)
		}
	}
}

func TestABucketThatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "ls", Arguments: []string{"nowhere"}}, server(t))
	if err != nil || end.Code != 1 || len(end.Diagnostics) != 1 || end.Diagnostics[0].GetSummary() != `there is no bucket "nowhere"` {
		t.Errorf("ls: %d, %v, %v", end.Code, end.Diagnostics, err)
	}
}

func TestSizesAreForPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 20: "1.0 MiB", 5 << 40: "5.0 TiB", 1<<63 - 1: "8.0 EiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}
