package project

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// badDuration: Go's form is what Compose reads.
func badDuration(l *locator, m []string) (mistake, bool) {
	path := strings.Join(split(m[1]), ".")
	return l.value(path, fmt.Sprintf("is no duration: %q", m[2]), "write it like 10s, 1m30s or 500ms"), true
}

// badDecoding: any other value that does not fit its type.
func badDecoding(l *locator, m []string) (mistake, bool) {
	path := strings.Join(split(m[1]), ".")
	hint := "correct the value"
	switch {
	case strings.Contains(m[2], "suffix"), strings.Contains(m[2], "invalid size"):
		hint = "write a size like 512m or 1g"
	case strings.Contains(m[2], "missing IP"):
		hint = "write it as NAME:IP"
	}
	return l.value(path, "cannot be read: "+strings.Join(strings.Fields(m[2]), " "), hint), true
}

// badPort: the message has no path, so every port is read again.
func badPort(l *locator, m []string) (mistake, bool) {
	h, ok := l.scalar(func(text string) bool {
		_, err := types.ParsePortConfig(l.p.substitute(text))
		return err != nil && err.Error() == m[1]
	}, "services.*.ports.[]")
	if !ok {
		return mistake{}, false
	}
	written := l.p.substitute(h.value.Value)
	hint := "write HOST:CONTAINER, such as 8080:80, with ports from 1 to 65535"
	if names := l.p.given(h.value.Value); len(names) > 0 {
		hint = l.p.Setting(blamed(l, names, m[1]), "") + ": " + hint
	} else if names := l.p.blank(h.value.Value); len(names) > 0 {
		return mistake{l.place(h), fmt.Sprintf("%q is no port mapping: variable %s is not set", written, names[0]), l.p.Setting(names[0], "")}, true
	}
	return mistake{l.place(h), fmt.Sprintf("%q is no port mapping: %s", written, m[1]), hint}, true
}

// badVolume: nor has this message a path.
func badVolume(l *locator, m []string) (mistake, bool) {
	h, ok := l.scalar(func(text string) bool { return l.p.substitute(text) == m[1] }, "services.*.volumes.[]")
	if !ok {
		return mistake{}, false
	}
	text, hint := fmt.Sprintf("%q is no volume: %s", m[1], m[2]), "write SOURCE:TARGET, or SOURCE:TARGET:ro"
	if names := l.p.blank(h.value.Value); len(names) > 0 {
		text, hint = fmt.Sprintf("%q is no volume: variable %s is not set", m[1], names[0]), l.p.Setting(names[0], "")
	} else if names := l.p.given(h.value.Value); len(names) > 0 {
		hint = l.p.Setting(blamed(l, names, m[1]), "") + ": " + hint
	}
	return mistake{l.place(h), text, hint}, true
}

// blamed is the variable whose value the message names, else the last.
func blamed(l *locator, names []string, message string) string {
	for _, name := range names {
		if value := l.p.environ[name]; value != "" && strings.Contains(message, value) {
			return name
		}
	}
	return names[len(names)-1]
}

// namedTwice: compose-go's message has service and key in each other's place.
func namedTwice(l *locator, m []string) (mistake, bool) {
	path := "services." + m[2]
	return mistake{l.path(path + ".container_name"), "service " + m[2] + " has a container_name and several replicas",
		"remove container_name, or " + m[1]}, true
}

// badHealthcheck has no path: it is the test whose first word is none of three.
func badHealthcheck(l *locator, _ []string) (mistake, bool) {
	for _, h := range l.all("services.*.healthcheck.test") {
		if h.value.Kind != yaml.SequenceNode || len(h.value.Content) == 0 {
			continue
		}
		if !slices.Contains([]string{"CMD", "CMD-SHELL", "NONE"}, h.value.Content[0].Value) {
			return mistake{l.place(h), "the list of a health check's test starts with CMD, CMD-SHELL or NONE",
				"write test: [CMD, " + h.value.Content[0].Value + ", …]"}, true
		}
	}
	return mistake{}, false
}

const nameRule = "use lower-case letters, digits, hyphens and underscores, starting with a letter or digit"

// badName: COMPOSE_PROJECT_NAME or name: is no project name.
func badName(l *locator, m []string) (mistake, bool) {
	at := l.path("name")
	if l.p.environ["COMPOSE_PROJECT_NAME"] == m[1] {
		at = place{file: "COMPOSE_PROJECT_NAME"}
		for _, entry := range l.p.envFileEntries() {
			if entry.Name == "COMPOSE_PROJECT_NAME" && !l.p.inShell(entry.Name) {
				at = place{l.p.EnvPath(), entry.Line}
			}
		}
	}
	return mistake{at, fmt.Sprintf("%q is no project name", m[1]), nameRule}, true
}

func noName(l *locator, _ []string) (mistake, bool) {
	return mistake{l.path("name"), "the project has no name", "write name: at the top of the file; " + nameRule}, true
}

// resourceMessage, serviceMessage and pathMessage know at least what an error
// is about.
func resourceMessage(l *locator, m []string) (mistake, bool) {
	path := strings.TrimSuffix(m[1], "s") + "s." + m[2]
	if len(l.find(path)) == 0 {
		return mistake{}, false
	}
	return mistake{l.path(path), path + " " + m[3], "correct this entry"}, true
}

func serviceMessage(l *locator, m []string) (mistake, bool) {
	path := "services." + m[1]
	if len(l.find(path)) == 0 {
		return mistake{}, false
	}
	return mistake{l.path(path), "service " + m[1] + " " + firstLine(m[2]), "correct this service"}, true
}

func pathMessage(l *locator, m []string) (mistake, bool) {
	path := strings.TrimRight(m[1], ":,")
	if len(l.find(split(path)[0])) == 0 {
		return mistake{}, false
	}
	return l.value(strings.Join(split(path), "."), firstLine(m[2]), "correct this entry"), true
}

var lineEnd = lazyregexp.New(`\s*\n.*`)

func firstLine(text string) string { return lineEnd.ReplaceAllString(text, "") }
