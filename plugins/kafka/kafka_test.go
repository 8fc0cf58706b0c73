package main

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// broker is a Kafka of one node over TCP, within the test.
type broker struct {
	t  *testing.T
	at string
}

func startBroker(t *testing.T, opts ...kfake.Opt) broker {
	t.Helper()
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return broker{t, cluster.ListenAddrs()[0]}
}

// values are what the host would hand over.
func (b broker) values(config ...string) sdk.Values {
	v := sdk.Values{Endpoints: map[string]string{endpoint: b.at}, Config: map[string]string{}}
	for i := 0; i < len(config); i += 2 {
		v.Config[config[i]] = config[i+1]
	}
	return v
}

func (b broker) client(opts ...kgo.Opt) *kgo.Client {
	b.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(b.at)}, opts...)...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	return client
}

func (b broker) write(topic string, values ...string) {
	b.t.Helper()
	client := b.client()
	for _, value := range values {
		if err := client.ProduceSync(b.t.Context(), &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(value)}).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
}

// partitions are those of a topic, 0 where there is none.
func (b broker) partitions(topic string) int {
	b.t.Helper()
	list, err := kadm.NewClient(b.client()).ListTopics(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list[topic].Partitions)
}

// run runs a command line over gRPC: "tail orders -n=1".
func (b broker) run(line string) sdktest.Ended { return b.typed(parse(line), b.values()) }

func (b broker) typed(typed sdktest.Typed, v sdk.Values) sdktest.Ended {
	b.t.Helper()
	ended, err := sdktest.Command(b.t.Context(), b.t, plugin(), typed, v)
	if err != nil {
		b.t.Fatal(err)
	}
	return ended
}

func parse(line string) sdktest.Typed {
	typed := sdktest.Typed{Flags: map[string]string{}}
	for i, word := range strings.Fields(line) {
		name, value, valued := strings.Cut(strings.TrimPrefix(word, "-"), "=")
		switch {
		case i == 0:
			typed.Command = word
		case !strings.HasPrefix(word, "-"):
			typed.Arguments = append(typed.Arguments, word)
		case valued:
			typed.Flags[name] = value
		default:
			typed.Flags[name] = "true"
		}
	}
	return typed
}

// finding is the one diagnostic of a call that failed, as CODE: summary (hint).
func finding(t *testing.T, ended sdktest.Ended) string {
	t.Helper()
	if len(ended.Diagnostics) != 1 {
		t.Fatalf("diagnostics are %v, stdout %q, stderr %q", ended.Diagnostics, ended.Stdout(), ended.Stderr())
	}
	d := ended.Diagnostics[0]
	return d.GetCode() + ": " + d.GetSummary() + " (" + d.GetHint() + ")"
}

func TestThePluginHasNoneOfAnAuthorsMistakes(t *testing.T) {
	for _, found := range sdk.Check(plugin()) {
		t.Errorf("%s %s: %s", found.Code, found.Path, found.Summary)
	}
}
