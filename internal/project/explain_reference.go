package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// cycle: services that wait for each other. The line is the arrow that closes
// the circle.
func cycle(l *locator, m []string) (mistake, bool) {
	names := strings.Split(m[1], " -> ")
	if len(names) < 2 {
		return mistake{}, false
	}
	from, to := names[len(names)-2], names[len(names)-1]
	text := "services depend on each other in a circle: " + strings.Join(names, " → ")
	if from == to {
		text = fmt.Sprintf("service %s depends on itself", from)
	}
	return mistake{l.dependency(from, to), text, fmt.Sprintf("remove %s from what %s depends on", to, from)}, true
}

// dependency is where a service names another one that it needs.
func (l *locator) dependency(from, to string) place {
	base := "services." + from
	for _, path := range []string{".depends_on." + to, ".links." + to, ".network_mode", ".ipc", ".pid", ".volumes_from." + to} {
		if found := l.all(base + path); len(found) > 0 {
			return l.place(found[0])
		}
	}
	return l.path(base)
}

var cycleFile = lazyregexp.New(`(?m)^(?: include )?(.+)$`)

// includeCycle: files that include each other.
func includeCycle(l *locator, m []string) (mistake, bool) {
	var files []string
	for _, found := range cycleFile.FindAllStringSubmatch(m[1], -1) {
		files = append(files, l.p.Short(found[1]))
	}
	last := files[len(files)-1]
	at := l.in(l.p.Layout.Path(files[max(0, len(files)-2)])).path("include")
	return mistake{at, "files include each other in a circle: " + strings.Join(files, " → "), "remove " + last + " from this include"}, true
}

var extendsStep = lazyregexp.New(`(?m)^  (?:extends )?(\S+) in (.+)$`)

// extendsCycle: services that extend each other.
func extendsCycle(l *locator, m []string) (mistake, bool) {
	var names []string
	file := ""
	for _, found := range extendsStep.FindAllStringSubmatch(m[1], -1) {
		names, file = append(names, found[1]), found[2]
	}
	if len(names) < 2 {
		return mistake{}, false
	}
	names = fromFirst(names)
	at := l.in(file).path("services." + names[len(names)-2] + ".extends")
	return mistake{at, "services extend each other in a circle: " + strings.Join(names, " → "), "remove this extends"}, true
}

// fromFirst lets a closed circle begin with its first name in the alphabet,
// where compose-go begins anywhere.
func fromFirst(circle []string) []string {
	open := circle[:len(circle)-1]
	first := slices.Index(open, slices.Min(open))
	return append(slices.Concat(open[first:], open[:first]), open[first])
}

// undefinedService: what a service depends on is not there, or not enabled.
func undefinedService(l *locator, m []string) (mistake, bool) {
	from, to := m[1], m[2]
	at := l.dependency(from, to)
	if profiles := l.values("services." + to + ".profiles.[]"); len(profiles) > 0 {
		return mistake{at, fmt.Sprintf("service %s depends on %s, which is only in profile %s", from, to, strings.Join(profiles, ", ")),
			"COMPOSE_PROFILES=" + profiles[0] + ", or required: false"}, true
	}
	return mistake{at, fmt.Sprintf("service %s depends on undefined service %s", from, to), l.meant("service", to, "services")}, true
}

func undefinedMode(l *locator, m []string) (mistake, bool) {
	h, ok := l.scalar(func(text string) bool { return strings.HasSuffix(text, ":"+m[1]) }, "services.*.network_mode")
	if !ok {
		return mistake{}, false
	}
	return mistake{l.place(h), "network_mode names undefined service " + m[1], l.meant("service", m[1], "services")}, true
}

// undefined: a volume, network, config, secret or model without a definition.
func undefined(l *locator, m []string) (mistake, bool) {
	service, kind, name := m[1], strings.TrimPrefix(m[2], "build "), m[3]
	section := kind + "s"
	at := l.holding("services."+service+"."+section, name)
	if kind != m[2] {
		at = l.holding("services."+service+".build."+section, name)
	}
	return mistake{at, fmt.Sprintf("service %s refers to undefined %s %s", service, m[2], name), l.meant(kind, name, section)}, true
}

// meant is the remedy for a name that is not defined.
func (l *locator) meant(kind, name, section string) string {
	if near := failure.Nearest(name, l.keys(section)); near != "" && near != name {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Sprintf("define %s %s below the top-level %s:", kind, name, section)
}

func (l *locator) values(path string) []string {
	var list []string
	for _, h := range l.all(path) {
		list = append(list, h.value.Value)
	}
	return list
}

// noBase: extends names a service that is not there.
func noBase(l *locator, m []string) (mistake, bool) {
	at := l.in(m[2]).path("services." + m[1] + ".extends.service")
	hint := "correct the name"
	if near := failure.Nearest(m[3], l.keys("services")); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return mistake{at, fmt.Sprintf("service %s extends undefined service %s", m[1], m[3]), hint}, true
}

// noImage: often a service of an overlay whose name is misspelt.
func noImage(l *locator, m []string) (mistake, bool) {
	name := m[1]
	for _, key := range []string{"image", "build", "build.context"} {
		for _, h := range l.all("services." + name + "." + key) {
			if vars := l.p.blank(h.value.Value); len(vars) > 0 {
				return mistake{l.place(h), fmt.Sprintf("%s of service %s is empty: variable %s is not set", key, name, vars[0]), l.p.Setting(vars[0], "")}, true
			}
		}
	}
	var others []string
	for _, other := range l.keys("services") {
		if other != name {
			others = append(others, other)
		}
	}
	hint := "write image: or build: below it"
	if near := failure.Nearest(name, others); near != "" && len(l.sources) > 1 {
		hint += fmt.Sprintf(", or did you mean service %q?", near)
	}
	return mistake{l.path("services." + name), fmt.Sprintf("service %s has neither image nor build", name), hint}, true
}
