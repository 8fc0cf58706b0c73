package main

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func probed(t *testing.T, v sdk.Values) *pluginv1.ProbeResponse {
	t.Helper()
	got, err := sdktest.Probe(t.Context(), t, plugin(), "kafka", v)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestABrokerThatAnswersIsReady(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders", "events", "mails"))
	if got := probed(t, b.values()); got.GetReadiness() != pluginv1.Readiness_READINESS_READY || got.GetDetail() != "1 broker, 3 topics" {
		t.Errorf("the probe says %v", got)
	}
}

// moved makes the broker say that it is elsewhere, or has no controller.
func moved(edit func(*kmsg.MetadataResponse)) func(*testing.T) broker {
	return func(t *testing.T) broker {
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			answer := request.ResponseKind().(*kmsg.MetadataResponse)
			answer.ControllerID = 1
			answer.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "kafka.example", Port: 9092}}
			edit(answer)
			return answer, nil, true
		})
		return broker{t, cluster.ListenAddrs()[0]}
	}
}

func TestWhatAClusterLacksIsSaidInWords(t *testing.T) {
	for want, edit := range map[string]func(*kmsg.MetadataResponse){
		"the broker has not joined its cluster yet": func(m *kmsg.MetadataResponse) { m.Brokers = nil },
		"no controller is elected yet":              func(m *kmsg.MetadataResponse) { m.ControllerID = -1 },
	} {
		got := probed(t, moved(edit)(t).values())
		if got.GetReadiness() != pluginv1.Readiness_READINESS_NOT_YET || got.GetReason() != want {
			t.Errorf("the probe says %v, want %q", got, want)
		}
	}
}

func TestAnAdvertisedAddressThatDiffersIsNamed(t *testing.T) {
	b := moved(func(*kmsg.MetadataResponse) {})(t)
	if got := probed(t, b.values()).GetDetail(); got != "1 broker, 0 topics, advertised as kafka.example:9092" {
		t.Errorf("the probe says %q", got)
	}
	run, _ := sdktest.NewRun(t, sdk.Values{Endpoints: map[string]string{endpoint: "127.0.0.1:9092"}})
	for host, want := range map[string]string{"localhost": "", "127.0.0.1": "", "::1": "", "10.0.0.2": ", advertised as 10.0.0.2:9092"} {
		if got := elsewhere(run, kadm.BrokerDetail{Host: host, Port: 9092}); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestWhoDoesNotAnswerIsNotReadyYet(t *testing.T) {
	closed := listening(t, func(c net.Conn) { _ = c.Close() })
	garbage := listening(t, func(c net.Conn) { _, _ = c.Write([]byte("\x00\x00\x00\x04oops")); _ = c.Close() })
	for at, want := range map[string]string{
		nobody(t): "nothing listens on Kafka's port",
		closed:    "the port is open, but Kafka does not answer",
		garbage:   "what answers is not Kafka, or not yet: correlation ID mismatch",
	} {
		got := probed(t, sdk.Values{Endpoints: map[string]string{endpoint: at}})
		if got.GetReadiness() != pluginv1.Readiness_READINESS_NOT_YET || got.GetReason() != want {
			t.Errorf("the probe says %v, want %q", got, want)
		}
	}
	if got := probed(t, sdk.Values{}); got.GetReadiness() != pluginv1.Readiness_READINESS_NOT_YET {
		t.Errorf("without an endpoint the probe says %v", got)
	}
}

func TestAProbeEndsWithItsDeadline(t *testing.T) {
	silent := listening(t, func(net.Conn) {})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	run, _ := sdktest.NewRun(t, sdk.Values{Endpoints: map[string]string{endpoint: silent}})
	if got := probe(ctx, run); got != sdk.NotYet(errString("Kafka does not answer in time")) {
		t.Errorf("the probe says %+v", got)
	}
}

type errString string

func (e errString) Error() string { return string(e) }

// listening accepts connections until the end of the test, and hands them to serve.
func listening(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
		}
	}()
	return l.Addr().String()
}

// nobody is an address that nothing listens on.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
