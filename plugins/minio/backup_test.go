package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// hostile are names that would harm as paths, in shells, on terminals or in
// lists; versitygw has none with .. or of more than 255 bytes between slashes.
var hostile = []string{
	"plain.txt", "a b/c d", "ü/日本語/😀", "%2F%2e%2e", "quote'\"`$(id)", "back\\slash", "-rf", "*?[x]", "line\nend",
	"tab\there", "trailing dot.", "CON", "index.jsonl", "objects/ab", strings.Repeat("deep/", 40) + "x", strings.Repeat("n", 200),
}

func TestABackupIsRestoredByChecksum(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	fill(t, client)
	before := snapshot(t, client)
	dir := t.TempDir()
	if err := backup(t.Context(), runOf(t, values), dir); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*", partial+"*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	other := server(t)
	run, events := sdktest.NewRun(t, other)
	if err := restore(t.Context(), run, dir); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, clientOf(t, other)); !maps.Equal(before, after) {
		t.Errorf("restored\n%v\nwant\n%v", after, before)
	}
	if got := events.Resources(); len(got) != len(before)+2 || !all(got, "created ") {
		t.Errorf("told of %v", got)
	}

	// What is there already is left alone, what differs is put right, what the backup has not stays.
	put(t, clientOf(t, other), "uploads", "plain.txt", "changed", minio.PutObjectOptions{})
	put(t, clientOf(t, other), "uploads", "later", "new", minio.PutObjectOptions{})
	run, events = sdktest.NewRun(t, other)
	if err := restore(t.Context(), run, dir); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(events.Resources(), func(r string) bool { return strings.HasPrefix(r, "existed ") })
	if !slices.Equal(got, []string{"updated object uploads/plain.txt"}) {
		t.Errorf("the second restore told of %v", got)
	}
	if encoding := recorded(t, dir)["page"].Headers["Content-Encoding"]; encoding != "br" {
		t.Errorf("the page's encoding is kept as %q", encoding)
	}
	before["uploads/later"] = snapshot(t, clientOf(t, other))["uploads/later"]
	if after := snapshot(t, clientOf(t, other)); !maps.Equal(before, after) {
		t.Errorf("restored again\n%v\nwant\n%v", after, before)
	}
}

// versitygw lists a control character as U+FFFD, by which nothing is found.
func TestABackupLeavesNothingOutInSilence(t *testing.T) {
	t.Parallel()
	values := server(t)
	bucketIn(t, clientOf(t, values), "uploads")
	put(t, clientOf(t, values), "uploads", "\x1b[2J", "hidden", minio.PutObjectOptions{})
	dir := t.TempDir()
	err := backup(t.Context(), runOf(t, values), dir)
	if err == nil || !strings.Contains(err.Error(), "the server cannot name it in a listing") {
		t.Errorf("backup: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, indexName)); err == nil {
		t.Error("a backup that failed has an index")
	}
}

func TestABrokenBackupChangesNothing(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	put(t, client, "uploads", "a", "content a", minio.PutObjectOptions{})
	sum := hexSHA256([]byte("content a"))
	tests := []struct {
		name, want string
		harm       func(dir string) error
	}{
		{"another content", "object \"a\": its file has 9 bytes with sha256", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, contentPath(sum)), []byte("CONTENT A"), 0o600)
		}},
		{"a file is missing", "object \"a\": ", func(dir string) error { return os.Remove(filepath.Join(dir, contentPath(sum))) }},
		{"no index", "it has no index", func(dir string) error { return os.Remove(filepath.Join(dir, indexName)) }},
		{"half an index", "the end is missing", func(dir string) error {
			b, err := os.ReadFile(filepath.Join(dir, indexName))
			return errors.Join(err, os.WriteFile(filepath.Join(dir, indexName), b[:len(b)-34], 0o600))
		}},
		{"a link out of the directory", "object \"a\": ", func(dir string) error {
			path := filepath.Join(dir, contentPath(sum))
			return errors.Join(os.Remove(path), os.Symlink("/etc/passwd", path))
		}},
	}
	empty := server(t)
	for _, tt := range tests {
		dir := t.TempDir()
		if err := errors.Join(backup(t.Context(), runOf(t, values), dir), tt.harm(dir)); err != nil {
			t.Fatal(err)
		}
		err := restore(t.Context(), runOf(t, empty), dir)
		var d sdk.Diagnostic
		if !errors.As(err, &d) || d.Code != broken || !strings.Contains(d.Summary, tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if buckets, err := clientOf(t, empty).ListBuckets(t.Context()); err != nil || len(buckets) > 0 {
		t.Errorf("a broken backup brought %v, %v", buckets, err)
	}
}

func TestARestoreThatIsDryChangesNothing(t *testing.T) {
	t.Parallel()
	values := server(t)
	bucketIn(t, clientOf(t, values), "uploads")
	put(t, clientOf(t, values), "uploads", "a", "1", minio.PutObjectOptions{})
	dir := t.TempDir()
	if err := backup(t.Context(), runOf(t, values), dir); err != nil {
		t.Fatal(err)
	}
	empty := server(t)
	empty.DryRun = true
	run, events := sdktest.NewRun(t, empty)
	if err := restore(t.Context(), run, dir); err != nil {
		t.Fatal(err)
	}
	if got := events.Resources(); !slices.Equal(got, []string{"created bucket uploads", "created object uploads/a"}) {
		t.Errorf("told of %v", got)
	}
	if buckets, err := clientOf(t, empty).ListBuckets(t.Context()); err != nil || len(buckets) > 0 {
		t.Errorf("a dry run brought %v, %v", buckets, err)
	}
}

// fill makes two buckets with all that an object can have.
func fill(t *testing.T, client *minio.Client) {
	t.Helper()
	if err := createBuckets(t.Context(), client, []bucket{{"archive", true}, {"uploads", false}}, runOf(t, sdk.Values{}), false); err != nil {
		t.Fatal(err)
	}
	for i, name := range hostile {
		put(t, client, "uploads", name, fmt.Sprint("content ", i), minio.PutObjectOptions{})
	}
	put(t, client, "uploads", "twin", "content 0", minio.PutObjectOptions{})
	put(t, client, "uploads", "empty", "", minio.PutObjectOptions{})
	put(t, client, "uploads", "directory/", "", minio.PutObjectOptions{})
	put(t, client, "archive", "large", strings.Repeat("0123456789abcdef", 17<<16), minio.PutObjectOptions{ContentType: "application/x-large"})
	put(t, client, "archive", "page", "first", minio.PutObjectOptions{})
	put(t, client, "archive", "page", "second", minio.PutObjectOptions{
		ContentType: "text/html; charset=utf-8", ContentEncoding: "br", ContentLanguage: "de", CacheControl: "max-age=60",
		ContentDisposition: `attachment; filename="a b.html"`, Expires: time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC),
		UserMetadata: map[string]string{"Author": "somebody", "Content-Note": "no header"}, UserTags: map[string]string{"kind": "page", "year": "2026"},
	})
}

