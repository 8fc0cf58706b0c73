package pluginhost

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// The most that a manifest may have. It comes from a program that nobody has
// looked at: without limits it fills the cache, the terminal and the help.
const (
	maxManifest = 1 << 20   // bytes as JSON
	maxDocs     = 256 << 10 // bytes
	maxLine     = 200       // characters of a summary or a reason
	maxWord     = 64        // of a name
	maxKey      = 256       // of a permission or a default
	maxList     = 64
	maxTimeout  = time.Hour
)

var (
	pluginName   = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)
	semver       = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	word         = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	serviceName  = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)
	variableName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	commandName  = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	optionName   = regexp.MustCompile(`^[a-z][a-zA-Z0-9_-]*$`)
	scheme       = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)
	variableType = regexp.MustCompile(`^(string|port|host|url|bool|int|duration|path|enum [^\s|]+(\|[^\s|]+)*)$`)
)

// flaw collects what is wrong; the first is what is told.
type flaw struct{ err error }

func (f *flaw) unless(ok bool, format string, args ...any) {
	if f.err == nil && !ok {
		f.err = fmt.Errorf(format, args...)
	}
}

// check says what is wrong with a manifest's form: names, ranges, types, sizes,
// and characters that a terminal would obey.
func (m Manifest) check() error {
	f := &flaw{}
	f.name("name", m.Name, pluginName)
	f.unless(len(m.Version) <= maxWord && semver.MatchString(m.Version), "the version %q is no semantic version", cut(m.Version))
	f.unless(m.APIMin >= 1 && m.APIMin <= m.APIMax && m.APIMax <= 1000, "it speaks API %d to %d, which is no range", m.APIMin, m.APIMax)
	f.line("summary", m.Summary)
	f.unless(len(m.Docs) <= maxDocs, "its docs have %d bytes, %d are the most", len(m.Docs), maxDocs)
	f.unless(isText(m.Docs, "\n\t"), "its docs have control characters")
	f.count("capabilities", len(m.Capabilities))
	for _, c := range m.Capabilities {
		f.name("capability", c, word)
	}
	f.services(m.Services)
	f.variables(m.Variables)
	f.endpoints(m.Endpoints, m.Services)
	f.commands(m.Commands)
	f.hooks(m.Hooks)
	f.permissions(m.Permissions)
	return f.err
}

func (f *flaw) services(list []Service) {
	f.count("services", len(list))
	names := unique{}
	for _, s := range list {
		f.name("service", s.Name, serviceName)
		f.unless(names.add(s.Name), "the service %q is there twice", s.Name)
		f.line("service "+s.Name, s.Summary)
	}
}

func (f *flaw) variables(list []Variable) {
	f.unless(len(list) <= 4*maxList, "it has %d variables, %d are the most", len(list), 4*maxList)
	names := unique{}
	for _, v := range list {
		f.name("variable", v.Name, variableName)
		f.unless(names.add(v.Name), "the variable %s is there twice", cut(v.Name))
		f.unless(pluginv1.Reserved(v.Name) == "", "the variable %s may not be a plugin's: %s", cut(v.Name), pluginv1.Reserved(v.Name))
		f.line("variable "+v.Name, v.Summary)
		f.unless(len(v.Type) <= 4*maxKey && isText(v.Type, "") && variableType.MatchString(v.Type), "the variable %s has the unknown type %q", v.Name, cut(v.Type))
		f.unless(len(v.Default) <= 4*maxKey && isText(v.Default, ""), "the default of %s is too long or has control characters", v.Name)
		f.unless(v.Generate >= 0 && v.Generate <= 1024 && (v.Generate == 0 || v.Secret), "%s cannot be generated with a length of %d", v.Name, v.Generate)
	}
}

func (f *flaw) endpoints(list []Endpoint, services []Service) {
	f.count("endpoints", len(list))
	names := unique{}
	for _, e := range list {
		f.name("endpoint", e.Name, word)
		f.unless(names.add(e.Name), "the endpoint %q is there twice", e.Name)
		f.unless(slices.ContainsFunc(services, func(s Service) bool { return s.Name == e.Service }), "the endpoint %q is of an unknown service %q", e.Name, cut(e.Service))
		f.unless(e.Port > 0, "the endpoint %q has no port", e.Name)
		if e.Scheme != "" {
			f.name("scheme", e.Scheme, scheme)
		}
	}
}

