package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/project"
)

func loaded(t *testing.T, services string) *project.Project {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "compose.yaml")
	if err := os.WriteFile(file, []byte("name: shop\nservices:\n"+services), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: dir, Files: []string{file}}, project.Options{Environ: []string{"DB_PORT=5433"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const fixed = `
  db:
    image: db
    container_name: theone
    ports: ["${DB_PORT:-5432}:5432", "${DB_PORT:-5432}:5432/udp", "9000", "10.0.0.1:8000-8002:80"]
    networks: {back: {ipv4_address: 10.231.77.5, aliases: [$$other]}}
  quiet: {image: quiet, network_mode: host}
volumes:
  data: {name: theirs, labels: {team: "a$$b"}}
  own: {}
  disk: {driver_opts: {type: none, o: bind, device: /data}}
  far: {external: true}
networks:
  back: {ipam: {config: [{subnet: 10.231.77.0/24}]}, driver_opts: {com.docker.network.bridge.name: br, com.docker.network.driver.mtu: "1400"}}
`

func TestTheOverrideSaysOnlyWhatTwoStacksCannotBothHave(t *testing.T) {
	p := loaded(t, fixed)
	ports := PortsOf(p)
	chosen := map[string]uint16{}
	if err := Choose(ports, chosen, "seed", func(uint16) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if len(chosen) != 3 || chosen["DB_PORT"] == 0 {
		t.Errorf("chosen are %v", chosen)
	}
	text, notes, err := Override(p, Options{Ports: ports, Chosen: chosen, IP: "127.0.0.1", Tmpfs: map[string]string{"own": "70:71"}})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(notes, "\n")
	for _, want := range []string{"quiet is on the host's own network", "volume disk is at a place", "volume far is others'"} {
		if !strings.Contains(said, want) {
			t.Errorf("not told: %s\n%s", want, said)
		}
	}
	over := filepath.Join(t.TempDir(), "override.yml")
	if err := os.WriteFile(over, text, 0o600); err != nil {
		t.Fatal(err)
	}
	overlay := Overlay("shop-x", ports, chosen)
	own, err := project.Load(t.Context(), p.Layout, project.Options{Environ: []string{environ.ProjectVariable + "=shop-x", "DB_PORT=" + overlay["DB_PORT"]}, Overrides: []string{over}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	db, back := own.Model.Services["db"], own.Model.Networks["back"]
	for _, port := range db.Ports {
		if port.HostIP != "127.0.0.1" || port.Published == "" {
			t.Errorf("published is %+v", port)
		}
	}
	if len(db.Ports) != 4 || db.ContainerName != "" || db.Networks["back"].Ipv4Address != "" || db.Networks["back"].Aliases[0] != "$other" {
		t.Errorf("db is %+v", db)
	}
	if len(back.Ipam.Config) > 0 || back.Name != "shop-x_back" || len(back.DriverOpts) != 1 {
		t.Errorf("back is %+v", back)
	}
	v := own.Model.Volumes
	if v["data"].Name != "shop-x_data" || v["data"].Labels["team"] != "a$b" || bool(v["far"].External) || v["far"].Name != "shop-x_far" ||
		len(v["disk"].DriverOpts) > 0 || v["own"].DriverOpts["o"] != "mode=0700,uid=70,gid=71" {
		t.Errorf("volumes are %+v", v)
	}
}

// A second postmaster on a directory spoils it.
func TestDataInADirectoryOfThisMachineIsNotTheStacks(t *testing.T) {
	p := loaded(t, `
  db: {image: db, volumes: ["./pg$$data:/srv/pg", "./init:/docker-entrypoint-initdb.d", "./ro:/srv/ro:ro", "own:/own", "./file:/srv/pg/file.conf"]}
  backup: {image: b, volumes: ["./pg$$data:/from:ro"]}
  old: {image: o, volumes: ["./sql:/var/lib/mysql/data", "./src:/app"]}
  none: {image: n, volumes: ["./ro:/srv:ro"]}
volumes: {own: {}, db-srv-pg: {}}
`)
	if err := os.WriteFile(filepath.Join(p.Layout.Root, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text, notes, err := Override(p, Options{Data: map[string][]string{"db": {"/srv/pg/data", "/srv/ro", "/srv/pg/file.conf/x"}, "none": {"/srv"}}})
	if err != nil {
		t.Fatal(err)
	}
	over := filepath.Join(t.TempDir(), "override.yml")
	if err := os.WriteFile(over, text, 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := project.Load(t.Context(), p.Layout, project.Options{Overrides: []string{over}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var got []string
	for _, name := range own.Services() {
		for _, v := range own.Model.Services[name].Volumes {
			got = append(got, strings.TrimSpace(strings.Join([]string{name, v.Type, strings.TrimPrefix(v.Source, p.Layout.Root), v.Target, map[bool]string{true: "ro"}[v.ReadOnly]}, " ")))
		}
	}
	want := []string{
		"backup volume db-srv-pg-own /from ro",
		"db volume db-srv-pg-own /srv/pg", "db bind /init /docker-entrypoint-initdb.d", "db bind /ro /srv/ro ro", "db volume own /own", "db bind /file /srv/pg/file.conf",
		"none bind /ro /srv ro", "old volume old-var-lib-mysql-data /var/lib/mysql/data", "old bind /src /app",
	}
	if !slices.Equal(got, want) {
		t.Errorf("mounts are\n%s\n%s", strings.Join(got, "\n"), text)
	}
	if v := own.Model.Volumes["db-srv-pg-own"]; v.Name != "shop_db-srv-pg-own" {
		t.Errorf("its volume is %+v", v)
	}
	wantNotes := []string{
		"db keeps its data in pg$data, a directory of this machine: the stack has an empty volume of its own instead, db-srv-pg-own",
		"old keeps its data in sql, a directory of this machine: the stack has an empty volume of its own instead, old-var-lib-mysql-data",
		"these write to directories of this machine, which are the stack's as well: db init, old src",
	}
	if !slices.Equal(notes, wantNotes) {
		t.Errorf("told is\n%s", strings.Join(notes, "\n"))
	}
}

func TestPortsAreFreeAndNobodyElses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ports []Port
		for i := range rapid.IntRange(1, 8).Draw(t, "ports") {
			ports = append(ports, Port{Key: string(rune('a' + i)), Count: rapid.Uint16Range(1, 5).Draw(t, "count")})
		}
		chosen := map[string]uint16{"a": rapid.Uint16Range(FirstPort, LastPort-5).Draw(t, "former")}
		former := chosen["a"]
		if err := Choose(ports, chosen, rapid.String().Draw(t, "seed"), func(n uint16) bool { return n%7 != 0 || n < FirstPort }); err != nil {
			t.Fatal(err)
		}
		given := map[uint16]string{}
		for _, p := range ports {
			for n := chosen[p.Key]; n < chosen[p.Key]+p.Count; n++ {
				if n < FirstPort || n > LastPort || given[n] != "" || n%7 == 0 && p.Key != "a" {
					t.Fatalf("%d is given to %q and %q", n, given[n], p.Key)
				}
				given[n] = p.Key
			}
		}
		if chosen["a"] != former {
			t.Fatalf("what was chosen moved from %d to %d", former, chosen["a"])
		}
	})
}

func TestWithoutAFreePortTheSearchEnds(t *testing.T) {
	err := Choose([]Port{{Key: "a", Count: 1}}, map[string]uint16{}, "", func(uint16) bool { return false })
	if failure.CodeOf(err) != failure.Preflight {
		t.Error(err)
	}
}

func TestVariablesLeadToWhereTheStackIs(t *testing.T) {
	ports := []Port{{Key: "DB_PORT", Service: "db", Target: 5432, Proto: "tcp", Variable: "DB_PORT", Was: 5433, Count: 1},
		{Key: "api", Service: "my-api", Target: 80, Proto: "tcp", Was: 8080, Count: 1}, {Key: "dns", Service: "my-api", Target: 53, Proto: "udp", Was: 53, Count: 1}}
	chosen := map[string]uint16{"DB_PORT": 20001, "api": 20002, "dns": 20003}
	got := Variables(map[string]string{
		"URL": "postgres://u:p@ss@db:5432/x?host=db:5432", "HERE": "http://localhost:8080,http://[::1]:20002/", "OTHER": "http://db:80 http://example.com:5432 http://localhost:53",
		"DB_HOST": "postgres.internal", "PLAIN": "db:5432", "SEVERAL": "postgresql://u:p@db:5432,db:5433,my-api:80/x", "USUAL": "jdbc:postgresql://db/x postgresql+asyncpg://u:p@db http://my-api?q http://my-apis redis://db http://localhost x://db",
		"LIST": "http://db,http://my-api:80,http://my-api", "ODD": "http://my-api: http://my-api:x http://my-api:80x",
	}, ports, chosen, "10.0.0.5")
	want := map[string]string{
		"URL": "postgres://u:p@ss@10.0.0.5:20001/x?host=db:5432", "HERE": "http://10.0.0.5:20002,http://10.0.0.5:20002/", "OTHER": "http://db:80 http://example.com:5432 http://localhost:53",
		"DB_HOST": "10.0.0.5", "DB_PORT": "20001", "MY_API_HOST": "10.0.0.5", "MY_API_PORT": "20002", "MY_API_PORT_80": "20002", "MY_API_PORT_53": "20003", "PLAIN": "db:5432",
		"SEVERAL": "postgresql://u:p@10.0.0.5:20001,db:5433,10.0.0.5:20002/x",
		"USUAL":   "jdbc:postgresql://10.0.0.5:20001/x postgresql+asyncpg://u:p@10.0.0.5:20001 http://10.0.0.5:20002?q http://my-apis redis://db http://localhost x://db",
		"LIST":    "http://db,http://10.0.0.5:20002,http://10.0.0.5:20002", "ODD": "http://my-api: http://my-api:x http://my-api:80x",
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, not %q", name, got[name], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there is more: %v", got)
	}
}

func TestNamesOfBranchesBecomeNamesOfStacks(t *testing.T) {
	for text, want := range map[string]string{"main": "main", "feature/Pay.Later": "feature-pay-later", "": DefaultName, "///": DefaultName} {
		if got := NameOf(text); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
	long, longer := NameOf(strings.Repeat("x", 40)+"1"), NameOf(strings.Repeat("x", 40)+"2")
	if long == longer || len(long) > longest || NameOf(long) != long {
		t.Errorf("%q, %q", long, longer)
	}
	if _, err := At(project.Layout{Root: "/x"}, "Not One"); failure.CodeOf(err) != failure.Usage {
		t.Error(err)
	}
}

// Only that of a copy is none: what is elsewhere is another's.
func TestARecordHoldsForItsCheckoutByWhateverWay(t *testing.T) {
	dir := t.TempDir()
	root, link, moved, copied := filepath.Join(dir, "root"), filepath.Join(dir, "link"), filepath.Join(dir, "moved"), filepath.Join(dir, "copied")
	at := func(root string) Place {
		p, err := At(project.Layout{Root: root}, "one")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	holds := func(root string, want bool) {
		t.Helper()
		if _, got := at(root).Read(); got != want {
			t.Errorf("in %s it holds: %t", filepath.Base(root), got)
		}
	}
	machine, _ := os.Hostname()
	r := Record{Project: "shop-one-x", Machine: machine}
	if err := errors.Join(os.Mkdir(root, 0o700), os.Symlink(root, link), at(root).Write(r), os.CopyFS(copied, os.DirFS(root))); err != nil {
		t.Fatal(err)
	}
	holds(root, true)
	holds(link, true)
	holds(copied, false)
	if here, there := at(root).Root(), at(link).Root(); here != there {
		t.Errorf("%s is not %s", there, here)
	}
	if err := errors.Join(os.Remove(link), os.Rename(root, moved)); err != nil {
		t.Fatal(err)
	}
	holds(moved, true)
	elsewhere := filepath.Join(dir, "elsewhere")
	r.Machine = "another"
	if err := errors.Join(at(root).Write(r), os.Rename(root, elsewhere)); err != nil {
		t.Fatal(err)
	}
	holds(elsewhere, false)
	for text, fine := range map[string]bool{`{"version": 1, "project": "x"}`: true, `{"version": 2}`: false, `{`: false} {
		if err := os.WriteFile(at(moved).Path("stack.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := at(moved).Check(); (err == nil) != fine || err != nil && failure.CodeOf(err) != failure.Preflight {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestALeaseIsHeldUntilItIsGivenBack(t *testing.T) {
	p, err := At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	first, err1 := p.Use("a", now)
	second, err2 := p.Use("b", now)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if got := p.Users(now); len(got) != 2 || got[0].PID != os.Getpid() {
		t.Errorf("in use by %v", got)
	}
	first.Release()
	first.Release()
	if got := p.Users(now); len(got) != 1 || got[0].Target != "b" {
		t.Errorf("in use by %v", got)
	}
	second.Release()
	if got := p.Users(now); len(got) != 0 || p.Begun() {
		t.Errorf("in use by %v", got)
	}
}

func TestWhoLooksBringsNoLeaseBack(t *testing.T) {
	p, err := At(project.Layout{Root: t.TempDir()}, "one")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
					p.Users(time.Now())
				}
			}
		})
	}
	for range 500 {
		l, err := p.Use("a", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		l.Release()
		if _, err := os.Stat(l.path); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%s is there again (%v)", l.path, err)
		}
	}
	close(ended)
	all.Wait()
	if left := p.leases(); len(left) > 0 {
		t.Errorf("there are %v", left)
	}
}
