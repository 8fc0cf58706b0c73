package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/tree"

	"github.com/infinitescribe/spellbook/internal/composeload"
)

// every kind of value that interpolation turns into something else than text.
const castFile = `name: lab
services:
  api:
    image: app
    init: ${YES:-true}
    privileged: ${NO:-false}
    cpus: ${HALF:-0.5}
    pids_limit: ${N:-100}
    scale: ${ONE:-1}
    ulimits:
      nproc: ${N:-100}
      nofile: {soft: "${N:-100}", hard: "${N:-100}"}
    healthcheck: {test: [CMD, ok], retries: "${N:-100}"}
    ports: [{target: "${PORT:-80}"}]
    volumes: [{type: volume, source: data, target: /data, read_only: "${YES:-true}", volume: {nocopy: "${YES:-true}"}}]
    deploy: {update_config: {parallelism: "${ONE:-1}", max_failure_ratio: "${HALF:-0.5}"}}
volumes:
  data: {external: "${NO:-false}"}
`

func TestAModelIsTheSameWithTheRulesItNeedsAndWithAllOfThem(t *testing.T) {
	few, all := digestsOf(t, castFile), digestsOf(t, castFile+"# all rules, because of this: \\\n")
	if few.Shared != all.Shared || few.Services["api"] != all.Services["api"] {
		t.Errorf("digests are %v with few rules, %v with all", few, all)
	}
}

func digestsOf(t *testing.T, text string) Digests {
	t.Helper()
	p, err := Load(t.Context(), Layout{Root: "/", Files: []string{composeFile(t, text)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.Digests()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func composeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "compose.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRulesAreDroppedOnlyWhereNoKeyOfTheFilesCanMeanThem(t *testing.T) {
	for text, want := range map[string]int{
		"services: {api: {image: app}}":                                   0,
		"services: {api: {init: true}}":                                   1,
		"services: {api: {ulimits: {nproc: 1}}}":                          1,
		"services: {api: {extends: {service: base}}}":                     3,
		"include: [other.yml]":                                            3,
		`services: {api: {"in\x69t": true}}`:                              3,
		"\xff\xfes\x00e\x00r\x00v\x00i\x00c\x00e\x00s\x00:\x00 \x00{\x00": 3,
	} {
		o := loader.Options{Interpolate: &interpolation.Options{TypeCastMapping: map[tree.Path]interpolation.Cast{
			"services.*.init": nil, "services.*.ulimits.*": nil, "services.*.tty": nil}}}
		composeload.FewerCasts([]string{composeFile(t, text)})(&o)
		if got := len(o.Interpolate.TypeCastMapping); got != want {
			t.Errorf("%q keeps %d rules, want %d", text, got, want)
		}
	}
}
