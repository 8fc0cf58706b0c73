package main

import (
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestPlacesAreDirectoriesOrBuckets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, wantErr string
		want          place
	}{
		{text: "/srv/assets/", want: place{directory: "/srv/assets"}},
		{text: "uploads", want: place{bucket: "uploads"}},
		{text: "uploads/", want: place{bucket: "uploads"}},
		{text: "uploads/a/b", want: place{bucket: "uploads", prefix: "a/b/"}},
		{text: "./assets", want: place{directory: "/called/here/assets"}},
		{text: "../assets", want: place{directory: "/called/assets"}},
		{text: ".", want: place{directory: "/called/here"}},
		{text: ".assets", wantErr: "neither a directory"},
		{text: "~/assets", wantErr: "neither a directory"},
		{text: "", wantErr: "neither a directory"},
		{text: "Uploads/a", wantErr: `bucket "Uploads"`},
	}
	for _, tt := range tests {
		got, err := parsePlace("/called/here", tt.text)
		if got != tt.want || (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
			t.Errorf("parsePlace(%q) = %+v, %v", tt.text, got, err)
		}
	}
	for _, both := range [][2]string{{"/a", "/b"}, {"aaa", "bbb"}} {
		if _, _, err := parsePlaces("", both[0], both[1]); err == nil {
			t.Errorf("%v must be refused", both)
		}
	}
}

// Whatever an object is called, it never becomes a file outside the directory.
func FuzzAPlaceableNameStaysInTheDirectory(f *testing.F) {
	for _, name := range []string{"a/b", "../a", "/a", "a//b", "a/./b", "a/..", "a\x00b", ".", "", "C:\\a"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !placeable(name) {
			return
		}
		whole := filepath.Join("/stack", filepath.FromSlash(name))
		if back, err := filepath.Rel("/stack", whole); err != nil || filepath.ToSlash(back) != name {
			t.Errorf("%q becomes %q", name, whole)
		}
	})
}

func TestAMirrorCopiesWhatDiffers(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	put(t, client, "uploads", "other/stays", "x", minio.PutObjectOptions{})
	put(t, client, "uploads", "site/old.txt", "old", minio.PutObjectOptions{})
	here := t.TempDir()
	write(t, here, map[string]string{"index.html": "<html>", "a b/ü&%2F.txt": "nasty", "empty": "", "same": "same"})
	put(t, client, "uploads", "site/same", "same", minio.PutObjectOptions{})

	mirrored(t, values, []string{here, "uploads/site"}, map[string]string{"dry": "true", "delete": "true"},
		"WHAT       SIZE  WHY                NAME\n"+
			"to copy    5 B   new                a b/ü&%2F.txt\n"+
			"to copy    0 B   new                empty\n"+
			"to copy    6 B   new                index.html\n"+
			"to delete  3 B   not in the source  old.txt\n"+
			"3 to copy (11 B), 1 to delete, 1 unchanged\n")
	mirrored(t, values, []string{here, "uploads/site"}, map[string]string{"delete": "true"},
		"WHAT     SIZE  WHY                NAME\n"+
			"copied   5 B   new                a b/ü&%2F.txt\n"+
			"copied   0 B   new                empty\n"+
			"copied   6 B   new                index.html\n"+
			"deleted  3 B   not in the source  old.txt\n"+
			"3 copied (11 B), 1 deleted, 1 unchanged\n")
	mirrored(t, values, []string{here, "uploads/site"}, nil, "0 copied (0 B), 0 deleted, 4 unchanged\n")
	if info, err := client.StatObject(t.Context(), "uploads", "site/index.html", minio.StatObjectOptions{}); err != nil || !strings.HasPrefix(info.ContentType, "text/html") {
		t.Errorf("index.html: %q, %v", info.ContentType, err)
	}

	write(t, here, map[string]string{"same": "SAME", "index.html": "<HTML>"})
	there := filepath.Join(t.TempDir(), "new", "copy")
	mirrored(t, values, []string{"uploads/site", there}, map[string]string{"dry": "true"},
		"WHAT     SIZE  WHY  NAME\n"+
			"to copy  5 B   new  a b/ü&%2F.txt\n"+
			"to copy  0 B   new  empty\n"+
			"to copy  6 B   new  index.html\n"+
			"to copy  4 B   new  same\n"+
			"4 to copy (15 B), 0 to delete, 0 unchanged\n")
	if _, err := os.Stat(there); err == nil {
		t.Error("a dry run made the directory")
	}
	mirrored(t, values, []string{"uploads/site", there}, nil,
		"WHAT    SIZE  WHY  NAME\n"+
			"copied  5 B   new  a b/ü&%2F.txt\n"+
			"copied  0 B   new  empty\n"+
			"copied  6 B   new  index.html\n"+
			"copied  4 B   new  same\n"+
			"4 copied (15 B), 0 deleted, 0 unchanged\n")
	if got := read(t, there); !maps.Equal(got, map[string]string{"index.html": "<html>", "a b/ü&%2F.txt": "nasty", "empty": "", "same": "same"}) {
		t.Errorf("the copy is %q", got)
	}
	mirrored(t, values, []string{here, "uploads/site"}, nil,
		"WHAT    SIZE  WHY      NAME\ncopied  6 B   changed  index.html\ncopied  4 B   changed  same\n2 copied (10 B), 0 deleted, 2 unchanged\n")
	mirrored(t, values, []string{"uploads", there}, map[string]string{"delete": "true"}, "") // other/ and site/ side by side
	if got := read(t, there); got["other/stays"] != "x" || got["site/same"] != "SAME" || len(got) != 5 {
		t.Errorf("the copy of the whole bucket is %q", got)
	}
}

