package project

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/infinitescribe/spellbook/internal/composeload"
)

// remembered is a project whose models are remembered.
type remembered struct {
	t       *testing.T
	root    string
	models  string
	environ []string
}

func newRemembered(t *testing.T, text string) *remembered {
	r := &remembered{t: t, root: t.TempDir(), models: filepath.Join(t.TempDir(), "models"), environ: []string{"HOME=/h"}}
	r.write("compose.yml", text)
	return r
}

func (r *remembered) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.root, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// load loads with the memory, and fails where it comes to anything else than without.
func (r *remembered) load(profiles ...string) *Project {
	r.t.Helper()
	o := Options{Environ: r.environ, Profiles: profiles}
	plain, err := Load(r.t.Context(), Layout{Root: r.root}, o)
	if err != nil {
		r.t.Fatal(err)
	}
	o.Models = composeload.Models(r.models)
	p, err := Load(r.t.Context(), Layout{Root: r.root}, o)
	if err != nil {
		r.t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Model, plain.Model) || !reflect.DeepEqual(p.environ, plain.environ) || p.Name != plain.Name {
		r.t.Errorf("with the memory the model is\n%#v\nwithout\n%#v", p.Model, plain.Model)
	}
	if !reflect.DeepEqual(p.Warnings, plain.Warnings) {
		r.t.Errorf("warnings are %q and %q", p.Warnings, plain.Warnings)
	}
	return p
}

// kept are the files of the memory.
func (r *remembered) kept() []string {
	files, _ := filepath.Glob(filepath.Join(r.models, "*"))
	return files
}

const rich = `name: shop
x-common: &common {restart: unless-stopped, x-own: {deep: [1, two, 2.5, true, null]}}
services:
  web:
    <<: *common
    image: ${IMAGE:-app}:1
    environment: [TOKEN, "N=1"]
    env_file: [some.env]
    build: {context: ./app, args: [VERSION]}
    ports: ["8080:80", "9000-9001:9000-9001/udp"]
    volumes: ["data:/data", "./here:/there:ro", "~/x:/x"]
    configs: [{source: conf, mode: 0440}]
    secrets: [key]
    deploy: {replicas: 2, resources: {limits: {cpus: "0.5", memory: 64M}}}
    healthcheck: {test: exit 0, interval: 1m30s, retries: 3}
    depends_on: {db: {condition: service_healthy, required: false}}
    networks: {front: {aliases: [w], ipv4_address: 10.1.0.2}}
    ulimits: {nofile: {soft: 10, hard: 20}}
    gpus: all
  db: {image: db, profiles: [extra], networks: {front: }, entrypoint: []}
networks: {front: {ipam: {config: [{subnet: 10.1.0.0/16}]}}}
volumes: {data: {labels: {a: b}}}
configs: {conf: {content: "x ${A:-y}"}}
secrets: {key: {environment: PASSWORD}}
`

func TestAModelIsTheSameFromMemory(t *testing.T) {
	r := newRemembered(t, rich)
	r.environ = append(r.environ, "PASSWORD=s3cr3t-of-the-shell", "TOKEN=s3cr3t-token")
	r.write("some.env", "FROM=file\n")
	r.load()
	if len(r.kept()) != 1 {
		t.Fatalf("%d models are kept, want 1", len(r.kept()))
	}
	before, _ := os.Stat(r.kept()[0])
	r.load()
	r.load()
	if after, _ := os.Stat(r.kept()[0]); !os.SameFile(before, after) || before.Mode().Perm() != 0o600 {
		t.Error("the model was written again, or others can read it")
	}
	data, _ := os.ReadFile(r.kept()[0])
	for _, text := range []string{"s3cr3t", "unless-stopped", "shop"} {
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("%q can be read in what is kept", text)
		}
	}
}

