package build_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/infinitescribe/spellbook/internal/bake"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// bakeSections are build sections with the plan.Build that they come to; DIR
// stands for the project's directory in both. build.entitlements and
// build.privileged are not among them: bake leaves them out of Compose files,
// `docker compose build` hands them over as we do, and so with build.no_cache_filter. Nor
// is a ulimit of one number, which bake reads as 0:0.
var bakeSections = map[string]struct {
	section string
	build   plan.Build
}{
	"least":      {"{context: .}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile"}},
	"dockerfile": {"{context: sub, dockerfile: ../Other.Dockerfile, target: run}", plan.Build{Context: "DIR/sub", Dockerfile: "DIR/Other.Dockerfile", Target: "run"}},
	"inline": {`{context: ., dockerfile_inline: "FROM lab/base:bookworm\nRUN echo $${HOME} $$X\n"}`,
		plan.Build{Context: "DIR", Inline: "FROM lab/base:bookworm\nRUN echo ${HOME} $X\n"}},
	"args":   {`{context: ., args: {A: one, EMPTY: "", CURLY: "$${x} %{y}"}}`, plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Args: map[string]string{"A": "one", "EMPTY": "", "CURLY": "${x} %{y}"}}},
	"labels": {`{context: ., labels: [role=sample, "note=a, b"]}`, plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Labels: map[string]string{"role": "sample", "note": "a, b"}}},
	"tags":   {"{context: ., tags: [sbtest/a:1, sbtest/b:2]}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Tags: []string{"sbtest/a:1", "sbtest/b:2"}}},
	"caches": {`{context: ., cache_from: ["sbtest/cache:1", "type=local,src=/cache"], cache_to: ["type=local,dest=/cache,mode=max"]}`,
		plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", CacheFrom: []string{"sbtest/cache:1", "type=local,src=/cache"}, CacheTo: []string{"type=local,dest=/cache,mode=max"}}},
	"secrets": {"{context: ., secrets: [filed, varied]}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile",
		Secrets: []plan.BuildSecret{{ID: "filed", File: "DIR/secret,with comma"}, {ID: "varied", Env: "SBTEST_TOKEN"}}}},
	"ssh": {"{context: ., ssh: [default, deploy=DIR/agent]}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", SSH: []string{"default", "deploy=DIR/agent"}}},
	"contexts": {"{context: ., additional_contexts: {dir: sub, image: docker-image://lab/base:bookworm, other: service:least}}",
		plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Contexts: map[string]string{"dir": "DIR/sub", "image": "docker-image://lab/base:bookworm", "other": "target:least"}}},
	"platforms": {"{context: ., platforms: [linux/amd64, linux/arm64]}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Platforms: []string{"linux/amd64", "linux/arm64"}}},
	"runtime": {`{context: ., network: host, extra_hosts: ["db:10.0.0.1", "db:10.0.0.2"], shm_size: 64m, ulimits: {nofile: {soft: 10, hard: 20}, nproc: {soft: 5, hard: 5}}}`,
		plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Network: "host", ExtraHosts: map[string][]string{"db": {"10.0.0.1", "10.0.0.2"}}, ShmSize: 64 << 20, Ulimits: []string{"nofile=10:20", "nproc=5:5"}}},
	"fresh":    {"{context: ., pull: true, no_cache: true}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Pull: true, NoCache: true}},
	"attested": {"{context: ., provenance: mode=max, sbom: true}", plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Provenance: "mode=max", SBOM: "true"}},
	"unattested": {"{context: ., provenance: false, sbom: false}",
		plan.Build{Context: "DIR", Dockerfile: "DIR/Dockerfile", Provenance: "false", SBOM: "false"}},
	"remote": {`{context: "https://example.com/a.git#main:sub", dockerfile: x/Dockerfile}`, plan.Build{Context: "https://example.com/a.git#main:sub", Dockerfile: "x/Dockerfile"}},
}

func TestABakeFileIsWhatBakeMakesOfTheSameBuildSection(t *testing.T) {
	dir := agentDir(t)
	var compose strings.Builder
	compose.WriteString("services:\n")
	var builds []plan.Build
	for _, name := range slices.Sorted(maps.Keys(bakeSections)) {
		compose.WriteString("  " + name + ": {build: " + bakeSections[name].section + "}\n")
		b := bakeSections[name].build
		b.Name = name
		builds = append(builds, b)
	}
	compose.WriteString("secrets: {filed: {file: \"DIR/secret,with comma\"}, varied: {environment: SBTEST_TOKEN}}\n")
	file := filepath.Join(dir, "docker-compose.yml")
	for path, text := range map[string]string{file: strings.ReplaceAll(compose.String(), "DIR", dir), "secret,with comma": "x", "Dockerfile": "FROM scratch\n"} {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ours, err := bake.File(builds)
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(bakeSections))
	want := bakePrint(t, dir, nil, file, names)
	got := bakePrint(t, dir, bytes.ReplaceAll(ours, []byte("DIR"), []byte(dir)), "-", names)
	for _, name := range names {
		if w, g := resolved(t, dir, want[name]), resolved(t, dir, got[name]); !reflect.DeepEqual(w, g) {
			t.Errorf("%s:\n got  %v\n want %v", name, g, w)
		}
	}
}

// agentDir has a socket named agent in it, as an ssh agent's; the path of one
// has 107 characters at most.
func agentDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sbtest-") //nolint:usetesting // t.TempDir's path is too long
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "agent"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close(); _ = os.RemoveAll(dir) })
	return dir
}

// bakePrint is what bake understands of a file, by target.
func bakePrint(t *testing.T, dir string, stdin []byte, file string, names []string) map[string]map[string]any {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "docker", append([]string{"buildx", "bake", "--print", "-f", file}, names...)...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	// ssh: bake looks for the agent's socket as soon as it reads the file.
	cmd.Env = append(os.Environ(), "SBTEST_TOKEN=never printed", "SSH_AUTH_SOCK="+filepath.Join(dir, "agent"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if bytes.Contains(out, []byte("never printed")) {
		t.Error("a secret's value is printed")
	}
	var file2 struct {
		Target map[string]map[string]any
	}
	if err := json.Unmarshal(out, &file2); err != nil {
		t.Fatal(err)
	}
	return file2.Target
}

// resolved writes paths and sizes the same way; bake fills them in only when
// it builds.
func resolved(t *testing.T, dir string, target map[string]any) map[string]any {
	t.Helper()
	local := func(base, path string) string {
		if filepath.IsAbs(path) || strings.Contains(path, ":") {
			return path
		}
		return filepath.Join(base, path)
	}
	context, _ := target["context"].(string)
	target["context"] = local(dir, context)
	if file, ok := target["dockerfile"].(string); ok && !strings.Contains(context, ":") {
		target["dockerfile"] = local(target["context"].(string), file)
	}
	if target["dockerfile-inline"] != nil {
		delete(target, "dockerfile") // Compose writes one that nothing reads
	}
	if contexts, ok := target["contexts"].(map[string]any); ok {
		for name, path := range contexts {
			contexts[name] = local(dir, path.(string))
		}
	}
	if size, ok := target["shm-size"].(string); ok {
		var bytes types.UnitBytes
		if err := bytes.DecodeMapstructure(size); err != nil {
			t.Fatal(err)
		}
		target["shm-size"] = int64(bytes)
	}
	if limits, ok := target["ulimits"].([]any); ok {
		slices.SortFunc(limits, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	}
	return target
}
