package build_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/build"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// beside are build sections of a service web that ours and `docker compose build`
// make the same of: its own keys as YAML. GIT and HTTP are a repository and a Dockerfile
// that others serve; a context below app has a Dockerfile of its own where none is
// said. A RUN writes what no two runs of it have, so that it has to be the same step.
var beside = map[string]struct {
	section string
	files   map[string]string
	lab     bool // takes a builder of our days, with Git beside it
}{
	"dockerfile in lower case": {section: "build: ../app", files: map[string]string{"app/Dockerfile": "", "app/dockerfile": "FROM BASE\nRUN UNIQUE\n"}},
	"both spellings":           {section: "build: ../app", files: map[string]string{"app/dockerfile": "FROM BASE\nRUN false\n"}},
	"an inline one":            {section: `build: {context: ../app, dockerfile_inline: "FROM BASE\nRUN UNIQUE && echo $${HOME}\n"}`},
	"one beside the context":   {section: "build: {context: ../app, dockerfile: ../other/web.Dockerfile}", files: map[string]string{"other/web.Dockerfile": "FROM BASE\nCOPY name /\nRUN UNIQUE\n"}},
	"an absolute one":          {section: "build: {context: ../app, dockerfile: DIR/other/web.Dockerfile}", files: map[string]string{"other/web.Dockerfile": "FROM BASE\nCOPY name /\nRUN UNIQUE\n"}},
	"a Git repository":         {section: "build: \"GIT#main\"", lab: true},
	"a Dockerfile in it":       {section: "build: {context: \"GIT#main\", dockerfile: sub/Dockerfile}", lab: true},
	"an inline one for it":     {section: `build: {context: "GIT#main", dockerfile_inline: "FROM BASE\nCOPY name /\nRUN UNIQUE\n"}`, lab: true},
	"a directory of it":        {section: "build: \"GIT#main:sub\"", lab: true},
	"a Dockerfile by URL":      {section: "build: HTTP/Dockerfile"},
	"what a step runs with": {section: "build: {context: ../app, extra_hosts: [\"db:10.0.0.7\"], shm_size: 32m, ulimits: {nofile: {soft: 77, hard: 99}}, network: none}",
		files: map[string]string{"app/Dockerfile": "FROM BASE\nRUN UNIQUE && grep db /etc/hosts >/hosts; df /dev/shm >/shm; ulimit -n >/limit; ls /sys/class/net >/net\n"}},
	"uncached":               {section: "build: {context: ../app, no_cache_filter: [none]}"},
	"names and labels":       {section: "build: {context: ../app, labels: {role: \"a, b\"}, tags: [\"sbtest/SELF:extra\"]}"},
	"a secret by its target": {section: "build: {context: ../app, secrets: [{source: token, target: other, uid: \"7\"}]}", files: map[string]string{"app/Dockerfile": "FROM BASE\nRUN --mount=type=secret,id=other,required=true UNIQUE && sha256sum /run/secrets/other >/sum\n"}},
	"its own platform":       {section: "platform: linux/amd64, build: {context: ../app, platforms: [linux/amd64]}"},
	"isolation":              {section: "build: {context: ../app, isolation: default, privileged: false, pull: false}"},
	"contexts": {section: "build: {context: ../app, additional_contexts: {dir: ../lib, image: \"docker-image://BASE\", git: \"GIT#main:sub\", file: \"HTTP/file\"}}", lab: true,
		files: map[string]string{"app/Dockerfile": "FROM BASE\nCOPY --from=dir part /part\nCOPY --from=image /etc/hostname /hostname\nCOPY --from=git name /git\nADD HTTP/file /file\nRUN UNIQUE\n"}},
	"without attestations": {section: "build: {context: ../app, provenance: false, sbom: false}", lab: true},
}

func TestOursAndComposesBuildsAreTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range beside {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, "")
			base := "lab/base:bookworm"
			if c.lab {
				lab := labBuilder(t)
				base, s.Env = lab.base(), append(s.Env, lab.Env...)
			}
			web := served(t, map[string]string{"/Dockerfile": "FROM " + base + "\nRUN " + unique + "\n", "/file": s.Name})
			fill := strings.NewReplacer("BASE", base, "UNIQUE", unique+" && echo "+s.Name, "DIR", s.Dir, "HTTP", web, "SELF", s.Name)
			s.File("app/name", s.Name)
			s.File("lib/part", s.Name)
			s.File("app/Dockerfile", fill.Replace("FROM BASE\nCOPY name /\nRUN UNIQUE\n"))
			for path, text := range c.files {
				if s.File(path, fill.Replace(text)); text == "" {
					_ = os.Remove(filepath.Join(s.Dir, path))
				}
			}
			section := fill.Replace(c.section)
			if strings.Contains(section, "GIT") {
				section = strings.ReplaceAll(section, "GIT", repository(t, fill.Replace("FROM BASE\nCOPY name /\nRUN UNIQUE\n")))
			}
			s.Write("  web: {image: \"sbtest/" + s.Name + ":dev\", " + section + "}\nsecrets: {token: {file: ../app/name}}\n")
			t.Cleanup(s.RemoveImages)
			s.built(build.Options{})
			image := "sbtest/" + s.Name + ":dev"
			ours := imageFacts(t, image)
			stacktest.Docker(t, "image", "rm", image)
			if code, out := s.Exec("docker", "compose", "--progress", "plain", "-f", "compose/docker-compose.yml", "build", "web"); code != 0 {
				t.Fatal(out)
			}
			if theirs := imageFacts(t, image); ours != theirs {
				t.Errorf("ours is\n%s\nand Compose's\n%s", ours, theirs)
			}
		})
	}
}

// unique is a command that is another each time that it runs.
const unique = "cat /proc/sys/kernel/random/uuid >/id"

