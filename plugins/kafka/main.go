// Package main is the plugin "kafka": one Kafka node for development, its topics, and what one does with
// them by hand. It speaks to the broker with franz-go, and knows plugins/sdk and nothing else of Spellbook.
package main

import (
	_ "embed"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

//go:embed compose.yml
var fragment string

//go:embed README.md
var readme string

func main() { sdk.Serve(plugin()) }

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name:      "kafka",
		Version:   "1.0.0",
		Summary:   "Kafka, one node in KRaft mode",
		Docs:      readme,
		Services:  []sdk.Service{{Name: "kafka", Summary: "broker and controller", Probe: probe}},
		Variables: variables(),
		Endpoints: []sdk.Endpoint{{Name: endpoint, Service: "kafka", Port: 9092, Scheme: "kafka"}},
		Commands:  commands(),
		Hooks: []sdk.Hook{{Phase: sdk.PostReady, Timeout: time.Minute, Run: createTopics,
			Summary: "creates the topics of KAFKA_TOPICS"}},
		Fragment: fragment,
		Validate: validate,
	}
}

// variables are what the fragment and the hook read; the defaults are the fragment's.
func variables() []sdk.Variable {
	return []sdk.Variable{
		{Name: "KAFKA_IMAGE", Default: "apache/kafka:4.3.1", Summary: "Image of Kafka"},
		{Name: "KAFKA_DATA", Type: "path", Default: "/var/lib/kafka/data", Summary: "Directory of the image that holds the data and belongs to its user"},
		{Name: "BIND_ADDRESS", Type: "host", Default: "127.0.0.1", Summary: "Address of this machine that the port is bound to"},
		{Name: "KAFKA_PORT", Type: "port", Default: "9092", Summary: "Port on the host"},
		{Name: "KAFKA_ADVERTISED_HOST", Type: "host", Default: "127.0.0.1", Summary: "Host that clients outside of containers are told to connect to"},
		{Name: "KAFKA_AUTO_CREATE_TOPICS", Type: "bool", Default: "true", Summary: "Whether a topic is created by its first use"},
		{Name: topicsVariable, Summary: "Topics that are created when Kafka is ready: NAME or NAME:PARTITIONS, with commas between"},
	}
}

func commands() []sdk.Command {
	topic := []sdk.Argument{{Name: "name", Summary: "name of the topic"}}
	return []sdk.Command{
		{Name: "topics", Summary: "lists the topics", Run: topics},
		{Name: "create", Summary: "creates a topic", Arguments: topic, Run: create, Flags: []sdk.Flag{
			{Name: "partitions", Type: sdk.Int, Default: "1", Summary: "number of partitions"},
			{Name: "retention", Type: sdk.Duration, Default: "0s", Summary: "how long messages are kept; 0s leaves it to the broker (7 days)"},
		}},
		{Name: "delete", Summary: "deletes a topic and its messages", Arguments: topic, Run: remove, Flags: []sdk.Flag{
			{Name: "yes", Type: sdk.Bool, Default: "false", Summary: "really delete; without it the command only says what would go"},
		}},
		{Name: "tail", Summary: "prints messages as they come", Arguments: topic, Endless: true, Run: tail, Flags: []sdk.Flag{
			{Name: "from", Type: sdk.String, Default: "end", Summary: "where to begin: beginning or end"},
			{Name: "n", Type: sdk.Int, Default: "0", Summary: "end after this many messages; 0 goes on"},
			{Name: "format", Type: sdk.String, Default: "%v\\n", Summary: "%t topic, %p partition, %o offset, %k key, %v value, %d time in ms; or json"},
		}},
		{Name: "produce", Summary: "writes a message for every line of the input", Arguments: topic, Endless: true, Run: produce, Flags: []sdk.Flag{
			{Name: "separator", Type: sdk.String, Summary: "what stands between key and value in a line; none means no keys"},
		}},
		{Name: "groups", Summary: "lists consumer groups and how far behind they are", Run: groups},
	}
}
