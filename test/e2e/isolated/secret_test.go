package isolated_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// A secret is in the environment's file, and in that of the copy, which is its owner's
// alone: nobody says it, and nothing else that is remembered has it.
func TestNoSecretOfACopyComesOut(t *testing.T) {
	t.Parallel()
	const secret = "k7Qz4mWv9LxB2t"
	s := newStack(t, `
  db: {image: "lab/service:1", environment: {PASSWORD: "${DB_PASSWORD}", URL: "http://u:${DB_PASSWORD}@db:8080"}, ports: ["8080"], stop_grace_period: 1s, `+stacktest.Health+`}
  bad: {image: "lab/service:1", command: [none, "${DB_PASSWORD}"], profiles: [bad]}
`)
	s.File(".env", "DB_PASSWORD="+secret+"\nDB_URL=http://u:${DB_PASSWORD}@db:8080\n")
	binary := stacktest.Binary(t)
	for _, c := range []struct {
		call string
		code failure.Code
	}{
		{"test:up -name=a", 0}, {"test:up -name=a -json", 0}, {"test:env -name=a", 0}, {"test:env -name=a -json", 0}, {"test:list", 0}, {"test:list -json", 0},
		{"test:env -name=a -format=shell", failure.Refused}, {"test:env -name=a -only=DB_PASSWOR", failure.Usage},
		{"test:up -name=b -services=bad -timeout=20s", failure.NotReady}, {"test:up -name=b -services=bad -timeout=20s -json", failure.NotReady},
		{"test:up -name=a -services=nobody", failure.Usage}, {"test:down -name=nobody", failure.Usage},
	} {
		code, out := s.Exec(binary, strings.Fields(c.call)...)
		if failure.Code(code) != c.code || strings.Contains(out, secret) {
			t.Errorf("%s: exit code %d, not %d\n%s", c.call, code, c.code, out)
		}
	}
	err := filepath.WalkDir(s.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if name := strings.TrimPrefix(path, s.Dir+"/"); strings.Contains(string(text), secret) && name != ".env" && name != ".spellbook/test/a.env" && name != ".spellbook/test/b.env" {
			t.Errorf("%s has it:\n%s", name, text)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if code, out := s.Exec(binary, "test:env", "-name=a", "-only=DB_PASSWORD"); code != 0 || !strings.Contains(out, secret) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