// The ETag of an object that came in parts is no MD5 of it.
func TestAnObjectInPartsIsCopiedOnce(t *testing.T) {
	t.Parallel()
	values := server(t)
	bucketIn(t, clientOf(t, values), "uploads")
	here, there := t.TempDir(), t.TempDir()
	write(t, here, map[string]string{"large": strings.Repeat("0123456789abcdef", 17<<16)}) // 17 MiB, parts have 16
	mirrored(t, values, []string{here, "uploads"}, nil, "WHAT    SIZE      WHY  NAME\ncopied  17.0 MiB  new  large\n1 copied (17.0 MiB), 0 deleted, 0 unchanged\n")
	mirrored(t, values, []string{here, "uploads"}, nil, "0 copied (0 B), 0 deleted, 1 unchanged\n")
	mirrored(t, values, []string{"uploads", there}, nil, "WHAT    SIZE      WHY  NAME\ncopied  17.0 MiB  new  large\n1 copied (17.0 MiB), 0 deleted, 0 unchanged\n")
	mirrored(t, values, []string{"uploads", there}, nil, "0 copied (0 B), 0 deleted, 1 unchanged\n")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(here, "large"), later, later); err != nil {
		t.Fatal(err)
	}
	mirrored(t, values, []string{here, "uploads"}, map[string]string{"dry": "true"}, "WHAT     SIZE      WHY      NAME\nto copy  17.0 MiB  changed  large\n1 to copy (17.0 MiB), 0 to delete, 0 unchanged\n")
}

func TestAMirrorRefusesWhatWouldHarm(t *testing.T) {
	t.Parallel()
	values := server(t)
	bucketIn(t, clientOf(t, values), "uploads")
	here := t.TempDir()
	write(t, here, map[string]string{"keep": "me"})
	tests := []struct {
		arguments []string
		code      string
	}{
		{[]string{"uploads/mistyped", here}, "MINIO_SOURCE_EMPTY"},
		{[]string{here + "/missing", "uploads"}, "MINIO_PLACE_INVALID"},
		{[]string{here, "nowhere"}, "MINIO_NO_SUCH_BUCKET"},
		{[]string{"relative", "here"}, "MINIO_PLACE_INVALID"},
	}
	for _, tt := range tests {
		end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "mirror", Arguments: tt.arguments, Flags: map[string]string{"delete": "true"}}, values)
		if err != nil || end.Code != 1 || len(end.Diagnostics) != 1 || end.Diagnostics[0].GetCode() != tt.code || end.Diagnostics[0].GetHint() == "" {
			t.Errorf("%v: %d, %v, %v", tt.arguments, end.Code, end.Diagnostics, err)
		}
	}
	if got := read(t, here); got["keep"] != "me" {
		t.Errorf("the directory has %q", got)
	}
}

func TestLinksAreLeftOutAndSaid(t *testing.T) {
	t.Parallel()
	values := server(t)
	bucketIn(t, clientOf(t, values), "uploads")
	here, secret := t.TempDir(), t.TempDir()
	write(t, secret, map[string]string{"key": "private"})
	write(t, here, map[string]string{"file": "1"})
	if err := os.Symlink(filepath.Join(secret, "key"), filepath.Join(here, "link\x1b[2J")); err != nil {
		t.Fatal(err)
	}
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "mirror", Arguments: []string{here, "uploads"}}, values)
	if err != nil || end.Code != 1 || end.Stderr() != "left out: \"link\\x1b[2J\" has no counterpart on the other side\n" {
		t.Errorf("mirror: %d, %q, %v", end.Code, end.Stderr(), err)
	}
	rows, err := objectRows(t.Context(), clientOf(t, values), "uploads", "", true)
	if err != nil || len(rows) != 2 || !strings.HasSuffix(rows[1], "\tfile") {
		t.Errorf("the bucket has %v, %v", rows, err)
	}
}

