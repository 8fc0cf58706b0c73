package infra_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// fine is what one mistake is put into.
const fine = `
  db:
    image: lab/service:1
    volumes: ["data:/data"]
  api:
    image: lab/service:1
    depends_on: {db: {condition: service_started}}
  tool: {image: "lab/service:1", profiles: [tools]}
volumes: {data: {}}
`

// mistakes in the files, each with the place that the error names. The stack's
// own file begins with two lines, so that `db:` is line 4.
var mistakes = map[string]struct {
	old, by string // in fine; an empty old appends
	files   map[string]string
	want    string
}{
	"broken YAML":         {old: "  db:\n", by: "  db: [\n", want: "compose/docker-compose.yml:4: "},
	"a tab":               {old: "    image: lab/service:1\n    volumes", by: "\timage: lab/service:1\n    volumes", want: "compose/docker-compose.yml:5: "},
	"unknown condition":   {old: "service_started", by: "service_redy", want: `compose/docker-compose.yml:9: `},
	"unknown key":         {old: "    volumes: [", by: "    volumez: [", want: `compose/docker-compose.yml:6: `},
	"a circle":            {old: "    volumes: [", by: "    depends_on: [api]\n    volumes: [", want: `compose/docker-compose.yml:6: `},
	"unknown dependency":  {old: "{db: {", by: "{bd: {", want: `compose/docker-compose.yml:9: `},
	"missing variable":    {old: "    volumes: [", by: "    environment: {TOKEN: \"${TOKEN_NOT_SET:?is not set}\"}\n    volumes: [", want: `compose/docker-compose.yml:6: `},
	"missing include":     {old: "volumes: {data", by: "include: [gone.yml]\nvolumes: {data", want: `compose/docker-compose.yml:11: `},
	"missing env_file":    {old: "    volumes: [", by: "    env_file: gone.env\n    volumes: [", want: `compose/docker-compose.yml:6: `},
	"missing extends":     {old: "    volumes: [", by: "    extends: {file: gone.yml, service: db}\n    volumes: [", want: `compose/docker-compose.yml:6: `},
	"broken include":      {old: "volumes: {data", by: "include: [more.yml]\nvolumes: {data", files: map[string]string{"compose/more.yml": "services:\n  x: {imag: y}\n"}, want: `compose/more.yml:2: `},
	"broken .env":         {files: map[string]string{".env": "A=1\nB='unterminated\n"}, want: `.env:2: `},
	"undefined volume":    {old: "volumes: {data: {}}", by: "", want: `compose/docker-compose.yml:6: `},
	"a port out of range": {old: "    volumes: [", by: "    ports: [\"99999:8080\"]\n    volumes: [", want: `compose/docker-compose.yml:6: `},
	"nothing to run":      {old: fine, by: "  {}\n", want: `compose/docker-compose.yml`},
}

func TestAMistakeInTheFilesIsOneLineWithItsPlaceAndTouchesNothing(t *testing.T) {
	t.Parallel()
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, strings.Replace(fine, m.old, m.by, 1))
			for file, text := range m.files {
				s.File(file, text)
			}
			before := s.tree()
			for _, o := range []infra.UpOptions{{}, {Dry: true}} {
				s.wantRefusal(s.Up(o), failure.Preflight, m.want)
			}
			s.untouched(before)
		})
	}
}

func TestAWordThatNobodyKnowsIsAMistakeOfTheCommandLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    infra.UpOptions
		want string
	}{
		"service":           {infra.UpOptions{Services: []string{"apu"}}, "no service \"apu\"\n  → did you mean api? services are: api, db, tool"},
		"far from all":      {infra.UpOptions{Services: []string{"zookeeper"}}, "no service \"zookeeper\"\n  → services are: api, db, tool"},
		"profile":           {infra.UpOptions{Profiles: []string{"tool"}}, "no profile \"tool\"\n  → did you mean tools? profiles are: tools"},
		"negative time-out": {infra.UpOptions{Timeout: -5 * time.Second}, "-timeout=-5s is before the beginning\n  → -timeout=5m"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, fine)
			before := s.tree()
			r := s.Up(c.o)
			s.wantRefusal(r, failure.Usage, "")
			if r.Failed.Error() != c.want {
				t.Errorf("got\n%s\nwant\n%s", r.Failed, c.want)
			}
			s.untouched(before)
		})
	}
}