// What is asked of each step is that the memory comes to what the files come to.
func TestEveryChangeIsSeenByWhoHasAModelInMemory(t *testing.T) {
	r := newRemembered(t, rich)
	r.write("some.env", "FROM=file\n")
	r.load()
	for name, step := range map[string]func(){
		"the text":                               func() { r.write("compose.yml", rich+"x-more: 1\n") },
		"a variable with a dollar":               func() { r.environ = append(r.environ, "IMAGE=other") },
		"one that was not set, in an escape":     func() { r.environ = append(r.environ, "A=z") },
		"a variable of environment: [NAME]":      func() { r.environ = append(r.environ, "TOKEN=t") },
		"a variable of args: [NAME]":             func() { r.environ = append(r.environ, "VERSION=2") },
		"what an env_file says":                  func() { r.write("some.env", "FROM=other\n") },
		"an override":                            func() { r.write("compose.override.yml", "services: {web: {image: over}}\n") },
		"the environment's file":                 func() { r.write(".env", "IMAGE=fromfile\n") },
		"the project's name":                     func() { r.environ = append(r.environ, "COMPOSE_PROJECT_NAME=other") },
		"the profiles of the shell":              func() { r.environ = append(r.environ, "COMPOSE_PROFILES=extra") },
		"a variable that is in no file":          func() { r.environ = append(r.environ, "ELSEWHERE=1") },
		"a setting of Docker's that changes one": func() { r.environ = append(r.environ, "DOCKER_DEFAULT_PLATFORM=linux/arm64") },
	} {
		t.Run(name, func(t *testing.T) {
			before := *r
			r.t = t
			step()
			r.load()
			r.load()
			r.load("extra")
			*r = before
			_ = os.Remove(filepath.Join(r.root, "compose.override.yml"))
			_ = os.Remove(filepath.Join(r.root, ".env"))
			r.write("compose.yml", rich)
			r.write("some.env", "FROM=file\n")
		})
	}
}

func TestWhatAnEnvFileWarnsOfIsToldEachTime(t *testing.T) {
	r := newRemembered(t, "name: a\nservices: {a: {image: a, env_file: [some.env]}}\n")
	r.write("some.env", "FROM=${NOBODY_SETS_IT}\n")
	for range 2 {
		if p := r.load(); len(p.Warnings) == 0 {
			t.Error("nothing is told")
		}
	}
	if len(r.kept()) != 1 {
		t.Error("it is not kept")
	}
}

func TestADamagedModelIsNone(t *testing.T) {
	r := newRemembered(t, rich)
	r.write("some.env", "")
	r.load()
	whole, err := os.ReadFile(r.kept()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{nil, whole[:5], whole[:len(whole)-1], append(bytes.Clone(whole[:40]), bytes.Repeat([]byte{0xff}, 40)...)} {
		if err := os.WriteFile(r.kept()[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		r.load()
		if again, _ := os.ReadFile(r.kept()[0]); len(again) != len(whole) {
			t.Errorf("%d bytes were not replaced", len(damaged))
		}
	}
}

// What compose-go looks for elsewhere than in the text, or warns of, is not kept.
func TestWhatIsNotInTheTextIsNotKept(t *testing.T) {
	for name, text := range map[string]string{
		"a label file":    "name: a\nservices: {a: {image: a, label_file: some.env}}\n",
		"another file":    "name: a\ninclude: [other.yml]\nservices: {a: {image: a}}\n",
		"a base":          "name: a\nservices: {a: {extends: {file: other.yml, service: b}}}\n",
		"a watched path":  "name: a\nservices: {a: {image: a, build: ., develop: {watch: [{action: sync, path: ., target: /a}]}}}\n",
		"a missing value": "name: a\nservices: {a: {image: \"a${MISSING}\"}}\n",
		"a made name":     "name: a\nservices: {a: {image: a, environment: [\"${HOME}_TOKEN\"]}}\n",
		"a made source":   "name: a\nservices: {a: {image: a, secrets: [s]}}\nsecrets: {s: {environment: \"X${HOME}\"}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRemembered(t, text)
			r.write("some.env", "a=b\n")
			r.write("other.yml", "services: {b: {image: b}}\n")
			r.load()
			if len(r.kept()) != 0 {
				t.Error("it is kept")
			}
		})
	}
}

func TestTheModelsWrittenLastAreKept(t *testing.T) {
	r := newRemembered(t, "")
	for i := range 40 {
		r.write("compose.yml", "name: a\nservices: {a: {image: a"+string(rune('a'+i%26))+string(rune('a'+i/26))+"}}\n")
		r.load()
	}
	if n := len(r.kept()); n != 32 {
		t.Errorf("%d models are kept, want 32", n)
	}
	last, _ := os.Stat(r.kept()[0])
	for _, f := range r.kept() {
		if info, _ := os.Stat(f); info.ModTime().After(last.ModTime()) {
			last = info
		}
	}
	r.load()
	for _, f := range r.kept() {
		if info, _ := os.Stat(f); info.ModTime().After(last.ModTime()) {
			t.Error("the model written last had gone")
		}
	}
}