// A server that writes to what it is sent, as another program would meanwhile.
func TestAFileThatChangesWhileItIsCopiedIsCopiedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	here := t.TempDir()
	file := filepath.Join(here, "log")
	grow := func() error {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString("more")
		return errors.Join(err, f.Close())
	}
	tests := []struct {
		name   string
		change func() error
		times  int32
		code   int
		says   string
	}{
		{"grows once", grow, 1, 0, ""},
		{"grows on", grow, 1 << 20, 1, "left out: log changed while it was copied\n"},
		{"shrinks", func() error { return os.Truncate(file, 9<<20) }, 1, 0, ""},
	}
	for _, tt := range tests {
		for _, size := range []int{12 << 20, 34 << 20} { // whole, and in parts
			put(t, client, "uploads", "log", "before", minio.PutObjectOptions{})
			write(t, here, map[string]string{"log": strings.Repeat("x", size)})
			var left atomic.Int32
			left.Store(tt.times)
			through := values
			through.Endpoints = map[string]string{"api": proxy(t, values.Endpoints["api"], func(r *http.Request) {
				if r.Method == http.MethodPut && left.Add(-1) >= 0 {
					_ = tt.change() // what is gone already does not change
				}
			})}
			end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "mirror", Arguments: []string{here, "uploads"}}, through)
			if err != nil || end.Code != tt.code || end.Stderr() != tt.says {
				t.Errorf("%s, %d: %d, %q, %v, %v", tt.name, size, end.Code, end.Stderr(), end.Diagnostics, err)
			}
			want, got := "before", t.TempDir()
			if tt.code == 0 {
				want = read(t, here)["log"]
			}
			if mirrored(t, values, []string{"uploads", got}, nil, ""); read(t, got)["log"] != want {
				t.Errorf("%s, %d: the object has %d bytes, want %d", tt.name, size, len(read(t, got)["log"]), len(want))
			}
		}
	}
}

func TestWhatIsGoneWhenItIsToBeCopiedIsLeftOutAndTheRestIsCopied(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	here, there := t.TempDir(), t.TempDir()
	write(t, here, map[string]string{"gone": "1", "stays": "2"})
	remove := func(*http.Request) { _ = os.Remove(filepath.Join(here, "gone")) } // at the first request files are listed already
	leftOut(t, values, []string{here, "uploads"}, remove, "1 copied (1 B), 0 deleted, 0 unchanged\n")
	put(t, client, "uploads", "gone", "1", minio.PutObjectOptions{})
	leftOut(t, values, []string{"uploads", there}, func(r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/gone") {
			_ = client.RemoveObject(r.Context(), "uploads", "gone", minio.RemoveObjectOptions{})
		}
	}, "1 copied (1 B), 0 deleted, 0 unchanged\n")
}

func TestAnObjectThatIsReplacedMeanwhileIsCopiedAnew(t *testing.T) {
	t.Parallel()
	values := server(t)
	client := clientOf(t, values)
	bucketIn(t, client, "uploads")
	put(t, client, "uploads", "other", "old", minio.PutObjectOptions{})
	there := t.TempDir()
	var once sync.Once
	values.Endpoints = map[string]string{"api": proxy(t, values.Endpoints["api"], func(r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/other") {
			once.Do(func() { put(t, client, "uploads", "other", "new and longer", minio.PutObjectOptions{}) })
		}
	})}
	mirrored(t, values, []string{"uploads", there}, nil, "")
	if got := read(t, there); !maps.Equal(got, map[string]string{"other": "new and longer"}) {
		t.Errorf("the directory has %q", got)
	}
}

// leftOut mirrors while something happens to the file that is called gone.
func leftOut(t *testing.T, values sdk.Values, arguments []string, sees func(*http.Request), ends string) {
	t.Helper()
	values.Endpoints = map[string]string{"api": proxy(t, values.Endpoints["api"], sees)}
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "mirror", Arguments: arguments}, values)
	if err != nil || end.Code != 1 || end.Stderr() != "left out: gone changed while it was copied\n" || !strings.HasSuffix(end.Stdout(), ends) {
		t.Errorf("mirror %v: %d, %q, %q, %v, %v", arguments, end.Code, end.Stdout(), end.Stderr(), end.Diagnostics, err)
	}
}

// proxy passes requests on to a server, and sees each before its body comes.
func proxy(t *testing.T, to string, sees func(*http.Request)) string {
	t.Helper()
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: to})
		r.Out.Host = r.In.Host // it is signed
	}, ErrorLog: log.New(io.Discard, "", 0)}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sees(r)
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// mirrored runs the command, and compares what it printed where that is given.
func mirrored(t *testing.T, values sdk.Values, arguments []string, flags map[string]string, want string) {
	t.Helper()
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "mirror", Arguments: arguments, Flags: flags}, values)
	if err != nil || end.Code != 0 {
		t.Fatalf("mirror %v: %d, %v, %v", arguments, end.Code, end.Diagnostics, err)
	}
	if got := end.Stdout(); got != want && want != "" {
		t.Errorf("mirror %v %v printed\n%s\nwant\n%s", arguments, flags, got, want)
	}
}

func write(t *testing.T, directory string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(directory, filepath.FromSlash(name))
		if err := os.WriteFile(filepath.Join(mkdir(filepath.Dir(path)), filepath.Base(path)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// read is all that is in a directory.
func read(t *testing.T, directory string) map[string]string {
	t.Helper()
	root, err := os.OpenRoot(directory)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	found, err := files(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for name := range found.entries {
		b, err := root.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		content[name] = string(b)
	}
	return content
}
