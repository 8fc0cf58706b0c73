package infra_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// Names that others have, or nobody, are told before anything is made, each with a
// command that helps.
func TestNamesThatAreNotToBeHadAreToldFirst(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web:
    image: lab/service:1
    container_name: "${NAME}"
    networks: [outer, default]
    volumes: ["kept:/kept"]
    `+stacktest.Health+`
  idle: {image: "lab/service:1", profiles: [idle], volumes: ["never:/never"]}
networks: {outer: {external: true, name: "${NAME}-net"}}
volumes: {kept: {external: true, name: "${NAME}-data"}, never: {external: true, name: "${NAME}-never"}}
`)
	name := s.Name + "-web"
	s.Env = append(s.Env, "NAME="+name)
	stacktest.Docker(t, "create", "--name", name, "--label", "com.docker.compose.project=other", "--label", "com.docker.compose.service=theirs", "lab/service:1")
	t.Cleanup(func() { stacktest.Docker(t, "rm", "--force", name+"-another-name") })
	r := s.Up(infra.UpOptions{}).Want(t, failure.Preflight)
	r.Says(t, "3 things are in the way", "container_name "+name+" of service web is taken by service theirs of project other",
		"network "+name+"-net of service web is external", "volume "+name+"-data of service web is external")
	r.SaysNot(t, name+"-never")
	if left := s.IDs(); len(left) > 0 {
		t.Errorf("made: %v", left)
	}
	for _, line := range []string{"docker network create " + name + "-net", "docker volume create " + name + "-data", "docker rename " + name + " another-name"} {
		r.Says(t, line)
		words := strings.Fields(strings.Replace(line, " another-name", " "+name+"-another-name", 1))[1:]
		stacktest.Docker(t, words...)
	}
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Settled()
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
	stacktest.Docker(t, "network", "rm", name+"-net")
	stacktest.Docker(t, "volume", "rm", name+"-data")
}

// The engine would refuse the start of what joins them in the middle.
func TestAContainerThatIsToBeJoinedAndDoesNotRunIsToldFirst(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  web: {image: "lab/service:1", environment: {PORT: "9090"}, network_mode: "container:${GATE}", pid: "container:${GATE}", volumes_from: ["container:${GATE}"], `+stacktest.Health+`}
  data: {image: "lab/service:1", volumes_from: ["container:${DATA}:ro"]}
  own: {image: "lab/service:1", container_name: "${OWN}"}
  beside: {image: "lab/service:1", environment: {PORT: "9090"}, network_mode: "container:${OWN}", depends_on: [own]}
`)
	gate, data := s.Name+"-gate", s.Name+"-data"
	s.Env = append(s.Env, "GATE="+gate, "DATA="+data, "OWN="+s.Name+"-own")
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "2 things are in the way", "service web joins container "+gate+", which this engine does not have",
		"service data joins container "+data+", which this engine does not have", "docker ps -a has those that are there")
	for _, name := range []string{gate, data} {
		if there := stacktest.Docker(t, "ps", "-a", "--format", "{{.Names}}"); strings.Contains(there, name) {
			t.Errorf("%s is there", name)
		}
		stacktest.Docker(t, "create", "--name", name, "lab/service:1")
		t.Cleanup(func() { stacktest.Docker(t, "rm", "--force", "--volumes", name) })
	}
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "service web joins container "+gate+", which does not run", "docker start "+gate).SaysNot(t, data)
	stacktest.Docker(t, "start", gate)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
	s.Settled()
	s.Down(infra.DownOptions{}).Want(t, failure.OK)
}

func TestAUDPPortOfAProcessIsToldFirst(t *testing.T) {
	t.Parallel()
	held, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	_, port, _ := net.SplitHostPort(held.LocalAddr().String())
	s := newStack(t, fmt.Sprintf("\n  dns: {image: \"lab/service:1\", ports: [\"%s:53/udp\"]}\n", port))
	s.Up(infra.UpOptions{}).Want(t, failure.Preflight).Says(t, "port "+port+"/udp of dns is taken by ")
	if left := s.IDs(); len(left) > 0 {
		t.Errorf("made: %v", left)
	}
}
