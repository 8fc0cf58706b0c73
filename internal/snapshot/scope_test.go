package snapshot_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/snapshot"
)

const shop = `
services:
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: "${PASSWORD:-x}"}
    volumes: ["db-data:/var/lib/postgresql/data", "./init:/docker-entrypoint-initdb.d:ro"]
  migrate:
    image: app:1
    command: migrate
    volumes: ["./migrations:/migrations"]
    depends_on: {db: {condition: service_healthy}}
  api:
    image: app:1
    build: .
    volumes: ["uploads:/uploads"]
    depends_on: {migrate: {condition: service_completed_successfully}}
volumes: {db-data: {}, uploads: {}}
`

var images = map[string]docker.ImageConfig{
	"postgres:16": {ID: "sha256:pg", Volumes: []string{"/var/lib/postgresql/data"}},
	"app:1":       {ID: "sha256:app"},
}

// repository writes files, by name, and loads the project called name.
func repository(t *testing.T, dir, name string, files map[string]string, plugins ...project.Fragment) *project.Project {
	t.Helper()
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{"compose.yml"}}, project.Options{Environ: []string{"COMPOSE_PROJECT_NAME=" + name}, Fragments: plugins})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func scope(t *testing.T, p *project.Project, images map[string]docker.ImageConfig) snapshot.Scope {
	t.Helper()
	s, err := snapshot.Of(p, images)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMigrationIsHeldWithTheDatabaseThatItFills(t *testing.T) {
	t.Parallel()
	s := scope(t, repository(t, t.TempDir(), "one", map[string]string{"compose.yml": shop, "migrations/1.sql": "a", "init/1.sql": "b"}), images)
	if got := strings.Join(s.Services, " "); got != "db migrate" {
		t.Errorf("services: %s", got)
	}
	if !maps.Equal(s.Volumes, map[string]string{"db-data": "one_db-data"}) || !slices.Equal(s.Held, []string{"migrate"}) || s.Digest == "" || s.Why != "" {
		t.Errorf("scope: %+v", s)
	}
}

func TestWhatIsNotAllInNamedVolumesIsNotHeld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ title, old, now, services, why string }{
		{"no volume", `"db-data:/var/lib/postgresql/data", `, "", "", "migrate runs in each stack: db: its image keeps /var/lib/postgresql/data in a volume without a name"},
		{"an anonymous volume", `"db-data:/var/lib/postgresql/data"`, `"db-data:/var/lib/postgresql/data", "/more"`, "", "db: it has a volume without a name"},
		{"an external volume", "db-data: {}", "db-data: {external: true}", "", "volume db-data is external"},
		{"a driver's volume", "db-data: {}", "db-data: {driver_opts: {type: tmpfs, device: tmpfs}}", "", "volume db-data has a driver of its own"},
		{"left out", "image: postgres:16", "image: postgres:16\n    x-spellbook: {snapshot: false}", "", "db: x-spellbook: snapshot is false"},
		{"the one-shot left out", "command: migrate", "command: migrate\n    x-spellbook: {snapshot: false}", "db", ""},
		{"what the one-shot alone sees", "command: migrate", "command: migrate\n    tmpfs: /tmp", "db migrate", ""},
		{"another that keeps its data elsewhere", "depends_on: {db: {condition: service_healthy}}", "depends_on: [db, queue]\n  queue: {image: \"app:1\"}", "db", "queue keeps its data in no named volume"},
		{"a one-shot that nobody waits for", "volumes: {db-data", "  seed: {image: \"app:1\", x-spellbook: {snapshot: true}, depends_on: [migrate]}\nvolumes: {db-data", "db migrate seed", ""},
	} {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(shop, c.old, c.now, 1)
			s := scope(t, repository(t, t.TempDir(), "one", map[string]string{"compose.yml": text}), images)
			if got := strings.Join(s.Services, " "); got != c.services || (s.Digest == "") != (c.services == "") || !strings.Contains(s.Why, c.why) {
				t.Errorf("services %q, scope %+v", got, s)
			}
		})
	}
}

