package engine_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// onHost listens on a port of the host two seconds after its start, or dies where that is
// taken. Its health check asks whoever listens.
const onHost = `
  web:
    image: lab/base:bookworm
    stop_grace_period: 0s
    network_mode: host
    expose: [%[1]d]
    command: [perl, "-MIO::Socket::INET", -e, 'sleep 2; $$s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => %[1]d) or die "taken\n"; 1 while $$s->accept']
    healthcheck:
      test: [CMD, perl, "-MIO::Socket::INET", -e, 'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1:%[1]d")']
      interval: 1h
`

// A port of the host's network that another program holds is no proof of a service there,
// and its own is: seen from this machine, and by an engine that is reached over TCP.
func TestOnTheHostsNetworkTheListenerIsTheContainersOwn(t *testing.T) {
	t.Parallel()
	for _, far := range []bool{false, true} {
		for _, expose := range []bool{false, true} {
			t.Run(fmt.Sprintf("far %v, ports told %v", far, expose), func(t *testing.T) {
				t.Parallel()
				held, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = held.Close() }()
				services := fmt.Sprintf(onHost, held.Addr().(*net.TCPAddr).Port)
				if !expose {
					services = strings.Replace(services, "    expose: [", "    labels: [a=", 1)
				}
				s := newStack(t, services)
				if far {
					s.Env = append(s.Env, "DOCKER_HOST=tcp://"+s.tcpDoor().address)
				}
				s.Up(infra.UpOptions{Timeout: time.Minute}).Want(t, failure.NotReady).Says(t, "web exited with code", "taken")
				if err := held.Close(); err != nil {
					t.Fatal(err)
				}
				s.Up(infra.UpOptions{Timeout: time.Minute}).Want(t, failure.OK)
			})
		}
	}
}
