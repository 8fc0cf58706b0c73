package dev_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestTheBackendRunsOnItsInfrastructure(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	b.docker("up", "-d", "--wait")
	b.answersAboutItsDependencies()
	first := b.storesAndListsNovels()
	b.resumesEventsAfter(first)
	b.isCheckedByItself()
	b.endsOrderly()
}

func (b *backend) answersAboutItsDependencies() {
	b.T.Helper()
	var health struct {
		Status       string
		Dependencies map[string]struct {
			Status    string
			LatencyMS *float64 `json:"latency_ms"`
		}
	}
	b.call("GET", "/health", "", &health)
	for _, name := range []string{"postgres", "redis", "neo4j"} {
		if d := health.Dependencies[name]; d.Status != "up" || d.LatencyMS == nil || *d.LatencyMS <= 0 {
			b.T.Errorf("%s: got %+v", name, d)
		}
	}
	if _, asked := health.Dependencies["kafka"]; asked || health.Status != "up" {
		b.T.Errorf("nobody set KAFKA_BROKERS: got %+v", health)
	}
	b.docker("stop", "neo4j")
	if answer := b.call("GET", "/health", "", &health); answer.status != 503 || health.Dependencies["neo4j"].Status != "down" {
		b.T.Errorf("without Neo4j: got %d, %+v", answer.status, health)
	}
	if answer := b.call("GET", "/ready", "", &health); answer.status != 200 {
		b.T.Errorf("novels need no Neo4j: got %d", answer.status)
	}
}

type novelList struct {
	Novels []struct {
		ID, Title string
		Results   int
	}
}

// storesAndListsNovels returns the id of the first event.
func (b *backend) storesAndListsNovels() (event string) {
	b.T.Helper()
	events := bufio.NewScanner(b.listen(""))
	var novel struct{ ID, Title string }
	if answer := b.call("POST", "/novels", `{"title":"Atlas","genre":"fantasy"}`, &novel); answer.status != 201 || novel.Title != "Atlas" {
		b.T.Fatalf("got %d, %+v", answer.status, novel)
	}
	for event == "" && events.Scan() {
		event, _ = strings.CutPrefix(events.Text(), "id: ")
		if event == events.Text() {
			event = ""
		}
	}
	var list novelList
	stacktest.Eventually(b.T, "both agents write back", func() bool {
		b.call("GET", "/novels", "", &list)
		return len(list.Novels) == 1 && list.Novels[0].Results == 2
	})
	// The last result drops the cached list a moment after it can be read.
	cached := func() bool { return b.call("GET", "/novels", "", &list).header.Get("X-Cache") == "hit" }
	stacktest.Eventually(b.T, "a list that nothing changed is cached", cached)
	if len(list.Novels) != 1 || list.Novels[0].Results != 2 {
		b.T.Errorf("the cached list is %+v", list)
	}
	b.call("POST", "/novels", `{"title":"Borders"}`, &novel)
	if b.call("GET", "/novels", "", &list); len(list.Novels) != 2 || list.Novels[0].Title != "Borders" {
		b.T.Errorf("after a second novel: got %+v", list)
	}
	return event
}

// resumesEventsAfter expects what came after the first: two results, and a
// second novel with its own two.
func (b *backend) resumesEventsAfter(first string) {
	b.T.Helper()
	body := b.listen(first)
	timer := time.AfterFunc(20*time.Second, func() { _ = body.Close() })
	defer timer.Stop()
	got := map[string]int{}
	lines := bufio.NewScanner(body)
	for got["result.ready"] < 4 && lines.Scan() {
		if kind, found := strings.CutPrefix(lines.Text(), "event: "); found {
			got[kind]++
		}
	}
	if got["result.ready"] != 4 || got["novel.created"] != 1 {
		b.T.Errorf("after %s: got %v, %v", first, got, lines.Err())
	}
}

func (b *backend) isCheckedByItself() {
	b.T.Helper()
	b.docker("exec", "-T", "api-gateway", "/backend", "healthcheck")
	b.docker("exec", "-T", "agent-worldsmith", "/backend", "healthcheck")
	b.docker("stop", "redis")
	out, err := b.command("exec", "-T", "api-gateway", "/backend", "healthcheck").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not ready: 503") {
		b.T.Errorf("without Redis: %v, %s", err, out)
	}
	b.docker("start", "redis")
	stacktest.Eventually(b.T, "the gateway finds Redis again", func() bool {
		return b.command("exec", "-T", "api-gateway", "/backend", "healthcheck").Run() == nil
	})
}

func (b *backend) endsOrderly() {
	b.T.Helper()
	body := b.listen("")
	began := time.Now()
	b.docker("stop", "--timeout", "30", "api-gateway", "agent-worldsmith")
	if took := time.Since(began); took > 28*time.Second {
		b.T.Errorf("stopping took %s", took)
	}
	for _, service := range []string{"api-gateway", "agent-worldsmith"} {
		if code := strings.TrimSpace(stacktest.Docker(b.T, "inspect", "-f", "{{.State.ExitCode}}", b.container(service, 1))); code != "0" {
			b.T.Errorf("%s ended with %s\n%s", service, code, b.docker("logs", service))
		}
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		b.T.Errorf("the stream of events was torn: %v", err)
	}
	if logs := b.docker("logs", "--no-color"); strings.Contains(logs, "lab-public-not-a-secret") {
		b.T.Error("a password is in the logs")
	}
}