func (f *flaw) commands(list []Command) {
	f.count("commands", len(list))
	names := unique{}
	for _, c := range list {
		f.name("command", c.Name, commandName)
		f.unless(names.add(strings.ToLower(c.Name)), "the command %q is there twice (Mage does not tell case)", c.Name)
		f.line("command "+c.Name, c.Summary)
		f.count("arguments of "+c.Name, len(c.Arguments))
		options := unique{}
		for _, a := range c.Arguments {
			f.name("argument", a.Name, optionName)
			f.unless(options.add(a.Name), "the command %q has %q twice", c.Name, a.Name)
			f.line("argument "+a.Name, a.Summary)
		}
		f.count("flags of "+c.Name, len(c.Flags))
		for _, flag := range c.Flags {
			f.unless(options.add(flag.Name), "the command %q has %q twice", c.Name, cut(flag.Name))
			f.flag(flag)
		}
	}
}

func (f *flaw) flag(flag Flag) {
	f.name("flag", flag.Name, optionName)
	f.line("flag "+flag.Name, flag.Summary)
	f.unless(len(flag.Default) <= maxKey && isText(flag.Default, ""), "the default of -%s is too long or has control characters", flag.Name)
	f.unless(FlagValue(flag.Type, flag.Default) || flag.Default == "" && flagTypes[flag.Type], "-%s: %q is no %s", flag.Name, cut(flag.Default), cut(flag.Type))
}

var flagTypes = map[string]bool{"string": true, "bool": true, "int": true, "duration": true}

// FlagValue says whether a text is a value of a flag's type.
func FlagValue(kind, value string) bool {
	var err error
	switch kind {
	case "string":
	case "bool":
		_, err = strconv.ParseBool(value)
	case "int":
		_, err = strconv.Atoi(value)
	case "duration":
		_, err = time.ParseDuration(value)
	default:
		return false
	}
	return err == nil
}

func (f *flaw) hooks(list []Hook) {
	phases := unique{}
	for _, h := range list {
		f.unless(slices.Contains([]string{"pre_up", "post_ready", "pre_down"}, h.Phase), "unknown phase %q of a hook", cut(h.Phase))
		f.unless(phases.add(h.Phase), "the phase %s has two hooks", h.Phase)
		f.line("hook "+h.Phase, h.Summary)
		f.unless(h.Timeout >= 0 && h.Timeout <= maxTimeout, "the hook %s may not take %s", h.Phase, h.Timeout)
	}
}

func (f *flaw) permissions(list []Permission) {
	f.count("permissions", len(list))
	keys := unique{}
	for _, p := range list {
		f.unless(pluginv1.IsPermission(p.Key), "%q is no permission", cut(p.Key))
		f.unless(!strings.HasPrefix(p.Key, pluginv1.VariablePermission), "%q is asked for by the variable itself", cut(p.Key))
		f.unless(keys.add(p.Key), "the permission %s is there twice", p.Key)
		f.line("permission "+p.Key, p.Reason)
	}
}

func (f *flaw) count(what string, n int) {
	f.unless(n <= maxList, "it has %d %s, %d are the most", n, what, maxList)
}

func (f *flaw) name(what, name string, form *regexp.Regexp) {
	f.unless(len(name) <= maxWord && form.MatchString(name), "the %s %q is not %s", what, cut(name), form)
}

func (f *flaw) line(what, text string) {
	f.unless(utf8.RuneCountInString(text) <= maxLine, "the text of %s is longer than %d characters", cut(what), maxLine)
	f.unless(isText(text, ""), "the text of %s has control characters", cut(what))
}

type unique map[string]bool

func (u unique) add(name string) bool {
	if u[name] {
		return false
	}
	u[name] = true
	return true
}

// isText: valid UTF-8 without control characters, but those allowed, and
// without the marks that make text read otherwise than it is.
func isText(s, allowed string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return isControl(r) && !strings.ContainsRune(allowed, r) }) < 0
}

func isControl(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) }

// printable is a text of unknown origin on one line of a terminal.
func printable(s string) string {
	return cut(strings.Map(func(r rune) rune {
		if isControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s))
}

func cut(s string) string {
	if runes := []rune(s); len(runes) > maxLine {
		return string(runes[:maxLine]) + "…"
	}
	return s
}
