package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// The most that a manifest may have. It comes from a program that nobody has
// looked at: without limits it fills the cache, the terminal and the help.
const (
	MaxManifest = 1 << 20   // bytes as JSON
	MaxDocs     = 256 << 10 // bytes
	MaxLine     = 200       // characters of a summary or a reason
	MaxWord     = 64        // of a name
	MaxKey      = 256       // of a permission or a default
	MaxList     = 64
	maxTimeout  = time.Hour
)

var (
	// PluginName is what a plugin may be called.
	PluginName = lazyregexp.New(`^[a-z][a-z0-9]{0,31}$`)
	// Semver is a version.
	Semver       = lazyregexp.New(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	word         = lazyregexp.New(`^[a-z][a-z0-9_-]*$`)
	serviceName  = lazyregexp.New(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)
	variableName = lazyregexp.New(`^[A-Z][A-Z0-9_]*$`)
	commandName  = lazyregexp.New(`^[a-z][a-zA-Z0-9]*$`)
	optionName   = lazyregexp.New(`^[a-z][a-zA-Z0-9_-]*$`)
	scheme       = lazyregexp.New(`^[a-z][a-z0-9+.-]*$`)
	variableType = lazyregexp.New(`^(string|port|host|url|bool|int|duration|path|enum [^\s|]+(\|[^\s|]+)*)$`)
)

// Flaw collects what is wrong; the first is what is told.
type Flaw struct{ Err error }

// Unless notes a flaw where ok is false.
func (f *Flaw) Unless(ok bool, format string, args ...any) {
	if f.Err == nil && !ok {
		f.Err = fmt.Errorf(format, args...)
	}
}

// check says what is wrong with a manifest's form: names, ranges, types, sizes,
// and characters that a terminal would obey.
func (m Manifest) check() error {
	f := &Flaw{}
	f.Name("name", m.Name, PluginName)
	f.Unless(len(m.Version) <= MaxWord && Semver.MatchString(m.Version), "the version %q is no semantic version", Cut(m.Version))
	f.Unless(m.APIMin >= 1 && m.APIMin <= m.APIMax && m.APIMax <= 1000, "it speaks API %d to %d, which is no range", m.APIMin, m.APIMax)
	f.line("summary", m.Summary)
	f.Unless(len(m.Docs) <= MaxDocs, "its docs have %d bytes, %d are the most", len(m.Docs), MaxDocs)
	f.Unless(IsText(m.Docs, "\n\t"), "its docs have control characters")
	f.count("capabilities", len(m.Capabilities))
	for _, c := range m.Capabilities {
		f.Name("capability", c, word)
	}
	f.services(m.Services)
	f.variables(m.Variables)
	f.endpoints(m.Endpoints, m.Services)
	f.commands(m.Commands)
	f.hooks(m.Hooks)
	f.permissions(m.Permissions)
	return f.Err
}

func (f *Flaw) services(list []Service) {
	f.count("services", len(list))
	names := Unique{}
	for _, s := range list {
		f.Name("service", s.Name, serviceName)
		f.Unless(names.Add(s.Name), "the service %q is there twice", s.Name)
		f.line("service "+s.Name, s.Summary)
	}
}

func (f *Flaw) variables(list []Variable) {
	f.Unless(len(list) <= 4*MaxList, "it has %d variables, %d are the most", len(list), 4*MaxList)
	names := Unique{}
	for _, v := range list {
		f.Name("variable", v.Name, variableName)
		f.Unless(names.Add(v.Name), "the variable %s is there twice", Cut(v.Name))
		f.Unless(pluginv1.Reserved(v.Name) == "", "the variable %s may not be a plugin's: %s", Cut(v.Name), pluginv1.Reserved(v.Name))
		f.line("variable "+v.Name, v.Summary)
		f.Unless(len(v.Type) <= 4*MaxKey && IsText(v.Type, "") && variableType.MatchString(v.Type), "the variable %s has the unknown type %q", v.Name, Cut(v.Type))
		f.Unless(len(v.Default) <= 4*MaxKey && IsText(v.Default, ""), "the default of %s is too long or has control characters", v.Name)
		f.Unless(v.Generate >= 0 && v.Generate <= 1024 && (v.Generate == 0 || v.Secret), "%s cannot be generated with a length of %d", v.Name, v.Generate)
	}
}

func (f *Flaw) endpoints(list []Endpoint, services []Service) {
	f.count("endpoints", len(list))
	names := Unique{}
	for _, e := range list {
		f.Name("endpoint", e.Name, word)
		f.Unless(names.Add(e.Name), "the endpoint %q is there twice", e.Name)
		f.Unless(slices.ContainsFunc(services, func(s Service) bool { return s.Name == e.Service }), "the endpoint %q is of an unknown service %q", e.Name, Cut(e.Service))
		f.Unless(e.Port > 0, "the endpoint %q has no port", e.Name)
		if e.Scheme != "" {
			f.Name("scheme", e.Scheme, scheme)
		}
	}
}

func (f *Flaw) commands(list []Command) {
	f.count("commands", len(list))
	names := Unique{}
	for _, c := range list {
		f.Name("command", c.Name, commandName)
		f.Unless(names.Add(strings.ToLower(c.Name)), "the command %q is there twice (Mage does not tell case)", c.Name)
		f.line("command "+c.Name, c.Summary)
		f.count("arguments of "+c.Name, len(c.Arguments))
		options := Unique{}
		for _, a := range c.Arguments {
			f.Name("argument", a.Name, optionName)
			f.Unless(options.Add(a.Name), "the command %q has %q twice", c.Name, a.Name)
			f.line("argument "+a.Name, a.Summary)
		}
		f.count("flags of "+c.Name, len(c.Flags))
		for _, flag := range c.Flags {
			f.Unless(options.Add(flag.Name), "the command %q has %q twice", c.Name, Cut(flag.Name))
			f.flag(flag)
		}
	}
}

func (f *Flaw) flag(flag Flag) {
	f.Name("flag", flag.Name, optionName)
	f.line("flag "+flag.Name, flag.Summary)
	f.Unless(len(flag.Default) <= MaxKey && IsText(flag.Default, ""), "the default of -%s is too long or has control characters", flag.Name)
	f.Unless(FlagValue(flag.Type, flag.Default) || flag.Default == "" && flagTypes[flag.Type], "-%s: %q is no %s", flag.Name, Cut(flag.Default), Cut(flag.Type))
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

func (f *Flaw) hooks(list []Hook) {
	phases := Unique{}
	for _, h := range list {
		f.Unless(slices.Contains([]string{"pre_up", "post_ready", "pre_down"}, h.Phase), "unknown phase %q of a hook", Cut(h.Phase))
		f.Unless(phases.Add(h.Phase), "the phase %s has two hooks", h.Phase)
		f.line("hook "+h.Phase, h.Summary)
		f.Unless(h.Timeout >= 0 && h.Timeout <= maxTimeout, "the hook %s may not take %s", h.Phase, h.Timeout)
	}
}

func (f *Flaw) permissions(list []Permission) {
	f.count("permissions", len(list))
	keys := Unique{}
	for _, p := range list {
		f.Unless(pluginv1.IsPermission(p.Key), "%q is no permission", Cut(p.Key))
		f.Unless(!strings.HasPrefix(p.Key, pluginv1.VariablePermission), "%q is asked for by the variable itself", Cut(p.Key))
		f.Unless(keys.Add(p.Key), "the permission %s is there twice", p.Key)
		f.line("permission "+p.Key, p.Reason)
	}
}

func (f *Flaw) count(what string, n int) {
	f.Unless(n <= MaxList, "it has %d %s, %d are the most", n, what, MaxList)
}

// Name checks a name.
func (f *Flaw) Name(what, name string, form *lazyregexp.Regexp) {
	f.Unless(len(name) <= MaxWord && form.MatchString(name), "the %s %q is not %s", what, Cut(name), form)
}

func (f *Flaw) line(what, text string) {
	f.Unless(utf8.RuneCountInString(text) <= MaxLine, "the text of %s is longer than %d characters", Cut(what), MaxLine)
	f.Unless(IsText(text, ""), "the text of %s has control characters", Cut(what))
}

// Unique finds names that are given twice.
type Unique map[string]bool

// Add notes a name, and a flaw where it was there.
func (u Unique) Add(name string) bool {
	if u[name] {
		return false
	}
	u[name] = true
	return true
}

// IsText reports whether s is valid UTF-8 without control characters, but those allowed, and
// without the marks that make text read otherwise than it is.
func IsText(s, allowed string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return IsControl(r) && !strings.ContainsRune(allowed, r) }) < 0
}

// IsControl reports whether r is a control character.
func IsControl(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) }

// Cut shortens a text for an error.
func Cut(s string) string {
	if runes := []rune(s); len(runes) > MaxLine {
		return string(runes[:MaxLine]) + "…"
	}
	return s
}