// wantRefusal: one line that begins with the place, one hint, and the code.
func (s *stack) wantRefusal(r stacktest.Result, code failure.Code, place string) {
	s.T.Helper()
	r.Want(s.T, code)
	lines := strings.Split(r.Failed.Error(), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], place) || !strings.HasPrefix(lines[1], "  → ") {
		s.T.Errorf("want one line at %s and a hint, got\n%s", place, r.Failed)
	}
	if r.Out+r.Err != "" {
		s.T.Errorf("said besides:\n%s%s", r.Out, r.Err)
	}
}

// tree is every path below the stack's directory.
func (s *stack) tree() string {
	s.T.Helper()
	var list strings.Builder
	err := filepath.WalkDir(s.Dir, func(path string, _ os.DirEntry, err error) error {
		list.WriteString(path + "\n")
		return err
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return list.String()
}

// untouched: the engine has nothing of the project, and no file was made.
func (s *stack) untouched(before string) {
	s.T.Helper()
	ctx := s.T.Context()
	networks, err := s.Client.Networks(ctx, s.Name)
	volumes, err2 := s.Client.Volumes(ctx, s.Name)
	if ids := s.IDs(); err != nil || err2 != nil || len(ids)+len(networks)+len(volumes) != 0 {
		s.T.Errorf("made %v %v %v (%v, %v)", ids, networks, volumes, err, err2)
	}
	if after := s.tree(); after != before {
		s.T.Errorf("files before\n%s\nand after\n%s", before, after)
	}
}

// What Mage itself makes of it: the code of the process, standard output and
// standard error apart.
func TestTheProcessEndsWithTheCodeOfTheMistake(t *testing.T) {
	t.Parallel()
	broken := strings.Replace(fine, "service_started", "service_redy", 1)
	for name, c := range map[string]struct {
		services string
		args     []string
		code     failure.Code
	}{
		"files":          {broken, []string{"infra:up"}, failure.Preflight},
		"files, -json":   {broken, []string{"infra:up", "-json"}, failure.Preflight},
		"files, status":  {broken, []string{"infra:status"}, failure.Preflight},
		"files, down":    {broken, []string{"infra:down"}, failure.Preflight},
		"service":        {fine, []string{"infra:up", "-services=apu"}, failure.Usage},
		"service, -json": {fine, []string{"infra:up", "-services=apu", "-json"}, failure.Usage},
		"profile":        {fine, []string{"infra:up", "-profile=tool"}, failure.Usage},
		"time-out":       {fine, []string{"infra:up", "-timeout=-5s"}, failure.Usage},
		"no duration":    {fine, []string{"infra:up", "-timeout=soon"}, failure.Usage},
		"no such flag":   {fine, []string{"infra:up", "-colour=blue"}, failure.Usage},
		"engine, -json":  {fine, []string{"infra:up", "-json"}, failure.Preflight},
		"engine":         {fine, []string{"infra:restart"}, failure.Preflight},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, c.services)
			if strings.HasPrefix(name, "engine") {
				s.Env = append(s.Env, "DOCKER_HOST=unix:///nowhere.sock")
			}
			cmd := s.Mage(c.args...)
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != int(c.code) {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out.String(), errs.String())
			}
			if errs.Len() == 0 {
				t.Error("nothing on standard error")
			}
			if !strings.Contains(name, "-json") {
				if out.Len() > 0 {
					t.Errorf("standard output: %q", out.String())
				}
				return
			}
			var doc report.Up
			s.Decode("up", out.String(), &doc)
			if doc.OK || doc.Changed || doc.ExitCode != int(c.code) || doc.Error == "" || !strings.Contains(errs.String(), doc.Error) {
				t.Errorf("document %+v, standard error %q", doc, errs.String())
			}
		})
	}
}
