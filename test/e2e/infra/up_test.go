package infra_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestUpBringsAChainToReadyAndThenFindsNothingToDo(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain)
	s.Shows("infra:up", s.Up(infra.UpOptions{}))
	before := s.IDs()
	s.Shows("infra:up again", s.Up(infra.UpOptions{}))
	if after := s.IDs(); !maps.Equal(before, after) {
		t.Errorf("containers changed: %v, then %v", before, after)
	}
}

// The table tells a service's time by the clock that progress has told it by, and each
// network and volume that goes is told by its name.
func TestOneClockAndOneNameForEachThing(t *testing.T) {
	t.Parallel()
	s := newStack(t, stacktest.Chain+`
networks: {front: , back: }
volumes: {one: , two: }
`)
	s.Edit("compose/docker-compose.yml", "environment: {BOOT: 500ms}", "environment: {BOOT: 500ms}\n    networks: [default, front, back]\n    volumes: [\"one:/one\", \"two:/two\"]")
	r := s.Up(infra.UpOptions{}).Want(t, failure.OK)
	lines := regexp.MustCompile(`(?m)  (\w+) +(?:ready|done) after (\S+)$`).FindAllStringSubmatch(r.Err, -1)
	if len(lines) != 3 {
		t.Fatalf("not three services are told:\n%s", r.Err)
	}
	for _, told := range lines {
		if !regexp.MustCompile(`(?m)^` + told[1] + ` .* ` + regexp.QuoteMeta(told[2]) + `$`).MatchString(r.Out) {
			t.Errorf("%s took %s by progress, but not in\n%s", told[1], told[2], r.Out)
		}
	}
	down := s.Down(infra.DownOptions{Volumes: true, Yes: true}).Want(t, failure.OK)
	down.Says(t, "network "+s.Name+"_front", "network "+s.Name+"_back", "volume "+s.Name+"_one", "volume "+s.Name+"_two")
	stripped := regexp.MustCompile(`[\d:.]+(ms|s)?`).ReplaceAllString(down.Err, "")
	seen := map[string]bool{}
	for line := range strings.Lines(stripped) {
		if seen[line] {
			t.Errorf("%q is told twice:\n%s", line, down.Err)
		}
		seen[line] = true
	}
}

func TestACrashIsShownWithItsCodeAndLogWithinASecond(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  db:
    image: lab/service:1
    environment: {BOOT: 1h, CRASH_AFTER: 300ms, EXIT_CODE: "3"}
    `+stacktest.Health+`
  api:
    image: lab/service:1
    depends_on: {db: {condition: service_healthy}}
`)
	began := time.Now()
	r := s.Shows("infra:up", s.Up(infra.UpOptions{}))
	if took := time.Since(began); took > stacktest.Patience {
		t.Errorf("took %s to say so", took)
	}
	died := s.Inspect("db", "{{.State.FinishedAt}}")
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
    `+stacktest.Health+`
`)
	for range 10 { // of a kill that comes at once the engine hears most times only (containerd/containerd#8893)
		doc := s.document(infra.UpOptions{})
		if len(doc.Failures) != 1 || *doc.Failures[0].ExitCode != 137 {
			t.Fatalf("got %+v", doc.Failures)
		}
		row, f := doc.Services[0], doc.Failures[0]
		if s.Inspect("hog", "{{.State.OOMKilled}}") != "true" {
			if f.OOMKilled || f.Reason != "exited with code 137" || !strings.HasSuffix(f.Hint, "raise mem_limit of hog") {
				t.Fatalf("nothing is known of memory, got %+v", f)
			}
			t.Logf("the engine has not heard of it: %s", f.Hint)
			continue
		}
		const want = "exited with code 137: out of memory, killed by the kernel"
		if !f.OOMKilled || row.State != status.Failed || row.Detail != want || f.Reason != want {
			t.Errorf("got %+v and %+v", row, f)
		}
		return
	}
	t.Error("the engine has never heard of it")
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
	s.Shows("infra:up", s.Up(infra.UpOptions{}))
}

