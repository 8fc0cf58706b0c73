package canary_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// looking are the calls that only look; every target is here or among changing,
// and one with a flag -dry is here with it. Nothing of them writes below the
// repository.
var looking = []string{
	"infra:up -dry", "infra:up -dry -json", "infra:down -dry", "infra:down -volumes -dry", "infra:pull -dry", "infra:status", "infra:status -json",
	"infra:logs", "infra:stats", "infra:stats -json", "infra:config", "infra:config -json", "infra:graph", "infra:timeline", "infra:timeline -json",
	"env:show", "env:show -json", "env:list", "env:check", "env:check -env=local", "env:explain DB_PORT", "env:diff local dev", "env:export", "env:sync -dry",
	"build:backend -dry", "build:backend -dry -json", "build:all -dry", "build:plan", "build:plan -json", "build:images", "build:explain app",
	"build:sbom", "build:scan",
	"deploy:setup dev -dry", "deploy:to dev -dry", "deploy:dev -dry", "deploy:status dev", "deploy:history dev", "deploy:lock dev", "deploy:logs dev",
	"deploy:infra dev -dry", "deploy:app dev -dry", "deploy:plan dev", "deploy:drift dev",
	"plugin:list", "plugin:list -json", "plugin:info maildev", "plugin:verify", "plugin:sync -check",
	"clean:all -dry", "clean:containers -dry", "clean:images -dry", "clean:volumes -dry",
	"task:list", "task:list -json", "task:graph",
	"kafka:topics", "kafka:groups", "kafka:tail t", "milvus:collections", "milvus:databases", "minio:buckets", "minio:ls b", "minio:mirror app b -dry", "prefect:health",
	"maildev:inbox", "maildev:show 1", "test:list", "test:list -json",
}

// changing are the targets that do something.
var changing = []string{
	"infra:up", "infra:down", "infra:restart", "infra:stop", "infra:start", "infra:recreate", "infra:pull",
	"infra:exec", "infra:shell", "infra:psql", "infra:redis", "infra:cypher", "infra:dump", "infra:import",
	"env:local", "env:dev", "env:test", "env:lab", "env:use", "env:sync", "env:set", "env:rotate", "env:template", "env:isolate",
	"build:backend", "build:all", "dev:up", "dev:watch", "deploy:to", "deploy:dev", "deploy:rollback", "deploy:unlock", "deploy:maintenance", "deploy:setup",
	"deploy:infra", "deploy:app",
	"deploy:exec", "deploy:shell", "deploy:ssh", "deploy:env", "deploy:forward",
	"plugin:enable", "plugin:disable", "plugin:backup", "plugin:restore", "plugin:new", "plugin:test", "plugin:sync", "plugin:add", "plugin:remove",
	"clean:all", "clean:containers", "clean:images", "clean:volumes", "task:run", "ci", "bench",
	"kafka:create", "kafka:delete", "kafka:produce", "minio:mirror", "maildev:clear",
	"test:unit", "test:integration", "test:all", "test:coverage",
	"test:up", "test:down", "test:env",
}

var targetLine = regexp.MustCompile(`(?m)^  ([a-z]+(?::[a-zA-Z]+)?)\*? `)

func TestEveryTargetIsKnownToLookOrToChange(t *testing.T) {
	t.Parallel()
	s := &stack{Stack: stacktest.Stack{T: t, Dir: stacktest.Root(t), Env: os.Environ()}}
	_, list := s.Exec(stacktest.Binary(t), "-l")
	found := targetLine.FindAllStringSubmatch(list, -1)
	if len(found) < 50 {
		t.Fatalf("the list of targets is\n%s", list)
	}
	for _, match := range found {
		target := strings.ToLower(match[1])
		looks := slices.ContainsFunc(looking, func(call string) bool { name, _, _ := strings.Cut(call, " "); return name == target })
		changes := slices.Contains(changing, target)
		if !looks && !changes {
			t.Errorf("%s is new: say whether it looks or changes something", target)
		}
		if !changes {
			continue
		}
		_, help := s.Exec(stacktest.Binary(t), "-h", target)
		dry := slices.ContainsFunc(looking, func(call string) bool { return strings.HasPrefix(call, target+" ") && strings.Contains(call, " -dry") })
		if strings.Contains(help, "-dry") && !dry {
			t.Errorf("%s has a flag -dry, with which it looks", target)
		}
	}
}

func TestWhatOnlyLooksWritesNothing(t *testing.T) {
	t.Parallel()
	for state, begin := range map[string]func(s *stack){
		"without .env": func(*stack) {},
		"with .env": func(s *stack) {
			if code, out := s.Exec(stacktest.Binary(t), "env:local"); code != 0 {
				t.Fatal(out)
			}
		},
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, `
  db: {image: "lab/service:1", environment: {WORD: "${DB_PASSWORD:?}"}, ports: ["127.0.0.1:${DB_PORT:-0}:80"]}
  app: {image: "app:dev", build: {context: ../app}}
`)
			s.File("app/Dockerfile", "FROM lab/service:1\nCOPY . /app\n")
			s.File("app/file", "1")
			s.File("env/.env.example", "# [secret] [generate 24]\nDB_PASSWORD=\n# [port]\nDB_PORT=54329\n")
			begin(s)
			before := s.everyFile()
			for _, call := range looking {
				code, out := s.Exec(stacktest.Binary(t), strings.Fields(call)...)
				after := s.everyFile()
				if diff := changed(before, after); len(diff) > 0 {
					t.Errorf("%s (exit code %d) has written %v:\n%s", call, code, diff, out)
					before = after
				}
				if slices.Contains([]string{"infra:up -dry", "build:all -dry", "build:plan"}, call) && code != 0 {
					t.Errorf("%s: exit code %d\n%s", call, code, out)
				}
			}
		})
	}
}

// everyFile is everything below the repository: names, modes, sizes, times, contents.
func (s *stack) everyFile() map[string]string {
	s.T.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		said := fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			said += fmt.Sprintf(" %x", sha256.Sum256(text))
		}
		tree[strings.TrimPrefix(path, s.Dir)] = said
		return nil
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return tree
}

func changed(before, after map[string]string) (names []string) {
	for name := range maps.Keys(after) {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	for name := range maps.Keys(before) {
		if _, still := after[name]; !still {
			names = append(names, "-"+name)
		}
	}
	slices.Sort(names)
	return names
}
