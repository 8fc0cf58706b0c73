package registry

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	ggcr "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	longConfig = `{"architecture":"amd64","config":{"OnBuild":["ADD a /"],"Shell":["/bin/bash"]},"os":"linux"}`
	reader     = "reader"
	password   = "correct horse"
)

// guarded is a registry that gives blobs to one user, or answers with a status of its own.
func guarded(t *testing.T) (address string, status *int) {
	t.Helper()
	status = new(int)
	blobs := ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, secret, _ := r.BasicAuth()
		switch {
		case name != reader || secret != password:
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
		case *status != 0 && strings.Contains(r.URL.Path, "/blobs/"):
			w.WriteHeader(*status)
		default:
			blobs.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), status
}

// configuredFor is a directory of the Docker CLI with a password for a registry.
func configuredFor(t *testing.T, address, secret string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, address, base64.StdEncoding.EncodeToString([]byte(reader+":"+secret)))
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAConfigurationIsReadAsItWasPushedWithTheCredentialsOfTheCLI(t *testing.T) {
	t.Parallel()
	address, status := guarded(t)
	dir := configuredFor(t, address, password)
	repository, err := name.NewRepository(address + "/team/base")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteLayer(repository, static.NewLayer([]byte(longConfig), types.OCIConfigJSON), remote.WithAuthFromKeychain(keychain{dir})); err != nil {
		t.Fatal(err)
	}
	ref, of := repository.String()+"@"+armSum, digest([]byte(longConfig))
	if text, err := PublishedConfig(t.Context(), ref, of, dir); err != nil || string(text) != longConfig {
		t.Errorf("%q, %v", text, err)
	}
	for what, c := range map[string]struct{ ref, of, dir string }{
		"nobody":           {ref, of, t.TempDir()},
		"a wrong password": {ref, of, configuredFor(t, address, "wrong")},
		"no such blob":     {ref, armSum, dir},
		"no digest":        {repository.String() + ":1", of, dir},
		"no configuration": {ref, of, filepath.Join(dir, "config.json")},
	} {
		if text, err := PublishedConfig(t.Context(), c.ref, c.of, c.dir); err == nil || IsPassing(err) {
			t.Errorf("%s: %q, %v", what, text, err)
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v tells a password", what, err)
		}
	}
	*status = http.StatusServiceUnavailable
	if _, err := PublishedConfig(t.Context(), ref, of, dir); !IsPassing(err) {
		t.Errorf("a registry that is not available: %v", err)
	}
}

// A server that is not reached is none: the builder, which may reach it, is asked, too.
func TestAPassingFailureIsOneThatTheSameQuestionMayNotHaveAgain(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{401: false, 403: false, 404: false, 408: true, 429: true, 500: true, 502: true} {
		if err := fmt.Errorf("read: %w", &transport.Error{StatusCode: status}); IsPassing(err) != want {
			t.Errorf("%d: %t", status, !want)
		}
	}
	if !IsPassing(fmt.Errorf("read: %w", &net.OpError{Op: "read", Err: io.EOF})) || !IsPassing(io.ErrUnexpectedEOF) {
		t.Error("a connection that was cut")
	}
	if _, err := PublishedConfig(t.Context(), "127.0.0.1:1/base@"+armSum, armSum, t.TempDir()); err == nil || IsPassing(err) {
		t.Errorf("%v", err)
	}
}