func TestATimeoutShowsEachServiceThatIsLate(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  slow:
    image: lab/service:1
    environment: {BOOT: 1h}
    `+stacktest.Health+`
  api:
    image: lab/service:1
    depends_on: {slow: {condition: service_healthy}}
`)
	s.Shows("infra:up -timeout=8s", s.Up(infra.UpOptions{Timeout: 8 * time.Second}))
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
	s.Shows("infra:up", s.Up(infra.UpOptions{}))
}

func TestAOneShotThatNobodyNeedsIsDone(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  seed:
    image: lab/service:1
    command: [oneshot]
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if doc := s.document(infra.UpOptions{JSON: true}); doc.Services[0].State != status.Completed || doc.Changed {
		t.Errorf("got %+v", doc)
	}
}

func TestARemovedServiceGoesAndAChangedOneIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  a: {image: "lab/service:1", `+stacktest.Health+`}
  b: {image: "lab/service:1", `+stacktest.Health+`}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	before := s.IDs()
	s.Write(`
  a: {image: "lab/service:1", ` + stacktest.Health + `}
`)
	s.Shows("infra:up without b", s.Up(infra.UpOptions{}))
	after := s.IDs()
	if len(after) != 1 || after[s.Name+"-a-1"] != before[s.Name+"-a-1"] {
		t.Errorf("before %v, after %v", before, after)
	}
	s.Write(`
  a: {image: "lab/service:2", ` + stacktest.Health + `}
`)
	s.Shows("infra:up with another image", s.Up(infra.UpOptions{}))
	if s.IDs()[s.Name+"-a-1"] == after[s.Name+"-a-1"] {
		t.Error("the container of the old image is still there")
	}
}

func TestAChangedEnvironmentRecreatesWhatReadsIt(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  reader: {image: "lab/service:1", environment: {GREETING: "${GREETING:-hello}"}, `+stacktest.Health+`}
  other: {image: "lab/service:1", `+stacktest.Health+`}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	before := s.IDs()
	s.File(".env", "GREETING=goodbye\n")
	s.Shows("infra:up with another environment", s.Up(infra.UpOptions{}))
	after := s.IDs()
	if after[s.Name+"-other-1"] != before[s.Name+"-other-1"] || after[s.Name+"-reader-1"] == before[s.Name+"-reader-1"] {
		t.Errorf("before %v, after %v", before, after)
	}
}

func TestAProfileStartsOnlyWhenAskedForAndDownRemovesItAnyway(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web: {image: "lab/service:1", `+stacktest.Health+`}
  tool: {image: "lab/service:1", profiles: [tools], `+stacktest.Health+`}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if ids := s.IDs(); len(ids) != 1 {
		t.Errorf("without the profile: %v", ids)
	}
	s.Shows("infra:up -profile=tools", s.Up(infra.UpOptions{Profiles: []string{"tools"}}))
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	if ids := s.IDs(); len(ids) != 2 {
		t.Errorf("a container of an inactive profile was taken for a removed service: %v", ids)
	}
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	if ids := s.IDs(); len(ids) != 0 {
		t.Errorf("after down: %v", ids)
	}
}

func TestAnOptionalDependencyThatFailsKeepsNobodyUp(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  mail:
    image: lab/service:1
    environment: {BOOT: 1h, CRASH_AFTER: 100ms}
    `+stacktest.Health+`
  api:
    image: lab/service:1
    environment: {BOOT: 500ms}
    `+stacktest.Health+`
    depends_on: {mail: {condition: service_healthy, required: false}}
`)
	s.Shows("infra:up", s.Up(infra.UpOptions{}))
	if !s.Runs("api") {
		t.Error("api is not running")
	}
}

// document runs up with -json and reads the one document on standard output.
func (s *stack) document(o infra.UpOptions) report.Up {
	s.T.Helper()
	o.JSON = true
	r := s.Up(o)
	var doc report.Up
	if err := json.Unmarshal([]byte(r.Out), &doc); err != nil {
		s.T.Fatalf("%v in\n%s", err, r.Out)
	}
	return doc
}

var stamp = regexp.MustCompile(`(?m)^(\d\d:\d\d:\d\d\.\d{3})  (\S+)\s+(?:failed|not ready|exited)`)

// failedAt is the time stamp of a service's failure in the transcript.
func (s *stack) failedAt(r stacktest.Result, service string) time.Time {
	s.T.Helper()
	for _, m := range stamp.FindAllStringSubmatch(r.Err, -1) {
		if m[2] == service {
			now := time.Now()
			at, err := time.ParseInLocation("2006-01-02 15:04:05.000", now.Format("2006-01-02 ")+m[1], time.Local)
			if err == nil {
				return at
			}
		}
	}
	s.T.Fatalf("no failure of %s in\n%s", service, r.Err)
	return time.Time{}
}
