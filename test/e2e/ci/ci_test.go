// Package ci_test runs `mage ci` in a repository that has adopted Spellbook, with a real
// engine: images are built, the integration tests have a stack that is gone afterwards, and
// a deployment is planned.
package ci_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/deploytest"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	deploytest.Removed()
	os.Exit(code)
}

// page is what the repository builds, tests and deploys.
const page = `
  page:
    build: {context: ../page}
    ports: ["${PAGE_PORT:-8000}:8080"]
    stop_grace_period: 1s
    ` + stacktest.Health + `
`

// reaches is an integration test, which needs the stack and its port.
const reaches = `//go:build integration

package shop

import (
	"net/http"
	"os"
	"testing"
)

func TestThePageAnswers(t *testing.T) {
	got, err := http.Get("http://127.0.0.1:" + os.Getenv("PAGE_PORT") + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
}
`

// shop is a repository of Go and Compose.
type shop struct {
	stacktest.Stack
	summary string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{summary: filepath.Join(t.TempDir(), "summary.md")}
	s.Setup(t, page)
	t.Cleanup(s.RemoveImages)
	s.Env = append(s.Env, "GITHUB_STEP_SUMMARY="+s.summary, "GITHUB_ACTIONS=", "GOFLAGS=-mod=mod", "GOWORK=off")
	for name, text := range map[string]string{
		"page/Dockerfile": "FROM lab/service:1\nCOPY text /text\n", "page/text": "one\n", ".gitignore": ".spellbook\n.env\nenv/.env.*\nreported\n",
		"go.mod": "module example.com/shop\n\ngo 1.26\n", "shop.go": "package shop\n", "page_test.go": reaches,
	} {
		s.File(name, text)
	}
	if code, out := s.Exec("git", "init", "-q"); code != 0 {
		t.Fatal(out)
	}
	return s
}

// outcome is what became of a task.
type outcome struct{ Name, Outcome, Cause string }

// ci runs mage ci, and returns what became of each task.
func (s *shop) ci(code int, args ...string) (ends map[string]outcome, errs string) {
	s.T.Helper()
	cmd := exec.Command(stacktest.Adopted(s.T), append([]string{"ci", "-json"}, args...)...)
	cmd.Dir, cmd.Env = s.Dir, s.Env
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != code {
		s.T.Fatalf("ci %v: %v, want exit code %d\n%s%s", args, err, code, &said, &out)
	}
	var d struct{ Tasks []outcome }
	s.Decode("ci", out.String(), &d)
	ends = map[string]outcome{}
	for _, one := range d.Tasks {
		ends[one.Name] = one
	}
	return ends, said.String()
}

// want compares what became of the tasks that are named, "NAME=OUTCOME".
func (s *shop) want(ends map[string]outcome, want ...string) {
	s.T.Helper()
	for _, w := range want {
		name, result, _ := strings.Cut(w, "=")
		if ends[name].Outcome != result {
			s.T.Errorf("%s: %q, want %q in %v", name, ends[name].Outcome, result, ends)
		}
	}
}

// left is what the engine has of any stack of the repository.
func (s *shop) left() string {
	s.T.Helper()
	filter := "name=" + s.Name
	return stacktest.Docker(s.T, "ps", "-aq", "--filter", filter) + stacktest.Docker(s.T, "network", "ls", "-q", "--filter", filter) + stacktest.Docker(s.T, "volume", "ls", "-q", "--filter", filter)
}

func TestCIBuildsTheImagesAndTestsAgainstAStackThatIsGoneAfterwards(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ends, said := s.ci(0)
	s.want(ends, "check:compose=passed", "lint:go=passed", "unit:go=passed", "build:go=passed", "build:images=passed", "integration:stack=passed")
	if image := stacktest.Docker(t, "images", "-q", s.Name+"-page"); image == "" {
		t.Error("no image was built")
	}
	if left := s.left(); left != "" {
		t.Errorf("left:\n%s", left)
	}
	if !strings.Contains(said, "integration:stack") || !strings.Contains(s.Read(".spellbook/ci/logs/integration%3Astack.log"), "1 test: 1 passed") {
		t.Errorf("the tests have not run:\n%s", said)
	}
	// What needs no engine is not run again; what does looks again.
	ends, _ = s.ci(0)
	s.want(ends, "lint:go=cached", "unit:go=cached", "build:go=cached", "build:images=passed", "integration:stack=passed")
}

