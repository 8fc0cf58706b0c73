package main

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// running starts a node with two listeners on free ports.
func running(t *testing.T, directory string) *node {
	t.Helper()
	n, err := start(settings{directory: directory, cluster: "c", autoCreate: true, partitions: 1, listeners: []listener{
		{name: "INTERNAL", address: "127.0.0.1:0", advertised: "kafka:29092"},
		{name: "EXTERNAL", address: "127.0.0.1:0", advertised: "[::1]:9093"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// client connects by the listener with the index, wherever the broker says it is.
func client(t *testing.T, n *node, index int, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	at := n.doors[index].Addr().String()
	opts = append(opts, kgo.SeedBrokers(at), kgo.Dialer(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, at)
	}))
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEachListenerIsToldItsOwnAddress(t *testing.T) {
	n := running(t, "")
	t.Cleanup(n.close)
	for index, want := range []struct {
		host string
		port int32
	}{{"kafka", 29092}, {"::1", 9093}} {
		c := client(t, n, index)
		found := kmsg.NewPtrFindCoordinatorRequest()
		found.CoordinatorKeys = []string{"group"}
		for _, request := range []kmsg.Request{kmsg.NewPtrMetadataRequest(), kmsg.NewPtrDescribeClusterRequest(), found} {
			response, err := c.Request(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			var host string
			var port int32
			switch r := response.(type) {
			case *kmsg.MetadataResponse:
				host, port = r.Brokers[0].Host, r.Brokers[0].Port
			case *kmsg.DescribeClusterResponse:
				host, port = r.Brokers[0].Host, r.Brokers[0].Port
			case *kmsg.FindCoordinatorResponse:
				host, port = r.Coordinators[0].Host, r.Coordinators[0].Port
			}
			if host != want.host || port != want.port {
				t.Errorf("%T by listener %d names %s:%d, want %s:%d", response, index, host, port, want.host, want.port)
			}
		}
	}
}

func TestAMessageIsReadAfterARestart(t *testing.T) {
	directory := t.TempDir()
	first := running(t, directory)
	if _, err := kadm.NewClient(client(t, first, 0)).CreateTopic(t.Context(), 2, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	if err := client(t, first, 0).ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte("kept")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	first.close()

	second := running(t, directory)
	t.Cleanup(second.close)
	fetched := client(t, second, 1, kgo.ConsumeTopics("orders"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())).PollRecords(t.Context(), 1)
	if err := fetched.Err(); err != nil {
		t.Fatal(err)
	}
	if got := string(fetched.Records()[0].Value); got != "kept" {
		t.Errorf("the message is %q", got)
	}
}

func TestGarbageEndsOneConnectionOnly(t *testing.T) {
	n := running(t, "")
	t.Cleanup(n.close)
	for _, garbage := range []string{"GET / HTTP/1.0\r\n\r\n", "\x00\x00\x00\x02xx", "\x00\x00\x00\x0a\x00\x03\x00\x63\x00\x00\x00\x01\xff\xff",
		"\x00\x00\x00\x0a\x7f\xff\x00\x00\x00\x00\x00\x01\xff\xff"} {
		c, err := net.Dial("tcp", n.doors[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(garbage)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("%q is answered", garbage)
		}
		_ = c.Close()
	}
	if err := client(t, n, 0).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSettingsAreReadUnderTheRealImagesNames(t *testing.T) {
	s, err := settingsOf(func(name string) string {
		return map[string]string{
			"KAFKA_LISTENERS":            "INTERNAL://:29092,EXTERNAL://:9092,CONTROLLER://127.0.0.1:29093",
			"KAFKA_ADVERTISED_LISTENERS": "INTERNAL://kafka:29092,EXTERNAL://127.0.0.1:19092",
		}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []listener{{"INTERNAL", ":29092", "kafka:29092"}, {"EXTERNAL", ":9092", "127.0.0.1:19092"}}
	if !slices.Equal(s.listeners, want) || s.partitions != 1 || !s.autoCreate {
		t.Errorf("settings are %+v", s)
	}
}

func TestSettingsThatTheRealOneRefusesAreRefused(t *testing.T) {
	for value, want := range map[string]string{
		"A:9092":             "is not NAME://HOST:PORT",
		"A://0.0.0.0:9092":   "nobody can connect",
		"B://127.0.0.1:9092": "is not among KAFKA_LISTENERS",
	} {
		if _, err := pair("A://:9092", value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", value, err, want)
		}
	}
}
