package env_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/project"
)

// includeFiles are a project of three levels in which each variable is set in
// other places.
var includeFiles = map[string]string{
	"compose/docker-compose.yml": `name: including
include:
  - {path: part/compose.yml, env_file: [part/one.env, part/two.env]}
  - beside/compose.yml
services: {outer: {image: x, environment: {A: "${A:-d}", B: "${B:-d}", C: "${C:-d}", D: "${D:-d}", E: "${E:-d}"}}}
`,
	"compose/part/compose.yml": `include:
  - deeper/compose.yml
services: {part: {image: x, environment: {A: "${A:-d}", B: "${B:-d}", C: "${C:-d}", D: "${D:-d}", E: "${E:-d}"}}}
`,
	"compose/part/deeper/compose.yml": `services: {deeper: {image: x, environment: {A: "${A:-d}", B: "${B:-d}", C: "${C:-d}", D: "${D:-d}", E: "${E:-d}"}}}
`,
	"compose/beside/compose.yml": `services: {beside: {image: x, environment: {A: "${A:-d}", B: "${B:-d}", C: "${C:-d}", D: "${D:-d}", E: "${E:-d}"}}}
`,
	"compose/part/one.env":     "A=one\nB=one\nC=one\n",
	"compose/part/two.env":     "C=two-${B}\n",
	"compose/part/deeper/.env": "A=own\nB=own\nC=own\nD=own-${A}\n",
	"compose/beside/.env":      "B=beside\nE=beside\n",
	"env/.env.example":         "A=\n",
	"env/.env.local":           "A=root\n",
}

// What env:explain says to hold in an included file is what the Compose CLI
// fills in there.
func TestExplainSaysWhatTheComposeCLIFillsInInIncludedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range includeFiles {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("env/.env.local", filepath.Join(dir, ".env")); err != nil {
		t.Fatal(err)
	}
	filled := filledByCLI(t, dir)
	for _, name := range []string{"A", "B", "C", "D", "E"} {
		var out, errs strings.Builder
		w := &app.Run{Layout: project.Layout{Root: dir}, Dir: dir, Environ: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir},
			In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now}
		if err := env.Explain(context.WithoutCancel(t.Context()), w, name, false); err != nil {
			t.Fatal(err, errs.String())
		}
		for service, values := range filled {
			if want := values[name]; !says(out.String(), service, name, want) {
				t.Errorf("%s in %s is %s by the Compose CLI; env:explain says:\n%s", name, service, want, out.String())
			}
		}
	}
}

// says: a service reads a value, by a note or because it is the winner's.
func says(text, service, name, want string) bool {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != service || !strings.HasPrefix(fields[2], "services.") {
			continue
		}
		if strings.Contains(line, "holds") {
			return strings.HasSuffix(strings.TrimSpace(line), "holds: "+want)
		}
		return strings.HasPrefix(text, name+" is "+want+",")
	}
	return false
}

func filledByCLI(t *testing.T, dir string) map[string]map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", "compose", "-f", "compose/docker-compose.yml", "--env-file", ".env", "config", "--format", "json")
	cmd.Dir = dir
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Services map[string]struct{ Environment map[string]string }
	}
	if err := json.Unmarshal(text, &model); err != nil || len(model.Services) != 4 {
		t.Fatal(err, string(text))
	}
	filled := map[string]map[string]string{}
	for name, s := range model.Services {
		filled[name] = s.Environment
	}
	return filled
}
