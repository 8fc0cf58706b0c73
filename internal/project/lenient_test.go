package project

import (
	"slices"
	"testing"
)

func TestWhatIsRequiredAndMissingGetsAStandInWhereThatIsAskedFor(t *testing.T) {
	layout := Layout{Root: lay(t, []section{{"compose/docker-compose.yml", `name: demo
services:
  db:
    image: ${REGISTRY:?where}/db:${TAG:-1}
    ports: ["${PORT:?which}:5432", "${HIGH:-${LOW:?one of them}}:80"]
    environment: {NAME: "${NAME?}"}
  made:
    image: ${REGISTRY:?where}/made
    build: .
  own:
    extends: db
    image: own:2
`}})}
	if _, err := Load(t.Context(), layout, Options{}); err == nil {
		t.Error("loads without its variables")
	}
	p, err := Load(t.Context(), layout, Options{Lenient: true, Environ: []string{"NAME=given"}})
	if err != nil {
		t.Fatal(err)
	}
	db := p.Model.Services["db"]
	if db.Image != "1/db:1" || *db.Environment["NAME"] != "given" || len(p.Uses()) < 6 {
		t.Errorf("image %q, NAME %q, %d uses", db.Image, *db.Environment["NAME"], len(p.Uses()))
	}
	var images []string
	for _, i := range p.Images() {
		images = append(images, i.Service+" "+i.Name+" "+p.Said(i.File, i.Line))
	}
	if want := []string{"db 1/db:1     image: ${REGISTRY:?where}/db:${TAG:-1}", "own own:2     image: own:2"}; !slices.Equal(images, want) {
		t.Errorf("images %q", images)
	}
}
