package infra

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/observe"
	"github.com/infinitescribe/spellbook/internal/project"
)

const judged = `services:
  api:
    image: api:1
    pull_policy: never
    ports: ["127.0.0.1:${API_PORT:-8080}:80"]
    deploy: {replicas: 2, resources: {limits: {memory: 3g}}}
    volumes: ["./settings.yml:/settings.yml", "./data:/data", "./init:/docker-entrypoint-initdb.d"]
  postgres:
    image: postgres:16
    ports: ["5432:5432"]
    mem_limit: 1g
    mem_reservation: 512m
    configs: [c]
    secrets: [s]
configs: {c: {file: ./c.conf}}
secrets: {s: {file: ./s.txt}}
`

// judgedProject has the environment local active.
func judgedProject(t *testing.T) *project.Project {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{"compose/docker-compose.yml": judged, ".env": "API_PORT=8081\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Load(t.Context(), project.Layout{Root: root}, project.Options{Env: "local"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fine are facts with nothing in the way.
func fine() observe.Facts {
	return observe.Facts{
		Engine:  docker.Info{Version: "20.10.24", APIVersion: "1.41", MemTotal: 16 << 30},
		Compose: observe.Compose{Version: "5.6.0"},
		Disk:    observe.Disk{Path: "/var/lib/docker", Free: 20 << 30},
	}
}

// port is the published port of a service, held by h.
func port(p *project.Project, service string, next uint16, h observe.Holder) observe.WantedPort {
	for _, w := range p.Published() {
		if w.Service == service {
			return observe.WantedPort{Published: w, Next: next, Holders: map[uint16]observe.Holder{w.Low: h}}
		}
	}
	return observe.WantedPort{}
}

func file(p *project.Project, name string, f observe.File) observe.File {
	f.Path, f.Missing = p.Layout.Path("compose", name), !f.Unreadable
	f.Services = []string{"api"}
	return f
}

func TestPreflightNamesWhatIsInTheWay(t *testing.T) {
	p := judgedProject(t)
	for _, c := range []struct {
		name string
		in   func(f *observe.Facts, s *observe.State)
		want string
	}{
		{"nothing", func(*observe.Facts, *observe.State) {}, ""},
		{"port of a process, from a variable", func(f *observe.Facts, _ *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "api", 8083, observe.Holder{PID: 123, Command: "redis-server"})}
			f.Ports[0].Replicas = 1
		}, "port 8081 of api is taken by redis-server (pid 123)\n  → set API_PORT=8083 in env/.env.local"},
		{"port of a service, written as a number", func(f *observe.Facts, _ *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "postgres", 5433, observe.Holder{Container: "shop-db-1", Project: "shop", Service: "db"})}
		}, "port 5432 of postgres is taken by service db of project shop\n  → publish 5433 instead, in compose/docker-compose.yml:10"},
		{"port of a container", func(f *observe.Facts, _ *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "postgres", 0, observe.Holder{Container: "db"})}
		}, "port 5432 of postgres is taken by container db\n  → publish another port instead, in compose/docker-compose.yml:10"},
		{"port of somebody", func(f *observe.Facts, _ *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "postgres", 5433, observe.Holder{})}
		}, "port 5432 of postgres is taken by another program\n  → publish 5433 instead, in compose/docker-compose.yml:10"},
		{"address of another machine", func(f *observe.Facts, _ *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "api", 0, observe.Holder{NoAddress: true})}
			f.Ports[0].IP, f.Ports[0].Replicas = "192.0.2.1", 1
		}, "port 8081 of api is to listen on 192.0.2.1, which is no address of this machine\n  → write 127.0.0.1, or 0.0.0.0, in compose/docker-compose.yml:5"},
		{"replicas that want one port", func(f *observe.Facts, _ *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "api", 0, observe.Holder{})}
			f.Ports[0].Holders = nil
		}, "2 replicas of api want port 8081\n  → publish a range, 8081-8082:80, in compose/docker-compose.yml:5"},
		{"services that want one port", func(f *observe.Facts, _ *observe.State) {
			a, b := port(p, "postgres", 0, observe.Holder{}), port(p, "api", 0, observe.Holder{})
			a.Holders, b.Holders, b.Low, b.High, b.Replicas = nil, nil, 5432, 5432, 1
			f.Ports = []observe.WantedPort{a, b}
		}, "postgres and api both want port 5432\n  → set API_PORT=… in env/.env.local"},
		{"no Compose plugin", func(f *observe.Facts, _ *observe.State) {
			f.Compose = observe.Compose{Problem: "docker: 'compose' is not a docker command.: docker exited with code 1"}
		}, "Docker Compose is not installed: docker: 'compose' is not a docker command.: docker exited with code 1\n  → sudo apt-get install docker-compose-plugin"},
		{"no docker command", func(f *observe.Facts, _ *observe.State) {
			f.Compose = observe.Compose{Problem: `exec: "docker": executable file not found in $PATH`}
		}, "the docker command is not installed\n  → sudo apt-get install docker-ce-cli docker-compose-plugin"},
		{"old Compose", func(f *observe.Facts, _ *observe.State) { f.Compose.Version = "v2.17.3+ds1" },
			"Docker Compose v2.17.3+ds1 is too old\n  → install 2.20 or later: sudo apt-get install docker-compose-plugin"},
		{"old engine", func(f *observe.Facts, _ *observe.State) { f.Engine.Version, f.Engine.APIVersion = "18.06.3", "1.38" },
			"Docker engine 18.06.3 is too old\n  → install 19.03 or later"},
		{"image that its registry does not have", func(_ *observe.Facts, s *observe.State) {
			s.Unknown = map[string]bool{"postgres:16": true}
		},
			"service postgres needs image postgres:16, which its registry does not have\n  → correct its name or tag in the Compose file, or in the variable that it is from"},
		{"image that nobody pulls", func(_ *observe.Facts, s *observe.State) {
			s.Missing = map[string]bool{"api:1": true, "postgres:16": true}
		},
			"service api needs image api:1, which is not there and has pull_policy: never\n  → docker pull api:1, or remove pull_policy"},
		{"full disk", func(f *observe.Facts, _ *observe.State) { f.Disk.Free = 480 << 20 },
			"480 MiB are free in /var/lib/docker, where Docker keeps images and volumes\n  → docker system prune"},
		{"reservation above what there is", func(f *observe.Facts, _ *observe.State) { f.Engine.MemTotal = 256 << 20 },
			"service postgres reserves 512 MiB of memory, and the engine has 256 MiB\n  → lower mem_reservation of postgres"},
		{"file that would become a directory", func(f *observe.Facts, _ *observe.State) {
			f.Files = []observe.File{
				file(p, "settings.yml", observe.File{Use: observe.BindMount, Target: "/settings", Create: true}),
				file(p, "data", observe.File{Use: observe.BindMount, Target: "/data", Create: true}),
				file(p, "init", observe.File{Use: observe.BindMount, Target: "/docker-entrypoint-initdb.d", Create: true})}
		}, "api mounts compose/settings.yml, which is not there and would be created as a directory\n  → create the file compose/settings.yml"},
		{"mount that must be there", func(f *observe.Facts, _ *observe.State) {
			f.Files = []observe.File{file(p, "data", observe.File{Use: observe.BindMount, Target: "/data"})}
		}, "api mounts compose/data, which is not there\n  → create it, or set create_host_path: true"},
		{"config without file", func(f *observe.Facts, _ *observe.State) {
			f.Files = []observe.File{file(p, "c.conf", observe.File{Use: observe.ConfigFile, Name: "c"})}
		}, "config c of api has no file compose/c.conf\n  → create compose/c.conf"},
		{"secret that may not be read", func(f *observe.Facts, _ *observe.State) {
			f.Files = []observe.File{file(p, "s.txt", observe.File{Use: observe.SecretFile, Name: "s", Unreadable: true})}
		}, "secret s of api may not be read: compose/s.txt\n  → chmod u+r compose/s.txt"},
		{"three things", func(f *observe.Facts, s *observe.State) {
			f.Ports = []observe.WantedPort{port(p, "postgres", 5433, observe.Holder{PID: 1, Command: "postgres"})}
			f.Disk.Free = 0
			s.Missing = map[string]bool{"api:1": true}
		}, `3 things are in the way of bringing compose up
  port 5432 of postgres is taken by postgres (pid 1)
    → publish 5433 instead, in compose/docker-compose.yml:10
  service api needs image api:1, which is not there and has pull_policy: never
    → docker pull api:1, or remove pull_policy
  0 B are free in /var/lib/docker, where Docker keeps images and volumes
    → docker system prune`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, s := fine(), observe.State{}
			c.in(&f, &s)
			got := ""
			if err := Preflight(p, s, f); err != nil {
				got = err.Error()
				if err.Code != failure.Preflight {
					t.Errorf("exit code %d", err.Code)
				}
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestWarningsDoNotStop(t *testing.T) {
	p := judgedProject(t)
	f := fine()
	if list := Warnings(p, observe.State{}, f); len(list) > 0 {
		t.Errorf("of nothing: %q", list)
	}
	f.Disk.Free, f.Engine.MemTotal = 1536<<20, 4<<30
	f.Files = []observe.File{
		file(p, "data", observe.File{Use: observe.BindMount, Target: "/data", Create: true}),
		file(p, "settings.yml", observe.File{Use: observe.BindMount, Target: "/settings", Create: true})}
	const want = `1.5 GiB are free in /var/lib/docker, where Docker keeps images and volumes
the memory limits of all services come to 7 GiB, and the engine has 4 GiB
compose/data is not there: Docker will create it as an empty directory of root's`
	if got := strings.Join(Warnings(p, observe.State{}, f), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestVersionsAreComparedAsNumbers(t *testing.T) {
	for version, want := range map[string]bool{
		"2.19.1": true, "v2.3.3": true, "1.29.2": true, "2": false, "": false, "dev": false,
		"2.20.0": false, "2.100.0-desktop.1": false, "5.6.0": false, "v2.20.2+ds1": false,
	} {
		if got := older(version, leastCompose); got != want {
			t.Errorf("%q: got %v", version, got)
		}
	}
}

func TestNamesOfFilesAreToldFromThoseOfDirectories(t *testing.T) {
	for name, want := range map[string]bool{
		"/a/settings.yml": true, "/a/.env": true, "/run/docker.sock": true,
		"/a/data": false, "/a/conf.d": false, "/a/.ssh": false, "/a/v1.2": false, "/docker-entrypoint-initdb.d": false,
	} {
		if got := hasExtension(name); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestAVolumeBoundToNothingIsInTheWay(t *testing.T) {
	f := fine()
	f.Files = []observe.File{{Path: "/srv/gone", Use: observe.BoundVolume, Name: "data", Services: []string{"db"}, Missing: true}}
	err := Preflight(judgedProject(t), observe.State{}, f)
	if want := "volume data of db is bound to /srv/gone, which is not there\n  → mkdir -p /srv/gone"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