// served is the address of an HTTP server of these texts.
func served(t *testing.T, texts map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, found := texts[r.URL.Path]
		if !found {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// repository is the address of a Git repository with a Dockerfile and a name, and
// others below sub.
func repository(t *testing.T, dockerfile string) string {
	t.Helper()
	dir := t.TempDir()
	work := filepath.Join(dir, "app.git")
	if err := os.MkdirAll(filepath.Join(work, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"Dockerfile": dockerfile, "name": "of Git\n"} {
		for _, path := range []string{name, filepath.Join("sub", name)} {
			if err := os.WriteFile(filepath.Join(work, path), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@example.invalid", "commit", "-q", "-m", "All"}} {
		if out, err := exec.Command("git", append([]string{"-C", work}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	daemon := exec.Command("git", "daemon", "--reuseaddr", "--export-all", "--listen=127.0.0.1", "--port="+strconv.Itoa(port), "--base-path="+dir)
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Process.Signal(os.Interrupt); _ = daemon.Wait() })
	address := "git://127.0.0.1:" + strconv.Itoa(port) + "/app.git"
	stacktest.Eventually(t, "git daemon answers", func() bool {
		return exec.Command("git", "ls-remote", address).Run() == nil
	})
	return address
}

// What is wrong with a build is told by whoever is asked for it, and no one else.
func TestABuildOfAnInactiveProfileIsNoMatterToUsNorToCompose(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	s.File("compose/docker-compose.backend.yml", "services:\n  web: {image: \"sbtest/"+s.Name+":dev\", build: ../app}\n  tool: {profiles: [tools], build: ../gone}\n")
	s.File("compose/docker-compose.yml", "name: "+s.Name+"\nservices: {db: {image: \"lab/service:1\"}}\n")
	s.File("app/Dockerfile", "FROM lab/base:bookworm\nRUN echo "+s.Name+"\n")
	t.Cleanup(s.RemoveImages)
	compose := func(args ...string) int {
		code, _ := s.Exec("docker", append([]string{"compose", "-f", "compose/docker-compose.yml", "-f", "compose/docker-compose.backend.yml"}, args...)...)
		return code
	}
	for _, c := range []struct {
		profile  string
		services []string
		fails    bool
	}{{"", nil, false}, {"tools", nil, true}, {"", []string{"tool"}, true}, {"", []string{"web"}, false}} {
		s.Env = append(s.Env, "COMPOSE_PROFILES="+c.profile)
		r := s.build(build.Options{Services: c.services})
		if code := compose(append([]string{"build"}, c.services...)...); (code != 0) != c.fails || (r.Code != failure.OK) != c.fails {
			t.Errorf("%+v: Compose exits with %d, and we with\n%s", c, code, r.All())
		}
	}
}

func TestACacheInTheContextLeavesTheImageAsItIs(t *testing.T) {
	t.Parallel()
	lab := labBuilder(t)
	s := newStack(t, "")
	s.Write("  web: {image: \"sbtest/" + s.Name + ":dev\", build: {context: ../app, cache_to: [\"type=local,dest=app/.cache,mode=max\"], cache_from: [\"type=local,src=app/.cache\"]}}\n")
	t.Cleanup(s.RemoveImages)
	s.Env = append(s.Env, lab.Env...)
	s.File("app/Dockerfile", "FROM "+lab.base()+"\nCOPY . /context\n")
	s.File("app/name", s.Name)
	is(t, s.built(build.Options{}), report.ImageBuilt, "no image yet")
	if s.Read("app/.cache/index.json") == "" {
		t.Error("there is no cache")
	}
	is(t, s.built(build.Options{}), report.ImageExists, "")
	s.File("app/name", s.Name+" anew")
	is(t, s.built(build.Options{}), report.ImageBuilt, "name changed")
	is(t, s.built(build.Options{}), report.ImageExists, "")
}

// tooNew are lines that BuildKit 0.8, that of Docker 20.10, cannot read.
var tooNew = map[string]string{
	"a heredoc of RUN":    "RUN <<END\necho hello\nEND",
	"a heredoc of COPY":   "COPY <<END /hello\nhello\nEND",
	"two of them":         "COPY <<A <<B /\na\nA\nb\nB",
	"COPY --link":         "COPY --link name /",
	"COPY --exclude":      "COPY --exclude=*.txt . /",
	"COPY --parents":      "COPY --parents name /",
	"ADD --checksum":      "ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 name /",
	"ADD --keep-git-dir":  "ADD --keep-git-dir=true name /",
	"ADD --unpack":        "ADD --unpack=true name /",
	"HEALTHCHECK":         "HEALTHCHECK --start-interval=1s CMD true",
	"a mount's variable":  "RUN --mount=type=secret,id=a,env=A true",
	"a mount's size":      "RUN --mount=type=tmpfs,target=/x,size=1m true",
	"a pattern":           "ARG A=a.b\nLABEL a=${A#a.}",
	"a step's device":     "RUN --device=a.b/c=d true",
	"a step's privileges": "RUN --security=insecure true",
	"a step's network":    "RUN --network=none true",
}

func TestABuilderThatIsTooOldForALineIsToldAndTheLineThatHelps(t *testing.T) {
	t.Parallel()
	version := stacktest.Docker(t, "version", "--format", "{{.Server.Version}}")
	for name, line := range tooNew {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, "")
			s.Write("  web: {image: \"sbtest/" + s.Name + ":dev\", build: ../app}\n")
			t.Cleanup(s.RemoveImages)
			s.Env = append(s.Env, ownBuilder().Env...)
			s.File("app/name", s.Name)
			s.File("app/Dockerfile", "FROM lab/base:bookworm\n"+line+"\n")
			r := s.build(build.Options{All: true})
			if r.Code == failure.OK || !strings.HasPrefix(version, "20.10.") { // others read some of them, or want more for them
				r.SaysNot(t, "unexpected key", "correct line")
				return
			}
			first, _, _ := strings.Cut(line[strings.LastIndex(line, "\nLABEL")+1:], "\n")
			r.Want(t, failure.Preflight).Says(t, "the builder is too old for line ", first, "# syntax=docker/dockerfile:1", "docker buildx create")
		})
	}
}