func TestWhatGoesOnFromFailingIntegrationTestsIsSkippedWithItsCause(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Edit("page_test.go", "\t_ = got.Body.Close()\n", "\t_ = got.Body.Close()\n\tt.Error(\"the page is empty\")\n")
	ends, _ := s.ci(1, "-only=check,unit,report", "-keepgoing")
	s.want(ends, "check:compose=passed", "unit:go=passed", "build:images=passed", "integration:stack=failed", "report=skipped")
	if ends["report"].Cause != "integration:stack" {
		t.Errorf("the cause is %q", ends["report"].Cause)
	}
	if left := s.left(); left != "" {
		t.Errorf("left:\n%s", left)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "reported")); err == nil {
		t.Error("what was skipped has run")
	}
	var junit struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				File    string `xml:"file,attr"`
				Line    int    `xml:"line,attr"`
				Skipped *struct {
					Message string `xml:"message,attr"`
				} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(s.Read(".spellbook/ci/junit.xml")), &junit); err != nil {
		t.Fatal(err)
	}
	told, failed := "", ""
	for _, suite := range junit.Suites {
		for _, c := range suite.Cases {
			if suite.Name == "integration:stack" && c.Line > 0 {
				failed += c.Name + " in " + c.File
			}
			if suite.Name == "report" && c.Skipped != nil {
				told = c.Skipped.Message
			}
		}
	}
	if failed != "TestThePageAnswers in page_test.go" {
		t.Errorf("JUnit says that what failed is %q\n%s", failed, s.Read(".spellbook/ci/junit.xml"))
	}
	if !strings.Contains(told, "integration:stack failed") {
		t.Errorf("JUnit says %q of it\n%s", told, s.Read(".spellbook/ci/junit.xml"))
	}
	summary, err := os.ReadFile(s.summary)
	if err != nil || !regexp.MustCompile(`(?m)^.*report.*skipped.*integration:stack failed.*$`).Match(summary) {
		t.Errorf("the summary is %v\n%s", err, summary)
	}
	var run struct{ Tasks []outcome }
	if err := json.Unmarshal([]byte(s.Read(".spellbook/ci/run.json")), &run); err != nil || len(run.Tasks) != len(ends) {
		t.Errorf("the record is %v: %v", err, run)
	}
}

func TestADeploymentIsPlannedWhereAnEnvironmentIsGiven(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	server := deploytest.NewServer(t, "20.10")
	s.Env = append(s.Env, "PATH="+server.Path)
	s.File("env/.env.live", "DEPLOY_HOST="+server.Host+"\nDEPLOY_NAME=shop\nDEPLOY_GATEWAY_IMAGE=lab/haproxy:2.6\n")
	ends, said := s.ci(0, "-only=plan", "-env=live")
	s.want(ends, "check:compose=passed", "plan:live=passed")
	if plan := s.Read(".spellbook/ci/logs/plan%3Alive.log"); !strings.Contains(plan, "page") || !strings.Contains(plan, "first release") {
		t.Errorf("the plan is\n%s\n%s", plan, said)
	}
	if there := server.Docker("ps", "-aq"); there != "" {
		t.Errorf("a plan has made %s", there)
	}
	// One that cannot be made fails, and is not run where what it needs has failed.
	s.Edit("compose/docker-compose.yml", "build: {context: ../page}", "build: {context: [")
	ends, _ = s.ci(3, "-only=plan", "-env=live", "-keepgoing")
	s.want(ends, "check:compose=failed", "plan:live=skipped")
}
