package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// wants checks how a command ended and all that it wrote.
func wants(t *testing.T, ended sdktest.Ended, code int, stdout, stderr string) {
	t.Helper()
	if ended.Code != code || ended.Stdout() != stdout || ended.Stderr() != stderr {
		t.Errorf("exit code %d, diagnostics %v\nstdout:\n%s\nstderr:\n%s\nwant %d\n%s\n%s", ended.Code, ended.Diagnostics, ended.Stdout(), ended.Stderr(), code, stdout, stderr)
	}
}

func TestTopicsAreListedWithWhatTheyHold(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(3, "orders"), kfake.SeedTopics(1, "events"))
	b.write("orders", "1", "2", "3")
	wants(t, b.run("topics"), 0, `TOPIC   PARTITIONS  REPLICAS  MESSAGES
events           1         1         0
orders           3         1         3
`, "")
}

func TestALongNameFitsIntoTheTerminalAndIsWholeWithoutOne(t *testing.T) {
	name := strings.Repeat("customer-", 12) + "orders"
	b := startBroker(t, kfake.SeedTopics(1, name))
	typed := parse("topics")
	typed.Width = 80
	for line := range strings.Lines(b.typed(typed, b.values()).Stdout()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("line of %d columns: %s", n, line)
		}
	}
	if got := b.run("topics").Stdout(); !strings.Contains(got, name+" ") {
		t.Errorf("without a terminal the name is cut:\n%s", got)
	}
}

func TestEmptyListsAreSaidInWords(t *testing.T) {
	b := startBroker(t)
	wants(t, b.run("topics"), 0, "", "no topics: mage kafka:create NAME makes one\n")
	wants(t, b.run("groups"), 0, "no consumer groups\n", "")
}

