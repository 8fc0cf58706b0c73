package observe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/docker"
	"github.com/infinitescribe/spellbook/internal/project"
)

// prober is an engine that answers what a test gives it.
type prober struct {
	info    docker.Info
	err     error
	running []Container
	remote  bool
}

func (p prober) Info(context.Context) (docker.Info, error)           { return p.info, p.err }
func (p prober) AllContainers(context.Context) ([]Container, error)  { return p.running, nil }
func (p prober) EveryContainer(context.Context) ([]Container, error) { return p.running, nil }
func (p prober) Networks(context.Context, string) ([]Network, error) { return nil, nil }
func (p prober) Volumes(context.Context, string) ([]string, error)   { return nil, nil }
func (p prober) Local() bool                                         { return !p.remote }
func compose(context.Context, []string) (string, error)              { return "5.6.0\n", nil }
func noCompose(_ context.Context, argv []string) (string, error) {
	return strings.Join(argv, " ") + "\nUsage:\n", errors.New("exited with code 1")
}

// loaded is a project of one Compose file, and a file .env where env is given.
func loaded(t *testing.T, env, compose string) *project.Project {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "compose", "docker-compose.yml"), compose)
	if env != "" {
		write(t, filepath.Join(root, ".env"), env)
	}
	p, err := project.Load(t.Context(), project.Layout{Root: root}, project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func facts(t *testing.T, c prober, p *project.Project, s State) Facts {
	t.Helper()
	f, err := Preflight(t.Context(), c, p, s, compose)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func onPort(t *testing.T, port uint16, ip string) *project.Project {
	return loaded(t, fmt.Sprintf("WEB_PORT=%d\n", port), `services:
  web:
    image: x
    ports: ["${BIND:-`+ip+`}:${WEB_PORT:-1}:80"]
`)
}

// taken listens on a port of the engine's choice until the test ends.
func taken(t *testing.T, address string) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func TestPortOfAProcessNamesItAndTheVariable(t *testing.T) {
	for _, c := range []struct{ listens, wants string }{
		{"127.0.0.1:0", "127.0.0.1"}, {"127.0.0.1:0", "0.0.0.0"}, {"0.0.0.0:0", "127.0.0.1"},
	} {
		port := taken(t, c.listens)
		got := facts(t, prober{}, onPort(t, port, c.wants), State{}).Ports[0]
		holder := got.Holders[port]
		if !got.Taken() || got.Next <= port || got.Origin().Variable != "WEB_PORT" || got.Origin().Line != 4 {
			t.Errorf("%v: got %+v", c, got)
		}
		if runtime.GOOS == "linux" && (holder.PID != os.Getpid() || !strings.HasPrefix(filepath.Base(os.Args[0]), holder.Command)) {
			t.Errorf("%v: holder %+v is not this test", c, holder)
		}
	}
}

func TestPortOfUDPIsAnotherThanOfTCP(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	port := conn.LocalAddr().(*net.UDPAddr).Port
	p := loaded(t, "", fmt.Sprintf("services:\n  a:\n    image: x\n    ports: [\"127.0.0.1:%d:1/udp\", \"127.0.0.1:%d:1/tcp\"]\n", port, port))
	for _, got := range facts(t, prober{}, p, State{}).Ports {
		if got.Taken() != (got.Proto == "udp") {
			t.Errorf("%s: %+v", got.Proto, got)
		}
	}
}

func TestFreePortHasNoHolder(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	if got := facts(t, prober{}, onPort(t, port, "127.0.0.1"), State{}).Ports[0]; got.Taken() {
		t.Errorf("got %+v", got)
	}
}

func TestPortOfOurOwnContainerIsNotTaken(t *testing.T) {
	port := taken(t, "127.0.0.1:0")
	ours := State{Containers: map[string][]Container{"web": {{Ports: []docker.Port{{IP: "127.0.0.1", Host: port, Proto: "tcp"}}}}}}
	if got := facts(t, prober{}, onPort(t, port, "127.0.0.1"), ours).Ports[0]; got.Taken() {
		t.Errorf("got %+v", got)
	}
}

func TestPortOfAnotherContainerNamesItsProject(t *testing.T) {
	other := prober{remote: true, running: []Container{{Name: "shop-db-1", Project: "shop", Service: "db",
		Ports: []docker.Port{{IP: "0.0.0.0", Host: 5432, Proto: "tcp"}, {IP: "::", Host: 5433, Proto: "tcp"}}}}}
	got := facts(t, other, onPort(t, 5432, "127.0.0.1"), State{}).Ports[0]
	if got.Holders[5432] != (Holder{Container: "shop-db-1", Project: "shop", Service: "db"}) || got.Next != 5434 {
		t.Errorf("got %+v", got)
	}
}

func TestRangeIsTakenOnlyWhenNoPortIsLeft(t *testing.T) {
	p := loaded(t, "", "services:\n  a:\n    image: x\n    ports: [\"8000-8001:80\"]\n")
	one := Container{Name: "one", Ports: []docker.Port{{Host: 8000, Proto: "tcp"}}}
	two := Container{Name: "two", Ports: []docker.Port{{Host: 8001, Proto: "tcp"}}}
	for n, running := range [][]Container{{}, {one}, {one, two}} {
		got := facts(t, prober{remote: true, running: running}, p, State{}).Ports[0]
		if got.Taken() != (n == 2) {
			t.Errorf("%d taken: %+v", n, got)
		}
	}
}

func TestAddressOfAnotherMachineIsNoted(t *testing.T) {
	got := facts(t, prober{}, onPort(t, 18080, "192.0.2.1"), State{}).Ports[0]
	if !got.Holders[18080].NoAddress {
		t.Errorf("got %+v", got)
	}
}

func TestFilesThatAreMissing(t *testing.T) {
	p := loaded(t, "", `services:
  a:
    image: x
    volumes:
      - ./there:/there
      - ./gone:/gone
      - {type: bind, source: ./strict, target: /strict, bind: {create_host_path: false}}
      - named:/named
    configs: [c]
  b:
    image: x
    secrets: [s]
    volumes: ["./gone:/gone"]
configs: {c: {file: ./c.conf}}
secrets: {s: {file: ./s.txt}}
volumes: {named: }
`)
	write(t, p.Layout.Path("compose", "there", "x"), "")
	write(t, p.Layout.Path("compose", "s.txt"), "")
	var got string
	for _, f := range facts(t, prober{}, p, State{}).Files {
		got += fmt.Sprintf("%s %s %v missing=%v create=%v\n", p.Short(f.Path), f.Use, f.Services, f.Missing, f.Create)
	}
	const want = `compose/c.conf config [a] missing=true create=false
compose/gone bind mount [a b] missing=true create=true
compose/s.txt secret [b] missing=false create=false
compose/strict bind mount [a] missing=true create=false
compose/there bind mount [a] missing=false create=true
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if files := facts(t, prober{remote: true}, p, State{}).Files; len(files) > 0 {
		t.Errorf("looked at this machine's files for another's engine: %v", files)
	}
}

func TestComposeSaysItsVersionOrWhatIsWrong(t *testing.T) {
	if got := composeCLI(t.Context(), compose); got != (Compose{Version: "5.6.0"}) {
		t.Errorf("got %+v", got)
	}
	got := composeCLI(t.Context(), noCompose)
	if got.Version != "" || got.Problem != "docker compose version --short: exited with code 1" {
		t.Errorf("got %+v", got)
	}
}

func TestDiskIsMeasuredWhereItIsSeen(t *testing.T) {
	p := loaded(t, "", "services:\n  a:\n    image: x\n")
	here := facts(t, prober{info: docker.Info{RootDir: t.TempDir()}}, p, State{}).Disk
	if runtime.GOOS != "windows" && (here.Path == "" || here.Free == 0) {
		t.Errorf("got %+v", here)
	}
	if gone := facts(t, prober{info: docker.Info{RootDir: "/no/such/place"}}, p, State{}).Disk; gone != (Disk{}) {
		t.Errorf("got %+v", gone)
	}
}

func TestEngineThatDoesNotAnswerIsTheError(t *testing.T) {
	p := loaded(t, "", "services:\n  a:\n    image: x\n")
	down := errors.New("no engine")
	if _, err := Preflight(t.Context(), prober{err: down}, p, State{}, compose); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
}

func TestPortsOnTheHostsOwnNetworkAreNobodysConflict(t *testing.T) {
	port := taken(t, "127.0.0.1:0")
	p := loaded(t, "", fmt.Sprintf("services: {web: {image: x, network_mode: host, ports: [\"127.0.0.1:%d:80\"]}}\n", port))
	if f := facts(t, prober{}, p, State{}); len(f.Ports) != 0 {
		t.Errorf("got %+v", f.Ports)
	}
}

func TestAVolumeBoundToADirectoryNeedsIt(t *testing.T) {
	p := loaded(t, "", `services: {db: {image: x, volumes: ["data:/data", "there:/there", "plain:/plain"]}}
volumes:
  data: {driver: local, driver_opts: {type: none, o: bind, device: ./gone}}
  there: {driver_opts: {type: none, o: "ro,bind", device: /}}
  plain: {driver_opts: {type: tmpfs, device: tmpfs}}
`)
	f := facts(t, prober{}, p, State{})
	if len(f.Files) != 2 {
		t.Fatalf("got %+v", f.Files)
	}
	for _, file := range f.Files {
		if file.Use != BoundVolume || file.Missing != strings.HasSuffix(file.Path, "gone") {
			t.Errorf("got %+v", file)
		}
	}
}
