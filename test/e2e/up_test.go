package e2e_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

var volatile = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`), "HH:MM:SS.mmm"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "T"},
	{regexp.MustCompile(`\b(\d+|a|an|About an?|Less than a) (seconds?|minutes?)\b`), "T ago"},
	{regexp.MustCompile(`127\.0\.0\.1:\d{4,5}`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`─{3,}`), "───"},
	{regexp.MustCompile(` {2,}`), "  "},
	{regexp.MustCompile(`(?m)[ ]+$`), ""},
}

// transcript compares what a user sees, without what changes from run to run.
func (s *stack) transcript(name, text string) {
	s.t.Helper()
	text = strings.ReplaceAll(text, s.name, "PROJECT")
	text = strings.ReplaceAll(text, s.dir, "DIR")
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.by)
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		_ = os.MkdirAll("testdata", 0o755)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatalf("%v (go test ./test/e2e -update writes it)", err)
	}
	if text != string(want) {
		s.t.Errorf("%s differs\n--- got\n%s\n--- want\n%s", path, text, want)
	}
}

const health = `healthcheck: {test: [CMD, /service, health], interval: 10s, timeout: 5s, retries: 5}`

const chain = `
  db:
    image: lab/service:1
    environment: {BOOT: 500ms}
    ` + health + `
  migrate:
    image: lab/service:1
    command: [oneshot]
    environment: {MIGRATE_TO: "db:8080"}
    depends_on: {db: {condition: service_healthy}}
  api:
    image: lab/service:1
    environment: {BOOT: 200ms}
    ` + health + `
    depends_on: {migrate: {condition: service_completed_successfully}}
`

func TestUpBringsAChainToReadyAndThenFindsNothingToDo(t *testing.T) {
	t.Parallel()
	s := newStack(t, chain)
	first := s.up(infra.UpOptions{}).want(t, failure.OK)
	s.transcript("success", first.all())
	before := s.ids()
	second := s.up(infra.UpOptions{}).want(t, failure.OK)
	s.transcript("nothing-to-do", second.all())
	if after := s.ids(); !equal(before, after) {
		t.Errorf("containers changed: %v, then %v", before, after)
	}
}

func TestACrashIsShownWithItsCodeAndLogWithinASecond(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db:
    image: lab/service:1
    environment: {BOOT: 1h, CRASH_AFTER: 300ms, EXIT_CODE: "3"}
    `+health+`
  api:
    image: lab/service:1
    depends_on: {db: {condition: service_healthy}}
`)
	began := time.Now()
	r := s.up(infra.UpOptions{}).want(t, failure.NotReady)
	if took := time.Since(began); took > patience {
		t.Errorf("took %s to say so", took)
	}
	s.transcript("crash", r.all())
	died := s.inspect("db", "{{.State.FinishedAt}}")
	at, err := time.Parse(time.RFC3339Nano, died)
	if err != nil {
		t.Fatal(err)
	}
	if said := s.failedAt(r, "db"); said.Sub(at) > time.Second {
		t.Errorf("died at %s, said at %s", at, said)
	}
}

func TestAKillOutOfMemoryIsAFailureAndSaidSo(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  hog:
    image: lab/service:1
    environment: {BOOT: 1h, MEMORY_HOG: 64M}
    mem_limit: 16m
    memswap_limit: 16m
    `+health+`
`)
	doc := s.document(infra.UpOptions{})
	if len(doc.Failures) != 1 || !doc.Failures[0].OOMKilled || *doc.Failures[0].ExitCode != 137 {
		t.Fatalf("got %+v", doc.Failures)
	}
	const want = "exited with code 137: out of memory, killed by the kernel"
	if row := doc.Services[0]; row.State != status.Failed || row.Detail != want || doc.Failures[0].Reason != want {
		t.Errorf("got %+v and %q", row, doc.Failures[0].Reason)
	}
}

func TestUnhealthyIsShownWithTheChecksLastWords(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db:
    image: lab/service:1
    environment: {UNHEALTHY: "no disk left"}
    healthcheck: {test: [CMD, /service, health], interval: 300ms, timeout: 5s, retries: 2}
  api:
    image: lab/service:1
    depends_on: {db: {condition: service_healthy}}
`)
	s.transcript("unhealthy", s.up(infra.UpOptions{}).want(t, failure.NotReady).all())
}

func TestATimeoutShowsEachServiceThatIsLate(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  slow:
    image: lab/service:1
    environment: {BOOT: 1h}
    `+health+`
  api:
    image: lab/service:1
    depends_on: {slow: {condition: service_healthy}}
`)
	s.transcript("timeout", s.up(infra.UpOptions{Timeout: 8 * time.Second}).want(t, failure.NotReady).all())
}

func TestAOneShotThatFailsStopsWhatNeedsIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  migrate:
    image: lab/service:1
    command: [oneshot]
    environment: {EXIT_CODE: "7"}
  api:
    image: lab/service:1
    depends_on: {migrate: {condition: service_completed_successfully}}
`)
	s.transcript("one-shot-fails", s.up(infra.UpOptions{}).want(t, failure.NotReady).all())
}