func TestATopicIsCreatedAndNotTwice(t *testing.T) {
	b := startBroker(t)
	ended := b.run("create orders -partitions=3 -retention=90m")
	wants(t, ended, 0, "topic orders created, 3 partitions\n", "")
	if got := ended.Resources(); !slices.Equal(got, []string{"created topic orders"}) {
		t.Errorf("it tells of %q", got)
	}
	configs, err := kadm.NewClient(b.client()).DescribeTopicConfigs(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	kept := slices.IndexFunc(configs[0].Configs, func(c kadm.Config) bool { return c.Key == "retention.ms" && c.MaybeValue() == "5400000" })
	if b.partitions("orders") != 3 || kept < 0 {
		t.Errorf("there are %d partitions with %+v", b.partitions("orders"), configs[0].Configs)
	}
	if got := finding(t, b.run("create orders")); got != `TOPIC_EXISTS: topic "orders" exists already, with 3 partitions (mage kafka:topics)` {
		t.Errorf("the second time: %s", got)
	}
}

func TestWhatCannotBeCreatedIsRefusedBeforeKafkaIsAsked(t *testing.T) {
	b := broker{t, nobody(t)}
	for line, want := range map[string]string{
		"create new/orders":            `BAD_TOPIC: topic "new/orders": a name has letters, digits, ".", "_" and "-" only, not '/' (mage kafka:create orders)`,
		"create orders -partitions=0":  `BAD_PARTITIONS: a topic cannot have 0 partitions (-partitions is between 1 and 1000)`,
		"create orders -retention=-1s": `BAD_RETENTION: messages cannot be kept for -1s (-retention=24h, in whole milliseconds)`,
		"tail orders -n=-1":            `BAD_FLAG: -1 messages cannot be printed (-n=0 goes on until Ctrl-C)`,
		"tail orders -from=middle":     `BAD_FLAG: -from=middle is no place in a topic (-from=beginning or -from=end)`,
		"tail orders -format=%q":       `BAD_FLAG: -format: `,
	} {
		if got := finding(t, b.run(line)); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

func TestATopicIsDeletedWithYesOnly(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	b.write("orders", "1", "2")
	wants(t, b.run("delete orders"), exitRefused, "", "topic orders with 2 messages would be deleted for good: mage kafka:delete orders -yes\n")
	if b.partitions("orders") != 1 {
		t.Fatal("the topic is gone without -yes")
	}
	ended := b.run("delete orders -yes")
	wants(t, ended, 0, "topic orders with 2 messages deleted\n", "")
	if got := ended.Resources(); !slices.Equal(got, []string{"deleted topic orders"}) || b.partitions("orders") != 0 {
		t.Errorf("it tells of %q, %d partitions are left", got, b.partitions("orders"))
	}
}

func TestADryCommandChangesNothing(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	v := b.values()
	v.DryRun = true
	for line, want := range map[string]string{
		"create events":      "topic events would be created with 1 partition\n",
		"delete orders -yes": "topic orders with 0 messages would be deleted\n",
		"produce orders":     "lines would be written to orders\n",
	} {
		wants(t, b.typed(parse(line), v), 0, want, "")
	}
	if b.partitions("orders") != 1 || b.partitions("events") != 0 {
		t.Error("a dry command changed topics")
	}
}

func TestAnUnknownTopicIsAnsweredWithTheNearest(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders", "customers"), kfake.AllowAutoTopicCreation())
	for name, want := range map[string]string{
		"oders":    `UNKNOWN_TOPIC: no topic "oders": did you mean "orders"? (mage kafka:topics)`,
		"Orders":   `UNKNOWN_TOPIC: no topic "Orders": did you mean "orders"? (mage kafka:topics)`,
		"cust":     `UNKNOWN_TOPIC: no topic "cust": did you mean "customers"? (mage kafka:topics)`,
		"invoices": `UNKNOWN_TOPIC: no topic "invoices" (mage kafka:topics)`,
	} {
		for _, command := range []string{"delete", "tail", "produce"} {
			if got := finding(t, b.run(command+" "+name)); got != want {
				t.Errorf("%s %s: %s, want %s", command, name, got, want)
			}
		}
		if b.partitions(name) != 0 {
			t.Errorf("asking for topic %s created it", name)
		}
	}
	if got := finding(t, startBroker(t).run("tail orders")); got != `UNKNOWN_TOPIC: no topic "orders": there are none (mage kafka:create NAME)` {
		t.Errorf("on an empty broker: %s", got)
	}
}

func TestCommandsWithoutKafkaSayWhatToDo(t *testing.T) {
	b := broker{t, nobody(t)}
	for _, line := range []string{"topics", "groups", "create orders", "delete orders", "tail orders", "produce orders"} {
		if got := finding(t, b.run(line)); !strings.HasPrefix(got, "KAFKA_UNREACHABLE: list ") || !strings.HasSuffix(got, ": nothing listens on Kafka's port (mage infra:status)") {
			t.Errorf("%s: %s", line, got)
		}
	}
	ended := b.typed(parse("topics"), sdk.Values{})
	if got := finding(t, ended); !strings.HasPrefix(got, "ENDPOINT_NOT_PUBLISHED") {
		t.Errorf("without an endpoint: %s", got)
	}
}

func TestGroupsAreListedWithTheirLag(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders", "events"))
	b.write("orders", "1", "2", "3")
	consumer := b.client(kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	first := consumer.PollRecords(t.Context(), 1)
	if err := first.Err(); err != nil {
		t.Fatal(err)
	}
	if err := consumer.CommitRecords(t.Context(), first.Records()[0]); err != nil {
		t.Fatal(err)
	}
	wants(t, b.run("groups"), 0, `GROUP    STATE   MEMBERS  TOPIC   LAG
billing  Stable        1  orders    2
`, "")
	consumer.Close()
	if _, err := kadm.NewClient(b.client()).DeleteTopic(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if got := b.run("groups").Stdout(); !strings.Contains(got, "billing  Empty") || !strings.Contains(got, "?") && !strings.Contains(got, "-") {
		t.Errorf("of a topic that is gone:\n%s", got)
	}
}

func TestLinesBecomeMessagesAndAreReadAgain(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	typed := parse("produce orders -separator=:")
	typed.Stdin = "a:1\r\nb:2:3\nno key\n\nlast"
	wants(t, b.typed(typed, b.values()), 0, "5 messages written to orders\n", "")
	wants(t, b.run(`tail orders -from=beginning -n=5 -format=%o:%k=%v\n`), 0,
		"0:a=1\n1:b=2:3\n2:=no\x20key\n3:=\n4:=last\n", "reading orders from its beginning\n")
	wants(t, b.run("tail orders -from=beginning -n=2"), 0, "1\n2:3\n", "reading orders from its beginning\n")
	got := b.run("tail orders -from=beginning -n=3 -format=json").Stdout()
	for i, want := range []string{`"offset":0,`, `"key":"b","value":"2:3"}`, `"key":null,"value":"no key"}`} {
		if line := strings.Split(got, "\n")[i]; !strings.Contains(line, want) || !strings.HasPrefix(line, `{"topic":"orders","partition":0,`) {
			t.Errorf("line %d is %s, want %s", i, line, want)
		}
	}
}

func TestAMessageCannotCommandATerminal(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	b.write("orders", "\x1b]0;title\a\tgrün\u202e\r")
	typed := parse("tail orders -from=beginning -n=1")
	wants(t, b.typed(typed, b.values()), 0, "\x1b]0;title\a\tgrün\u202e\r\n", "reading orders from its beginning\n")
	typed.Width = 80
	wants(t, b.typed(typed, b.values()), 0, `\x1b]0;title\a`+"\tgrün"+`\u202e\r`+"\n", "reading orders from its beginning\n")
}

func TestALineThatIsTooLongIsSaidSo(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	typed := parse("produce orders")
	typed.Stdin = strings.Repeat("x", 1<<20)
	if got := finding(t, b.typed(typed, b.values())); got != "MESSAGE_TOO_LARGE: a line of 1048576 bytes is too long for a message: the broker takes 1 MiB (split it)" {
		t.Error(got)
	}
}

func TestManyLinesAreAllWritten(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(3, "orders"))
	typed := parse("produce orders")
	typed.Stdin = strings.Repeat("line\n", 30_000)
	wants(t, b.typed(typed, b.values()), 0, "30000 messages written to orders\n", "")
	if got := b.run("topics").Stdout(); !strings.Contains(got, fmt.Sprint(30_000)) {
		t.Errorf("topics:\n%s", got)
	}
}
