package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const labImage = "lab/kafka:1"

// stack is the fragment on the real engine, as a project of its own.
type stack struct {
	t       *testing.T
	project string
	port    string
}

func newStack(t *testing.T) stack {
	t.Helper()
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	_, port, err := net.SplitHostPort(nobody(t))
	if err != nil {
		t.Fatal(err)
	}
	s := stack{t, "sbtest-kafka-" + hex.EncodeToString(id), port}
	command(t, "bash", "../../scripts/lab/images.sh", "kafka")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if out, err := s.compose(ctx, "down", "--volumes", "--timeout=5").CombinedOutput(); err != nil {
			t.Errorf("down: %v\n%s", err, out)
		}
	})
	return s
}

func (s stack) compose(ctx context.Context, arguments ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "docker", append([]string{"compose", "-p", s.project, "-f", "compose.yml"}, arguments...)...)
	c.Env = append(os.Environ(), "KAFKA_IMAGE="+labImage, "KAFKA_PORT="+s.port, "BIND_ADDRESS=127.0.0.1", "KAFKA_ADVERTISED_HOST=127.0.0.1")
	return c
}

// up starts the stack and waits until the probe is content, as the host does; then the health check has to
// be as well.
func (s stack) up() broker {
	s.t.Helper()
	s.do("up", "--detach")
	b := broker{s.t, "127.0.0.1:" + s.port}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for got := probed(s.t, b.values()); got.GetReadiness() != pluginv1.Readiness_READINESS_READY; got = probed(s.t, b.values()) {
		select {
		case <-again.C:
		case <-ctx.Done():
			s.t.Fatalf("the probe still says %v", got)
		}
	}
	s.do("exec", "-T", "kafka", "bash", "-c", healthCheck(s.t))
	return b
}

func (s stack) do(arguments ...string) {
	s.t.Helper()
	if out, err := s.compose(s.t.Context(), arguments...).CombinedOutput(); err != nil {
		s.t.Fatalf("compose %s: %v\n%s", arguments[0], err, out)
	}
}

func healthCheck(t *testing.T) string {
	t.Helper()
	return loaded(t).Services["kafka"].HealthCheck.Test[3]
}

func command(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, arguments, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestTheFragmentRunsAndKeepsItsMessages(t *testing.T) {
	s := newStack(t)
	b := s.up()
	if got := probed(t, b.values()); got.GetReadiness() != pluginv1.Readiness_READINESS_READY || got.GetDetail() != "1 broker, 0 topics" {
		t.Errorf("the probe says %v", got)
	}
	if ended := hooked(t, b.values(topicsVariable, "orders:3,events")); ended.Code != 0 || len(ended.Resources()) != 2 {
		t.Fatalf("the hook ends with %v and tells of %q", ended.Diagnostics, ended.Resources())
	}
	typed := parse("produce orders")
	typed.Stdin = "kept\n"
	wants(t, b.typed(typed, b.values()), 0, "1 message written to orders\n", "")
	insideAddress(t, s)

	s.do("down")
	b = s.up()
	wants(t, b.run("tail orders -from=beginning -n=1"), 0, "kept\n", "reading orders from its beginning\n")
	if got := b.partitions("orders"); got != 3 {
		t.Errorf("after a restart there are %d partitions", got)
	}
}

// insideAddress asks by the listener that containers use what they are told to connect to.
func insideAddress(t *testing.T, s stack) {
	t.Helper()
	ip := command(t, "docker", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", s.project+"-kafka-1")
	inside := broker{t, net.JoinHostPort(ip, "29092")}
	brokers, err := kadm.NewClient(inside.client(kgo.RequestRetries(0))).ListBrokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%s:%d", brokers[0].Host, brokers[0].Port); len(brokers) != 1 || got != "kafka:29092" {
		t.Errorf("containers are told %s", got)
	}
}

func TestTheHealthCheckFailsWhereNoKafkaAnswers(t *testing.T) {
	command(t, "bash", "../../scripts/lab/images.sh", "kafka")
	out, err := exec.CommandContext(t.Context(), "docker", "run", "--rm", "--network=none", "--entrypoint=bash", labImage, "-c", healthCheck(t)).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no answer to a Kafka request on port 29092") {
		t.Errorf("the check ends with %v:\n%s", err, out)
	}
}