func TestAOneShotThatNobodyNeedsIsDone(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  seed:
    image: lab/service:1
    command: [oneshot]
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if doc := s.document(infra.UpOptions{JSON: true}); doc.Services[0].State != status.Completed || doc.Changed {
		t.Errorf("got %+v", doc)
	}
}

func TestARemovedServiceGoesAndAChangedOneIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  a: {image: "lab/service:1", `+health+`}
  b: {image: "lab/service:1", `+health+`}
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	before := s.ids()
	s.write(`
  a: {image: "lab/service:1", ` + health + `}
`)
	s.transcript("removed-service", s.up(infra.UpOptions{}).want(t, failure.OK).all())
	after := s.ids()
	if len(after) != 1 || after[s.name+"-a-1"] != before[s.name+"-a-1"] {
		t.Errorf("before %v, after %v", before, after)
	}
	s.write(`
  a: {image: "lab/service:2", ` + health + `}
`)
	s.transcript("changed-image", s.up(infra.UpOptions{}).want(t, failure.OK).all())
	if s.ids()[s.name+"-a-1"] == after[s.name+"-a-1"] {
		t.Error("the container of the old image is still there")
	}
}

func TestAChangedEnvironmentRecreatesWhatReadsIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  reader: {image: "lab/service:1", environment: {GREETING: "${GREETING:-hello}"}, `+health+`}
  other: {image: "lab/service:1", `+health+`}
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	before := s.ids()
	s.file(".env", "GREETING=goodbye\n")
	s.transcript("changed-environment", s.up(infra.UpOptions{}).want(t, failure.OK).all())
	after := s.ids()
	if after[s.name+"-other-1"] != before[s.name+"-other-1"] || after[s.name+"-reader-1"] == before[s.name+"-reader-1"] {
		t.Errorf("before %v, after %v", before, after)
	}
}

func TestAProfileStartsOnlyWhenAskedForAndDownRemovesItAnyway(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web: {image: "lab/service:1", `+health+`}
  tool: {image: "lab/service:1", profiles: [tools], `+health+`}
`)
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if ids := s.ids(); len(ids) != 1 {
		t.Errorf("without the profile: %v", ids)
	}
	s.transcript("profile", s.up(infra.UpOptions{Profiles: []string{"tools"}}).want(t, failure.OK).all())
	s.up(infra.UpOptions{}).want(t, failure.OK)
	if ids := s.ids(); len(ids) != 2 {
		t.Errorf("a container of an inactive profile was taken for a removed service: %v", ids)
	}
	s.down(infra.DownOptions{}).want(t, failure.OK)
	if ids := s.ids(); len(ids) != 0 {
		t.Errorf("after down: %v", ids)
	}
}

func TestAnOptionalDependencyThatFailsKeepsNobodyUp(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  mail:
    image: lab/service:1
    environment: {BOOT: 1h, CRASH_AFTER: 100ms}
    `+health+`
  api:
    image: lab/service:1
    environment: {BOOT: 500ms}
    `+health+`
    depends_on: {mail: {condition: service_healthy, required: false}}
`)
	r := s.up(infra.UpOptions{}).want(t, failure.NotReady)
	s.transcript("optional-dependency", r.all())
	if !strings.Contains(s.ids()[s.name+"-api-1"], "running") {
		t.Error("api is not running")
	}
}

// document runs up with -json and reads the one document on standard output.
func (s *stack) document(o infra.UpOptions) report.Up {
	s.t.Helper()
	o.JSON = true
	r := s.up(o)
	var doc report.Up
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		s.t.Fatalf("%v in\n%s", err, r.out)
	}
	return doc
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// inspect is one `docker inspect` field of a service's first container.
func (s *stack) inspect(service, format string) string {
	s.t.Helper()
	return strings.TrimSpace(cli(s.t, "inspect", "-f", format, s.name+"-"+service+"-1"))
}

var stamp = regexp.MustCompile(`(?m)^(\d\d:\d\d:\d\d\.\d{3})  (\S+)\s+(?:failed|not ready|exited)`)

// failedAt is the time stamp of a service's failure in the transcript.
func (s *stack) failedAt(r result, service string) time.Time {
	s.t.Helper()
	for _, m := range stamp.FindAllStringSubmatch(r.err, -1) {
		if m[2] == service {
			now := time.Now()
			at, err := time.ParseInLocation("2006-01-02 15:04:05.000", now.Format("2006-01-02 ")+m[1], time.Local)
			if err == nil {
				return at
			}
		}
	}
	s.t.Fatalf("no failure of %s in\n%s", service, r.err)
	return time.Time{}
}
