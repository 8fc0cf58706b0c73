package project

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"

	"github.com/infinitescribe/spellbook/internal/composeload"
)

// large files with what a service may have, and an overlay that changes some.
func largeFiles(t *testing.T, dir, name, end string) []string {
	t.Helper()
	var base, over strings.Builder
	fmt.Fprintf(&base, "%sservices:\n", name)
	over.WriteString("x-more: {a: 1}\nservices:\n")
	for i := range 240 {
		fmt.Fprintf(&base, `  s%[1]d:
    image: ${IMAGE:-app}:${TAG:?set TAG}
    build: {context: ./app, args: {A: "${A:-1}"}}
    environment: [N=%[1]d, HOME, "OTHER=${OTHER-}"]
    env_file: [some.env]
    labels: [team=a]
    command: run --all
    networks: [front]
    ports: ["%[2]d:80", "9${PORT:-000}-9001/udp"]
    volumes: ["data:/data", "./here:/there:ro"]
    configs: [conf]
    secrets: [{source: key, mode: 0400}]
    deploy: {resources: {limits: {cpus: "${CPUS:-0.5}", memory: 64M}}}
    healthcheck: {test: exit 0, interval: 1m30s}
    x-own: {deep: [1, two]}
`, i, 10000+i)
		if i%7 > 3 {
			fmt.Fprintf(&base, "    depends_on: {s%d: {condition: service_started, required: false}}\n", i-1)
		}
		if i%7 == 3 {
			base.WriteString("    profiles: [extra]\n")
		}
		if i%10 == 0 {
			fmt.Fprintf(&over, "  s%d: {environment: {N: over}, ports: ['%d:80', '%d:81']}\n", i, 10000+i, 20000+i)
		}
	}
	base.WriteString("networks: {front: }\nvolumes: {data: {labels: {a: b}}}\nconfigs: {conf: {content: 'x ${A:-y}'}}\nsecrets: {key: {environment: A}}\n" + end)
	files := map[string]string{"a.yml": base.String(), "b.yml": over.String(), "some.env": "FROM=file\n"}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"a.yml", "b.yml"}
}

func TestAModelIsTheSameInPartsAndAsAWhole(t *testing.T) {
	for _, c := range []struct {
		title, name string
		environ     []string
		profiles    []string
	}{
		{"named", "name: shop\n", nil, nil},
		{"by its directory", "", []string{"A=2"}, nil},
		{"by the shell", "name: shop\n", []string{"COMPOSE_PROJECT_NAME=other", "COMPOSE_PROFILES=none, extra"}, nil},
		{"a profile", "name: shop\n", nil, []string{"extra"}},
	} {
		t.Run(c.title, func(t *testing.T) {
			dir, environ := t.TempDir(), append(c.environ, "TAG=1", "HOME=/h")
			load := func(end string) *Project {
				p, err := Load(t.Context(), Layout{Root: dir, Files: largeFiles(t, dir, c.name, end)}, Options{Environ: environ, Profiles: c.profiles})
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			parts, whole := load(""), load("# as a whole because of this: \\\n")
			if len(parts.Model.Services)+len(parts.Model.DisabledServices) != 240 || !reflect.DeepEqual(parts.Model, whole.Model) {
				t.Errorf("%d and %d services, and they differ", len(parts.Model.Services), len(whole.Model.Services))
			}
			if !reflect.DeepEqual(parts.Warnings, whole.Warnings) {
				t.Errorf("warnings are %q and %q", parts.Warnings, whole.Warnings)
			}
		})
	}
}

func TestALargeModelIsReadInParts(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, file := range largeFiles(t, dir, "name: shop\n", "") {
		files = append(files, filepath.Join(dir, file))
	}
	options := &cli.ProjectOptions{ConfigPaths: files, Environment: map[string]string{"TAG": "1"}}
	in := composeload.InParts(options, nil)
	if in == nil || in.Load(t.Context()) == nil {
		t.Error("it was left to the plain way")
	}
}

func TestAMistakeInALargeModelIsToldAsInASmallOne(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(t.Context(), Layout{Root: dir, Files: largeFiles(t, dir, "name: shop\n", "")}, Options{})
	if err == nil || !strings.Contains(err.Error(), "a.yml:4") || !strings.Contains(err.Error(), "TAG") {
		t.Errorf("error is %v", err)
	}
}