// What an application is built of changes with every edit, and makes no other database.
func TestTheDigestIsOfAllThatFillsTheVolumesAndOfNothingElse(t *testing.T) {
	t.Parallel()
	files := map[string]string{"compose.yml": shop, "migrations/1.sql": "a", "init/1.sql": "b"}
	first := scope(t, repository(t, t.TempDir(), "one", files), images).Digest
	for _, c := range []struct {
		title string
		edit  func(files map[string]string, images map[string]docker.ImageConfig)
		same  bool
	}{
		{"another stack of the same", func(map[string]string, map[string]docker.ImageConfig) {}, true},
		{"the application's variables", func(f map[string]string, _ map[string]docker.ImageConfig) {
			f["compose.yml"] = strings.Replace(shop, "build: .", "build: .\n    environment: {A: b}", 1)
		}, true},
		{"a published port", func(f map[string]string, _ map[string]docker.ImageConfig) {
			f["compose.yml"] = strings.Replace(shop, "image: postgres:16", "image: postgres:16\n    ports: [\"5999:5432\"]", 1)
		}, true},
		{"a migration", func(f map[string]string, _ map[string]docker.ImageConfig) { f["migrations/1.sql"] = "A" }, false},
		{"one more", func(f map[string]string, _ map[string]docker.ImageConfig) { f["migrations/2.sql"] = "" }, false},
		{"an init script", func(f map[string]string, _ map[string]docker.ImageConfig) { f["init/1.sql"] = "B" }, false},
		{"a command", func(f map[string]string, _ map[string]docker.ImageConfig) {
			f["compose.yml"] = strings.Replace(shop, "command: migrate", "command: migrate --all", 1)
		}, false},
		{"a variable", func(f map[string]string, _ map[string]docker.ImageConfig) { f[".env"] = "PASSWORD=y\n" }, false},
		{"memory", func(f map[string]string, _ map[string]docker.ImageConfig) {
			f["compose.yml"] = strings.Replace(shop, "command: migrate", "command: migrate\n    tmpfs: /migrations/more", 1)
		}, false},
		{"a part of the volume", func(f map[string]string, _ map[string]docker.ImageConfig) {
			f["compose.yml"] = strings.Replace(shop, `"db-data:/var/lib/postgresql/data"`, "{type: volume, source: db-data, target: /var/lib/postgresql/data, volume: {subpath: part}}", 1)
		}, false},
		{"an image", func(_ map[string]string, i map[string]docker.ImageConfig) {
			i["app:1"] = docker.ImageConfig{ID: "sha256:new"}
		}, false},
	} {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			files, images := maps.Clone(files), maps.Clone(images)
			c.edit(files, images)
			got := scope(t, repository(t, t.TempDir(), "another", files), images).Digest
			if (got == first) != c.same {
				t.Errorf("digest %s, first %s", got, first)
			}
		})
	}
}

func TestTheDigestIsOfThePluginsWhoseServicesFillTheVolumes(t *testing.T) {
	t.Parallel()
	digest := func(sum, service, topics, port string) string {
		dir := t.TempDir()
		text := strings.Replace(shop, "image: postgres:16", "image: postgres:16\n    ports: [\"${DB_PORT}:5432\"]", 1)
		f := project.Fragment{Plugin: "queue", Path: filepath.Join(dir, "queue.yml"), Services: []string{service}, Sum: sum, Variables: []string{"TOPICS", "DB_PORT"}}
		return scope(t, repository(t, dir, "one", map[string]string{"compose.yml": text, ".env": "TOPICS=" + topics + "\nDB_PORT=" + port + "\n", "queue.yml": "services: {}\n"}, f), images).Digest
	}
	first := digest("v1", "db", "a", "5001")
	for got, same := range map[string]bool{digest("v1", "db", "a", "5002"): true, digest("v2", "db", "a", "5001"): false, digest("v1", "db", "b", "5001"): false} {
		if (got == first) != same {
			t.Errorf("digest %s, first %s", got, first)
		}
	}
	if a, b := digest("v1", "api", "a", "5001"), digest("v2", "api", "b", "5001"); a != b {
		t.Errorf("another service's plugin counts: %s, %s", a, b)
	}
}

// Without a named volume there is no snapshot, and a stack is made from files all the same.
func TestAStackIsMadeFromTheFilesOfAllServicesButAnApplications(t *testing.T) {
	t.Parallel()
	files := map[string]string{"migrations/1.sql": "a", "init/1.sql": "b", "src/main.go": "c", "compose.yml": strings.NewReplacer(
		`"db-data:/var/lib/postgresql/data", `, "", "volumes: {db-data: {}, uploads: {}}", "", `["uploads:/uploads"]`, `["./src:/src"]`).Replace(shop)}
	sum := func(edited string) string {
		t.Helper()
		files := maps.Clone(files)
		if edited != "" {
			files[edited] += " edited"
		}
		p := repository(t, t.TempDir(), "one", files)
		if s := scope(t, p, images); s.Digest != "" {
			t.Errorf("scope: %+v", s)
		}
		got, refs, err := snapshot.MadeOf(p, images)
		if err != nil || strings.Join(refs, " ") != "postgres:16 app:1" {
			t.Errorf("images %q, %v", refs, err)
		}
		return got
	}
	first := sum("")
	for edited, same := range map[string]bool{"": true, "migrations/1.sql": false, "init/1.sql": false, "src/main.go": true} {
		if got := sum(edited); (got == first) != same {
			t.Errorf("%q edited: %s, first %s", edited, got, first)
		}
	}
}

func TestABoundDirectoryThatIsTooLargeIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := repository(t, dir, "one", map[string]string{"compose.yml": shop, "migrations/1.sql": ""})
	if err := os.Truncate(filepath.Join(dir, "migrations/1.sql"), 1<<30); err != nil {
		t.Fatal(err)
	}
	_, err := snapshot.Of(p, images)
	if much := new(snapshot.TooMuchError); !errors.As(err, &much) || much.Service != "migrate" {
		t.Errorf("got %v", err)
	}
}
