package dev_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// backend is the sample backend in a clone of this repository, on the lab's
// images, with ports and an image's name of its own.
type backend struct {
	*stacktest.Stack
	image, url string
	files      []string // Compose files beyond the two
}

func newBackend(t *testing.T, variables ...string) *backend {
	t.Helper()
	s := clone(t)
	port := strconv.Itoa(stacktest.FreePort(t))
	b := &backend{Stack: s, image: "sbtest/backend:" + s.Name, url: "http://127.0.0.1:" + port}
	s.Env = append(s.Env, "BACKEND_IMAGE="+b.image, "API_PORT="+port, "LOG_LEVEL=debug")
	s.Env = append(s.Env, variables...)
	t.Cleanup(func() { _ = exec.Command("docker", "image", "rm", "--force", b.image).Run() })
	b.docker("build", "api-gateway")
	return b
}

// command is Compose on both files, as the document of the backend has it.
func (b *backend) command(args ...string) *exec.Cmd {
	argv := []string{"compose", "--progress", "plain", "--env-file", ".env"}
	for _, file := range append([]string{"compose/docker-compose.yml", "compose/docker-compose.backend.yml"}, b.files...) {
		argv = append(argv, "-f", file)
	}
	cmd := exec.Command("docker", append(argv, args...)...)
	cmd.Dir, cmd.Env = b.Dir, b.Env
	return cmd
}

// docker runs Compose and returns its standard output.
func (b *backend) docker(args ...string) string {
	b.T.Helper()
	cmd := b.command(args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		b.T.Fatalf("docker compose %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

func (b *backend) sql(query string) string {
	b.T.Helper()
	const psql = `PGPASSWORD=$POSTGRES_PASSWORD exec psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -Atc "$1"`
	return strings.TrimSpace(b.docker("exec", "-T", "postgres", "sh", "-c", psql, "sh", query))
}

func (b *backend) redis(args ...string) string {
	b.T.Helper()
	return strings.TrimSpace(b.docker(append([]string{"exec", "-T", "redis", "redis-cli"}, args...)...))
}

// container is the ID of a service's nth container.
func (b *backend) container(service string, n int) string {
	b.T.Helper()
	return strings.TrimSpace(stacktest.Docker(b.T, "ps", "-aq", "--no-trunc", "--filter", "name=^"+b.Name+"-"+service+"-"+strconv.Itoa(n)+"$"))
}

// answered is how the gateway answered.
type answered struct {
	status int
	header http.Header
}

// call asks the gateway and decodes what it answers.
func (b *backend) call(method, path, body string, into any) answered {
	b.T.Helper()
	request, err := http.NewRequestWithContext(b.T.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.T.Fatal(err)
	}
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		b.T.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		b.T.Fatalf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return answered{answer.StatusCode, answer.Header}
}

// exitOf is the code that a command ended with.
func exitOf(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// listen opens the stream of events after an id.
func (b *backend) listen(last string) io.ReadCloser {
	b.T.Helper()
	request, err := http.NewRequestWithContext(b.T.Context(), http.MethodGet, b.url+"/events", http.NoBody)
	if err != nil {
		b.T.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", last)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.T.Fatal(err)
	}
	b.T.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		b.T.Fatalf("events: %s", answer.Status)
	}
	return answer.Body
}

// clone is a copy of this repository.
func clone(t *testing.T) *stacktest.Stack {
	t.Helper()
	s := stacktest.New(t, "")
	s.Clone()
	return s
}
