package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

const (
	testUser   = "minioadmin"
	testSecret = "test-public-not-a-secret"
)

// versitygw is a real S3 server, compiled once from the lab's module into the
// cache of the lab's tools.
var versitygw = sync.OnceValues(func() (string, error) {
	module, err := filepath.Abs("../../scripts/lab/tools/versitygw")
	if err != nil {
		return "", err
	}
	list := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/versity/versitygw")
	list.Dir, list.Env = module, append(os.Environ(), "GOWORK=off")
	version, err := list.Output()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(cache, "spellbook", "tools", "versitygw-"+strings.TrimSpace(string(version)))
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	// The file appears whole or not at all, whoever builds it at the same time.
	scratch, err := os.MkdirTemp(mkdir(filepath.Dir(binary)), "versitygw-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", scratch, "github.com/versity/versitygw/cmd/versitygw")
	build.Dir, build.Env = module, append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", err
	}
	return binary, os.Rename(filepath.Join(scratch, "versitygw"), binary)
})

func mkdir(path string) string {
	_ = os.MkdirAll(path, 0o755) // what needs it fails
	return path
}

// server runs one until the test ends, and returns what a plugin's run knows
// of it.
func server(t *testing.T) sdk.Values {
	t.Helper()
	binary, err := versitygw()
	if err != nil {
		t.Fatal(err)
	}
	data, at := t.TempDir(), freeAddress(t)
	for _, name := range []string{"buckets", "versions", "metadata"} {
		mkdir(filepath.Join(data, name))
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary, "--port", at, "--health", "/health", "--quiet", "posix",
		"--versioning-dir", filepath.Join(data, "versions"), "--sidecar", filepath.Join(data, "metadata"), filepath.Join(data, "buckets"))
	command.Env = []string{"ROOT_ACCESS_KEY_ID=" + testUser, "ROOT_SECRET_ACCESS_KEY=" + testSecret, "HOME=" + data}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait() // it was interrupted
	})
	await(t, "http://"+at+"/health")
	return sdk.Values{
		Config:    map[string]string{"MINIO_ROOT_USER": testUser},
		Secrets:   map[string]string{"MINIO_ROOT_PASSWORD": testSecret},
		Endpoints: map[string]string{"api": at},
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func await(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not answer", url)
		case <-tick.C:
		}
	}
}

func clientOf(t *testing.T, v sdk.Values) *minio.Client {
	t.Helper()
	client, err := newClient(v.Endpoints["api"], testUser, testSecret, tries)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func bucketIn(t *testing.T, client *minio.Client, name string) {
	t.Helper()
	if err := client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, client *minio.Client, bucket, key, content string, options minio.PutObjectOptions) {
	t.Helper()
	if _, err := client.PutObject(t.Context(), bucket, key, strings.NewReader(content), int64(len(content)), options); err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
}
