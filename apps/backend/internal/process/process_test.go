package process_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/process"
)

// run is one process with these variables; it returns its exit code and what it wrote.
func run(ctx context.Context, variables map[string]string, args ...string) (code int, out, errs string) {
	var o, e strings.Builder
	code = process.Process{
		Args: args, Hostname: "here", Out: &o, Err: &e, Now: time.Now, ReadFile: os.ReadFile,
		Lookup: func(name string) (string, bool) { value, found := variables[name]; return value, found },
	}.Run(ctx)
	return code, o.String(), e.String()
}

func TestABadConfigurationIsOneLineAndCodeTwo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"serve"}, {"migrate"}} {
		code, _, errs := run(t.Context(), map[string]string{"LOG_LEVEL": "loud"}, args...)
		if code != 2 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "POSTGRES_PASSWORD is not set") || !strings.Contains(errs, "LOG_LEVEL") {
			t.Errorf("%v: got %d %s", args, code, errs)
		}
	}
	for _, args := range [][]string{{"dance"}, {"version", "twice"}} {
		if code, _, errs := run(t.Context(), nil, args...); code != 2 || !strings.HasPrefix(errs, "usage: backend") {
			t.Errorf("%v: got %d %s", args, code, errs)
		}
	}
}

func TestTheVersionIsTheImages(t *testing.T) {
	t.Parallel()
	code, out, _ := run(t.Context(), map[string]string{"BACKEND_VERSION": "1.2", "BACKEND_REVISION": "abc"}, "version")
	if code != 0 || !strings.HasPrefix(out, "backend 1.2, revision abc, go1.") {
		t.Errorf("got %d %s", code, out)
	}
	if _, out, _ := run(t.Context(), nil, "version"); !strings.Contains(out, "revision unknown") {
		t.Errorf("got %s", out)
	}
}

func TestTheHealthCheckAsksForReadinessAndSaysWhyNot(t *testing.T) {
	t.Parallel()
	ready := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ready" && ready {
			return
		}
		http.Error(w, "the database is behind", http.StatusServiceUnavailable)
	}))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	variables := map[string]string{"LISTEN_ADDRESS": ":" + port, "HTTP_PROXY": "http://127.0.0.1:1"}
	if code, _, errs := run(t.Context(), variables, "healthcheck"); code != 0 {
		t.Errorf("ready: got %d %s", code, errs)
	}
	ready = false
	if code, _, errs := run(t.Context(), variables, "healthcheck"); code != 1 || !strings.Contains(errs, "the database is behind") {
		t.Errorf("not ready: got %d %s", code, errs)
	}
	server.Close()
	if code, _, errs := run(t.Context(), variables, "healthcheck"); code != 1 || !strings.Contains(errs, "refused") {
		t.Errorf("gone: got %d %s", code, errs)
	}
}

func TestAServerWithoutItsDependenciesStartsAndEndsOrderly(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"api-gateway", "agent-worldsmith"} {
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		code, out, errs := run(ctx, map[string]string{
			"SERVICE_TYPE": role, "LISTEN_ADDRESS": "127.0.0.1:0", "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1",
			"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "1", "POSTGRES_PASSWORD": "canary", "REDIS_PASSWORD": "canary", "LOG_LEVEL": "debug",
			"KAFKA_BROKERS": "127.0.0.1:1",
		})
		stop()
		if code != 0 || !strings.Contains(out, `"msg":"stopped"`) || strings.Contains(out+errs, "canary") {
			t.Errorf("%s: got %d %s %s", role, code, out, errs)
		}
	}
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	code, _, errs := run(t.Context(), map[string]string{
		"SERVICE_TYPE": "api-gateway", "LISTEN_ADDRESS": l.Addr().String(), "POSTGRES_PASSWORD": "x", "REDIS_PASSWORD": "x",
	})
	if code != 1 || !strings.Contains(errs, l.Addr().String()) {
		t.Errorf("got %d %s", code, errs)
	}
}

func TestAMigrationThatFindsNoDatabaseSaysWhere(t *testing.T) {
	t.Parallel()
	code, _, errs := run(t.Context(), map[string]string{"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "POSTGRES_PASSWORD": "canary"}, "migrate")
	if code != 1 || !strings.Contains(errs, "127.0.0.1:1") || strings.Contains(errs, "canary") {
		t.Errorf("got %d %s", code, errs)
	}
}
