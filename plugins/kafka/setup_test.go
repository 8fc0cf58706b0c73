package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func hooked(t *testing.T, v sdk.Values) sdktest.Ended {
	t.Helper()
	ended, err := sdktest.Hook(t.Context(), t, plugin(), pluginv1.Phase_PHASE_POST_READY, v)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

func TestTopicsAreCreatedOnce(t *testing.T) {
	b := startBroker(t)
	v := b.values(topicsVariable, "orders:3,events")
	for _, want := range [][]string{{"created topic orders", "created topic events"}, {"existed topic orders", "existed topic events"}} {
		ended := hooked(t, v)
		if got := ended.Resources(); ended.Code != 0 || !slices.Equal(got, want) {
			t.Errorf("the hook ends with %d (%v) and tells of %q, want %q", ended.Code, ended.Diagnostics, got, want)
		}
	}
	if o, e := b.partitions("orders"), b.partitions("events"); o != 3 || e != 1 {
		t.Errorf("partitions are %d and %d", o, e)
	}
}

func TestPartitionsAreAddedAndNeverTakenAway(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(2, "orders"))
	if got := hooked(t, b.values(topicsVariable, "orders:5")).Resources(); !slices.Equal(got, []string{"updated topic orders"}) || b.partitions("orders") != 5 {
		t.Errorf("the hook tells of %q; there are %d partitions", got, b.partitions("orders"))
	}
	ended := hooked(t, b.values(topicsVariable, "orders:2"))
	if got := ended.Resources(); !slices.Equal(got, []string{"existed topic orders"}) || b.partitions("orders") != 5 {
		t.Errorf("the hook tells of %q; there are %d partitions", got, b.partitions("orders"))
	}
	if want := `WARN topic "orders" has 5 partitions, KAFKA_TOPICS wants 2: they cannot be taken away, nothing is changed`; !slices.Equal(ended.Logs(), []string{want}) {
		t.Errorf("logs are %q", ended.Logs())
	}
}

func TestADryRunSaysWhatWouldBe(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(2, "orders"))
	v := b.values(topicsVariable, "orders:3,events")
	v.DryRun = true
	if got := hooked(t, v).Resources(); !slices.Equal(got, []string{"updated topic orders", "created topic events"}) {
		t.Errorf("the hook tells of %q", got)
	}
	if b.partitions("orders") != 2 || b.partitions("events") != 0 {
		t.Error("the dry run changed topics")
	}
}

func TestAHookWithoutKafkaFailsWithACode(t *testing.T) {
	v := sdk.Values{Endpoints: map[string]string{endpoint: nobody(t)}, Config: map[string]string{topicsVariable: "orders"}}
	if got := finding(t, hooked(t, v)); !strings.HasPrefix(got, "KAFKA_UNREACHABLE: list topics: nothing listens on Kafka's port") {
		t.Errorf("the hook fails with %s", got)
	}
	v.Config[topicsVariable] = ""
	if ended := hooked(t, v); ended.Code != 0 {
		t.Errorf("without topics the hook ends with %d: it has nothing to ask", ended.Code)
	}
}

func TestValuesAreValidated(t *testing.T) {
	defaults := sdk.Config{}
	for _, v := range variables() {
		defaults[v.Name] = v.Default
	}
	if found := validate(defaults); len(found) > 0 {
		t.Errorf("the defaults have findings: %+v", found)
	}
	for host, want := range map[string]string{
		"0.0.0.0": "BAD_ADVERTISED_HOST", "[::]": "BAD_ADVERTISED_HOST", "::1": "BAD_ADVERTISED_HOST", "host:9092": "BAD_ADVERTISED_HOST",
		"[::1]": "", "kafka.example": "", "10.0.0.2": "",
	} {
		found := validate(sdk.Config{"KAFKA_ADVERTISED_HOST": host})
		if got := codes(found); got != want {
			t.Errorf("%s: findings are %q, want %q", host, got, want)
		}
	}
	if got := codes(validate(sdk.Config{topicsVariable: "a:0,b,b", "KAFKA_ADVERTISED_HOST": "::"})); got != "BAD_TOPIC DUPLICATE_TOPIC BAD_ADVERTISED_HOST" {
		t.Errorf("findings are %q", got)
	}
}

func codes(found []sdk.Diagnostic) string {
	var list []string
	for _, d := range found {
		list = append(list, d.Code)
	}
	return strings.Join(list, " ")
}
