package parity_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// runs are the fields of `docker inspect` that another container of the same
// service has otherwise.
var runs = []string{"Id", "Created", "StartedAt", "FinishedAt", "Pid", "Health", "Error", "ExecIDs", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "SandboxID", "SandboxKey", "EndpointID",
	"Gateway", "IPAddress", "MacAddress", "NetworkID", "Hostname", "Storage", "GraphDriver", "DNSNames", "Aliases", "NetworkSettings"}

// ordered are the lists that have an order; others Compose takes out of maps.
var ordered = []string{"Cmd", "Entrypoint", "Args", "Test", "Dns", "DnsSearch", "DnsOptions"}

// identity is of one container, network or volume without a name.
var identity = regexp.MustCompile(`(container:|[^:0-9a-f])[0-9a-f]{64}\b`)

// told are the labels that say what was there before.
var told = []string{"com.docker.compose.replace"}

const dependsOn = "com.docker.compose.depends_on"

// containers are those of the project as `docker inspect` shows them, without
// what is of one run.
func (s *stack) containers() string {
	s.T.Helper()
	names := strings.Fields(stacktest.Docker(s.T, "ps", "-aq", "--filter", "label=com.docker.compose.project="+s.Name))
	var list []map[string]any
	if err := json.Unmarshal([]byte(stacktest.Docker(s.T, append([]string{"inspect"}, names...)...)), &list); err != nil {
		s.T.Fatal(err)
	}
	client := stacktest.EngineClient(s.T)
	var texts []string
	for _, c := range list {
		id := fmt.Sprint(c["Image"])
		image, found, err := client.ImageConfig(s.T.Context(), id)
		if err != nil {
			s.T.Fatal(err)
		}
		config := c["Config"].(map[string]any)
		labels, _ := config["Labels"].(map[string]any)
		for _, name := range told {
			delete(labels, name)
		}
		if on, has := labels[dependsOn].(string); has { // Compose takes these out of a map
			list := strings.Split(on, ",")
			slices.Sort(list)
			labels[dependsOn] = strings.Join(list, ",")
		}
		if s.apart == "label" {
			delete(labels, "com.docker.compose.project.environment_file")
		}
		if s.loops {
			delete(c, "State")
			delete(c, "RestartCount")
		}
		prune(c)
		data, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			s.T.Fatal(err)
		}
		// containerd's store names an image by its index, which has the time of its attestation in it
		text := string(data)
		if found {
			text = strings.ReplaceAll(text, id, image.Content)
		}
		texts = append(texts, fmt.Sprint(c["Name"], " ", identity.ReplaceAllString(text, "${1}ID")))
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

// prune removes the fields of one run, wherever they are.
func prune(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range runs {
			delete(value, name)
		}
		for name, inner := range value {
			prune(inner)
			if list, ok := inner.([]any); ok && !slices.Contains(ordered, name) {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	case []any:
		for _, inner := range value {
			prune(inner)
		}
	}
}

// differing are the lines that only one of two texts has.
func differing(ours, theirs string) string {
	a, b := slices.Collect(strings.Lines(ours)), slices.Collect(strings.Lines(theirs))
	var out strings.Builder
	for _, line := range a {
		if !slices.Contains(b, line) {
			out.WriteString("ours   " + line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			out.WriteString("theirs " + line)
		}
	}
	return out.String()
}