// snapshot reads everything anew: content by sha256, and what belongs to it.
func snapshot(t *testing.T, client *minio.Client) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range []string{"archive", "uploads"} {
		versioned, err := isVersioned(t.Context(), client, name)
		if err != nil || versioned != (name == "archive") {
			t.Errorf("%s is versioned: %v, %v", name, versioned, err)
		}
		for o := range client.ListObjectsIter(t.Context(), name, minio.ListObjectsOptions{Recursive: true}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			found[name+"/"+o.Key] = describe(t, client, name, o.Key)
		}
	}
	return found
}

func describe(t *testing.T, client *minio.Client, bucket, key string) string {
	t.Helper()
	object, err := client.GetObject(t.Context(), bucket, key, minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = object.Close() }()
	sum, n, err := sumOf(object)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	info, err := object.Stat()
	if err != nil {
		t.Fatal(err)
	}
	tags, err := tagsOf(t.Context(), client, bucket, key)
	if err != nil && minio.ToErrorResponse(err).Code != "NoSuchTagSet" {
		t.Fatal(err)
	}
	record := recordOf(bucket, key, info)
	return fmt.Sprintln(n, sum, record.Headers, record.Metadata, tags)
}

// recorded is the index of a backup by key.
func recorded(t *testing.T, dir string) map[string]objectRecord {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, indexName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	x, err := readIndex(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]objectRecord{}
	for _, o := range x.objects {
		found[o.Key] = o
	}
	return found
}

func runOf(t *testing.T, values sdk.Values) *sdk.Run {
	t.Helper()
	run, _ := sdktest.NewRun(t, values)
	return run
}

func all(list []string, prefix string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !strings.HasPrefix(s, prefix) })
}

func TestTheTwinOfAnObjectIsStoredOnce(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	put(t, client, "uploads", "a", "same", minio.PutObjectOptions{})
	put(t, client, "uploads", "b", "same", minio.PutObjectOptions{})
	dir := t.TempDir()
	if err := backup(t.Context(), runOf(t, values), dir); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("same")))
	if got := read(t, dir); len(got) != 2 || got[contentPath(sum)] != "same" {
		t.Errorf("the backup holds %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestTheEncodingOfTheUploadIsNoneOfTheContent(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{"": "", "aws-chunked": "", "aws-chunked,br": "br", "gzip, aws-chunked": "gzip", "gzip": "gzip"} {
		if got := encodingOf(header); got != want {
			t.Errorf("encodingOf(%q) = %q, want %q", header, got, want)
		}
	}
}
