package deploy_test

import (
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

func TestEachWayInWhichAContainerIsNotAsItWasDeployedIsTold(t *testing.T) {
	value := "1"
	infra := deploy.Expected{Service: "db", Hash: "h", Image: "i", Restart: "always"}
	api := deploy.Expected{Service: "api", Release: "r1", Hash: "h", Image: "i", Restart: "no", Environment: map[string]*string{"A": &value, "B": nil}}
	once := deploy.Expected{Service: "migrate", Release: "r1", Hash: "h", OneShot: true}
	container := func(service, release string, change func(*deploy.Found)) deploy.Found {
		f := deploy.Found{Container: deploy.Container{Service: service, Release: release, Hash: "h", State: "running"}, Name: service, Made: true, Image: "i",
			Restart: "no", Environment: []string{"A=1", "PATH=/bin"}}
		change(&f)
		return f
	}
	db := container("db", "", func(f *deploy.Found) { f.Restart = "always" })
	well := container("api", "r1", func(*deploy.Found) {})
	for name, c := range map[string]struct {
		found []deploy.Found
		want  []string
	}{
		"none":                    {[]deploy.Found{db, well}, nil},
		"missing":                 {[]deploy.Found{db}, []string{"container_missing api"}},
		"ended":                   {[]deploy.Found{db, container("api", "r1", func(f *deploy.Found) { f.State = "exited" })}, []string{"container_state api"}},
		"paused":                  {[]deploy.Found{db, container("api", "r1", func(f *deploy.Found) { f.State = "paused" })}, []string{"container_state api"}},
		"another definition":      {[]deploy.Found{db, container("api", "r1", func(f *deploy.Found) { f.Hash = "x" })}, []string{"container_definition api"}},
		"another variable":        {[]deploy.Found{db, container("api", "r1", func(f *deploy.Found) { f.Environment[0] = "A=2" })}, []string{"container_definition api"}},
		"another image":           {[]deploy.Found{db, container("api", "r1", func(f *deploy.Found) { f.Image = "x" })}, []string{"container_image api"}},
		"another restart policy":  {[]deploy.Found{db, container("api", "r1", func(f *deploy.Found) { f.Restart = "always" })}, []string{"container_restart api"}},
		"what ran once has ended": {[]deploy.Found{db, well, container("migrate", "r1", func(f *deploy.Found) { f.State = "exited" })}, nil},
		"what ran once failed":    {[]deploy.Found{db, well, container("migrate", "r1", func(f *deploy.Found) { f.State, f.ExitCode = "exited", 1 })}, []string{"container_state migrate"}},
		"another release's":       {[]deploy.Found{db, well, container("api", "r0", func(*deploy.Found) {})}, []string{"container_extra api"}},
		"somebody's own":          {[]deploy.Found{db, well, container("x", "", func(f *deploy.Found) { f.Made = false })}, []string{"container_extra x"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range deploy.Drifts([]deploy.Expected{infra, api, once}, c.found, "live") {
				got = append(got, string(d.Kind)+" "+d.Name)
				if d.Text == "" || d.Remedy == "" {
					t.Errorf("%+v says too little", d)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAModelSaysWhatItsContainersAreToBe(t *testing.T) {
	m := parsed(t, `
services:
  db:
    image: "spellbook/shop/db:1"
    restart: always
    labels: {dev.spellbook.deploy.hash: a-1}
    environment: {A: "$$1", N: null}
    volumes: [{type: volume, source: data}, {type: bind, source: /p/files/12/store}, {type: bind, source: /var/run/docker.sock}]
  init: {image: b, volumes: [{type: bind, source: /p/files/12/store}]}
configs: {c: {file: /p/files/34/c.conf}}
`)
	if s := m.Services["db"]; s.Hash != "a-1" || !s.Volume || s.OneShot || *s.Environment["A"] != "$1" || !m.Services["init"].OneShot {
		t.Errorf("it says %+v", m.Services)
	}
	if got := m.Files("/p/files"); !slices.Equal(got, []string{"12/store", "34/c.conf"}) {
		t.Errorf("its files are %v", got)
	}
	e := m.Expect(map[string]string{"db": "id"})
	if len(e) != 2 || e[0].Restart != "always" || e[0].Image != "id" || e[1].Restart != "no" || e[1].Image != "" {
		t.Errorf("expected are %+v", e)
	}
	r := two("r1", "1").Expect(m)
	if len(r) != 2 || r[0].Service != "api" || r[0].Release != "r1" || r[1].Restart != "" {
		t.Errorf("of a release: %+v", r)
	}
}