func TestKafkaIsAskedWhereItsVariablesAreSet(t *testing.T) {
	t.Parallel()
	b := newBackend(t, "KAFKA_BROKERS=kafka:29092", "KAFKA_IMAGE=lab/kafka:1", "KAFKA_PORT="+strconv.Itoa(stacktest.FreePort(t)))
	b.File("compose/kafka.yml", `
services:
  kafka:
    extends: {file: ../plugins/kafka/compose.yml, service: kafka}
    networks: [infinite-scribe-network]
volumes:
  kafka-data:
`)
	b.files = []string{"compose/kafka.yml"}
	b.docker("up", "-d", "--wait", "kafka", "postgres", "redis", "neo4j")
	b.docker("up", "-d", "--wait", "api-gateway")
	var health struct {
		Dependencies map[string]struct{ Status string }
	}
	if b.call("GET", "/health", "", &health); health.Dependencies["kafka"].Status != "up" {
		t.Errorf("got %+v", health)
	}
	b.docker("stop", "kafka")
	if answer := b.call("GET", "/health", "", &health); answer.status != 503 || health.Dependencies["kafka"].Status != "down" {
		t.Errorf("without Kafka: got %d, %+v", answer.status, health)
	}
}

func TestTheBuildContextHoldsApplicationsOnly(t *testing.T) {
	t.Parallel()
	s := clone(t)
	for _, secret := range []string{"env/.env.local", ".env.local", "apps/backend/.env", "apps/backend/internal/.env.test"} {
		s.File(secret, "POSTGRES_PASSWORD=canary\n")
	}
	s.File("apps/backend/node_modules/x/index.js", "")
	cmd := exec.Command("docker", "buildx", "build", "--no-cache", "--progress", "plain", "-f", "-", ".")
	cmd.Dir, cmd.Env = s.Dir, s.Env
	cmd.Stdin = strings.NewReader("FROM lab/base:bookworm\nCOPY . /context\nRUN cd /context && find . -type f -printf 'file %p\\n'\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := regexp.MustCompile(`(?m) file \./(\S+)$`).FindAllStringSubmatch(string(out), -1)
	for _, file := range files {
		name := file[1]
		if !strings.HasPrefix(name, "apps/") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, ".env") || strings.Contains(name, "node_modules") {
			t.Errorf("%s is sent to the builder", name)
		}
	}
	if len(files) < 30 {
		t.Errorf("%d files are sent to the builder\n%s", len(files), out)
	}
}

func TestTheBackendsImageIsSmallAndSaysWhatItIs(t *testing.T) {
	t.Parallel()
	b := newBackend(t)
	var image []struct {
		Size   int64
		Config struct {
			User, StopSignal string
			Labels           map[string]string
			Healthcheck      struct{ Test []string }
			ExposedPorts     map[string]any
		}
	}
	if err := json.Unmarshal([]byte(stacktest.Docker(t, "image", "inspect", b.image)), &image); err != nil {
		t.Fatal(err)
	}
	c := image[0].Config
	if c.User != "65532:65532" || c.StopSignal != "SIGTERM" || len(c.Healthcheck.Test) != 3 || c.ExposedPorts["8000/tcp"] == nil {
		t.Errorf("got %+v", c)
	}
	for _, name := range []string{"title", "description", "source", "licenses", "version", "revision", "created"} {
		if c.Labels["org.opencontainers.image."+name] == "" {
			t.Errorf("label %s is missing in %v", name, c.Labels)
		}
	}
	if image[0].Size > 30<<20 {
		t.Errorf("the image has %d bytes", image[0].Size)
	}
	if out, err := exec.Command("docker", "run", "--rm", "--entrypoint", "sh", b.image, "-c", "true").CombinedOutput(); err == nil || !strings.Contains(string(out), "not found") {
		t.Errorf("there is a shell: %v %s", err, out)
	}
	if out := stacktest.Docker(t, "run", "--rm", b.image, "version"); !strings.HasPrefix(out, "backend dev, revision unknown") {
		t.Errorf("got %s", out)
	}
	out, err := exec.Command("docker", "run", "--rm", b.image).CombinedOutput()
	if exitOf(err) != 2 || strings.Count(string(out), "\n") != 1 {
		t.Errorf("without configuration: %v, %s", err, out)
	}
}

func TestThePythonFixtureBuildsAndRuns(t *testing.T) {
	t.Parallel()
	s := clone(t)
	s.Env = append(s.Env, "PYBACKEND_IMAGE=sbtest/pybackend:"+s.Name, "PYTHON_IMAGE=lab/python:3.11", "PIP_OPTIONS=--no-index --no-build-isolation")
	t.Cleanup(func() { _ = exec.Command("docker", "image", "rm", "--force", "sbtest/pybackend:"+s.Name).Run() })
	compose := func(args ...string) string {
		code, out := s.Exec("docker", append([]string{"compose", "--progress", "plain", "-f", "test/testdata/pybackend/docker-compose.yml"}, args...)...)
		if code != 0 {
			t.Fatalf("docker compose %v: %d\n%s", args, code, out)
		}
		return out
	}
	compose("build", "agent-worldsmith") // at once they take the one name from each other in a containerd store
	if out := compose("run", "--rm", "agent-worldsmith"); !strings.Contains(out, "pybackend 1.0.0 as agent-worldsmith on Python 3.11\n") {
		t.Errorf("got %s", out)
	}
}
