package pluginhost

import (
	"testing"
)

func TestTwoThatWantTheSameAreToldBoth(t *testing.T) {
	t.Parallel()
	base := Names{
		Owner: "compose/docker-compose.yml", Services: []string{"postgres"}, Volumes: []string{"postgres-data"}, Networks: []string{"stack"},
		Containers: []string{"db"}, Ports: []Port{{Service: "postgres", IP: "127.0.0.1", Number: 5432, Protocol: "tcp"}},
	}
	kafka := "services:\n  kafka: {image: x, container_name: \"${NAME:-kafka}\", ports: [\"${KAFKA_PORT:-9092}:9092\"]}\nvolumes: {kafka-data: }\n"
	for _, c := range []struct{ other, want string }{
		{"services: {kafka: {image: y}}", "plugin kafka and plugin other both have the service \"kafka\"\n  → use one of them only: mage plugin:disable other"},
		{"services: {x: {image: y}}\nvolumes: {kafka-data: }", "plugin kafka and plugin other both have the volume \"kafka-data\"\n  → use one of them only: mage plugin:disable other"},
		{"services: {x: {image: y, container_name: kafka}}", "plugin kafka and plugin other both have the container name \"kafka\"\n  → use one of them only: mage plugin:disable other"},
		{"services: {x: {image: y, ports: ['127.0.0.1:9092:1']}}", "plugin kafka and plugin other both publish port 9092/tcp\n  plugin kafka: service kafka\n  plugin other: service x\n  → give one of them another port: mage plugin:info other names its variables"},
		{"services: {x: {image: y, ports: [{target: 1, published: \"9000-9100\"}]}}", "plugin kafka and plugin other both publish port 9092/tcp\n  plugin kafka: service kafka\n  plugin other: service x\n  → give one of them another port: mage plugin:info other names its variables"},
		{"services: {postgres: {image: y}}", "compose/docker-compose.yml and plugin other both have the service \"postgres\"\n  → use one of them only: mage plugin:disable other"},
		{"services: {x: {image: y}}\nnetworks: {stack: }", "compose/docker-compose.yml and plugin other both have the network \"stack\"\n  → use one of them only: mage plugin:disable other"},
		{"services: {x: {image: y, ports: ['0.0.0.0:5432:1']}}", "compose/docker-compose.yml and plugin other both publish port 5432/tcp\n  compose/docker-compose.yml: service postgres\n  plugin other: service x\n  → give one of them another port: mage plugin:info other names its variables"},
	} {
		err := Clashes(map[string][]byte{"kafka": []byte(kafka), "other": []byte(c.other)}, nothing, base)
		isPreflight(t, err)
		if err.Error() != c.want {
			t.Errorf("got\n%v\nwant\n%s", err, c.want)
		}
	}
}

func nothing(string) (string, bool) { return "", false }

func TestWhatOnlyLooksAlikeDoesNotClash(t *testing.T) {
	t.Parallel()
	base := Names{Owner: "compose.yml", Services: []string{"a"}, Volumes: []string{"x"}, Ports: []Port{{IP: "127.0.0.1", Number: 80, Protocol: "tcp"}}}
	values := func(name string) (string, bool) { return map[string]string{"PORT": "9093"}[name], name == "PORT" }
	err := Clashes(map[string][]byte{
		"one":   []byte("services: {x: {image: y, ports: ['80:80/udp', '8000', '${NEEDED:?}:1', '9092:1']}}"),
		"two":   []byte("services: {y: {image: y, ports: ['127.0.0.2:80:80', '8000', '${PORT:-9092}:1']}}"),
		"three": []byte("services: {z: {image: y}}\nvolumes: {a: }"),
	}, values, base)
	if err != nil {
		t.Error(err)
	}
	isPreflight(t, Clashes(map[string][]byte{"bad": []byte("services: {x: {ports: ['99999:1']}}")}, nothing), `the fragment of plugin "bad"`)
}
