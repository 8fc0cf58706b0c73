package sdk

import (
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// manifestRules are the forms of names and texts.
type manifestRules struct{ plugin, version, service, variable, endpoint, word *regexp.Regexp }

func newManifestRules() manifestRules {
	return manifestRules{
		plugin:   regexp.MustCompile(`^[a-z][a-z0-9]{0,39}$`),
		version:  regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`),
		service:  regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`),
		variable: regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`),
		endpoint: regexp.MustCompile(`^[a-z][a-z0-9_-]*$`),
		word:     regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`),
	}
}

// CheckManifest finds what is wrong with a manifest by itself.
func CheckManifest(m *pluginv1.Manifest) []Diagnostic {
	f, rules := &findings{}, newManifestRules()
	f.form("name", m.GetName(), rules.plugin)
	f.form("version", m.GetVersion(), rules.version)
	f.summary("summary", m.GetSummary())
	f.printable("docs", m.GetDocs())
	if low, high := m.GetApi().GetMin(), m.GetApi().GetMax(); low < 1 || high < low {
		f.add("BAD_API", "api", "the API's range is %d to %d", low, high)
	}
	f.services(m, rules)
	f.variables(m, rules)
	f.endpoints(m, rules)
	f.commands(m, rules)
	f.hooks(m)
	f.permissions(m)
	return f.list
}

func (f *findings) form(path, value string, form *regexp.Regexp) {
	if !form.MatchString(value) {
		f.add("BAD_NAME", path, "%q does not have the form %s", value, form)
	}
}

// summary is one line without a full stop.
func (f *findings) summary(path, value string) {
	switch {
	case value == "":
		f.warn("NO_SUMMARY", path, "there is no summary")
	case strings.HasSuffix(value, ".") && !strings.HasSuffix(value, ".."):
		f.warn("FULL_STOP", path, "the summary ends with a full stop")
	case strings.ContainsFunc(value, unicode.IsControl):
		f.add("CONTROL_CHARACTER", path, "the summary is more than one line of text")
	}
}

// printable texts move no cursor.
func (f *findings) printable(path, value string) {
	if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		f.add("CONTROL_CHARACTER", path, "the text has control characters")
	}
}

func (f *findings) services(m *pluginv1.Manifest, rules manifestRules) {
	if len(m.GetServices()) == 0 {
		f.add("NO_SERVICES", "services", "a plugin adds at least one service")
	}
	f.unique("services", names(m.GetServices()), false)
	for _, s := range m.GetServices() {
		f.form("services."+s.GetName(), s.GetName(), rules.service)
		f.summary("services."+s.GetName()+".summary", s.GetSummary())
		if s.GetProbed() {
			f.can(m, pluginv1.CanProbe, "services."+s.GetName())
		}
	}
}

// can: what the manifest lists and no capability announces is never called.
func (f *findings) can(m *pluginv1.Manifest, capability, path string) {
	if !slices.Contains(m.GetCapabilities(), capability) {
		f.add("NO_CAPABILITY", path, "the capability %s is not in the manifest", capability)
	}
}

func (f *findings) endpoints(m *pluginv1.Manifest, rules manifestRules) {
	f.unique("endpoints", names(m.GetEndpoints()), false)
	services := names(m.GetServices())
	for _, e := range m.GetEndpoints() {
		path := "endpoints." + e.GetName()
		f.form(path, e.GetName(), rules.endpoint)
		if !slices.Contains(services, e.GetService()) {
			f.add("UNKNOWN_SERVICE", path, "the endpoint is of service %q, which the plugin does not have", e.GetService())
		}
		if e.GetPort() < 1 || e.GetPort() > 65535 {
			f.add("BAD_PORT", path, "%d is no port", e.GetPort())
		}
	}
}

func (f *findings) commands(m *pluginv1.Manifest, rules manifestRules) {
	f.unique("commands", names(m.GetCommands()), true)
	for _, c := range m.GetCommands() {
		path := "commands." + c.GetName()
		f.can(m, pluginv1.CanCommands, path)
		f.form(path, c.GetName(), rules.word)
		f.summary(path+".summary", c.GetSummary())
		f.unique(path, append(names(c.GetArguments()), names(c.GetFlags())...), true)
		for _, a := range c.GetArguments() {
			f.parameter(path, a.GetName(), rules)
		}
		for _, flag := range c.GetFlags() {
			f.parameter(path, flag.GetName(), rules)
			f.flag(path+"."+flag.GetName(), flag)
		}
	}
}

// parameter becomes one of a Go function: a keyword cannot be its name.
func (f *findings) parameter(path, name string, rules manifestRules) {
	f.form(path+"."+name, name, rules.word)
	if token.IsKeyword(name) {
		f.add("KEYWORD", path+"."+name, "%q is a keyword of Go", name)
	}
}

func (f *findings) flag(path string, flag *pluginv1.Flag) {
	if flag.GetType() < pluginv1.FlagType_FLAG_TYPE_STRING || flag.GetType() > pluginv1.FlagType_FLAG_TYPE_DURATION {
		f.add("UNKNOWN_TYPE", path, "the flag's type is %s", flag.GetType())
		return
	}
	kind := FlagType(flag.GetType() - pluginv1.FlagType_FLAG_TYPE_STRING)
	if flag.GetDefault() != "" && kind.check(flag.GetDefault()) != nil {
		f.add("BAD_DEFAULT", path, "the default %q is no %s", flag.GetDefault(), kind)
	}
}

func (f *findings) hooks(m *pluginv1.Manifest) {
	var phases []string
	for _, h := range m.GetHooks() {
		phase := phaseWord(h.GetPhase())
		phases = append(phases, phase)
		f.can(m, pluginv1.CanHooks, "hooks."+phase)
		f.summary("hooks."+phase+".summary", h.GetSummary())
		if h.GetPhase() < pluginv1.Phase_PHASE_PRE_UP || h.GetPhase() > pluginv1.Phase_PHASE_PRE_DOWN {
			f.add("UNKNOWN_PHASE", "hooks."+phase, "the hook has no known phase")
		}
		if h.GetTimeout().AsDuration() < 0 {
			f.add("BAD_TIMEOUT", "hooks."+phase, "the timeout is negative")
		}
	}
	f.unique("hooks", phases, false)
}

func (f *findings) permissions(m *pluginv1.Manifest) {
	var keys []string
	for _, p := range m.GetPermissions() {
		keys = append(keys, p.GetKey())
		path := "permissions." + p.GetKey()
		switch {
		case strings.HasPrefix(p.GetKey(), pluginv1.VariablePermission):
			f.add("UNKNOWN_PERMISSION", path, "%q is asked for by the variable itself", p.GetKey())
		case !pluginv1.IsPermission(p.GetKey()):
			f.add("UNKNOWN_PERMISSION", path, "%q is no permission", p.GetKey())
		}
		if p.GetReason() == "" {
			f.add("NO_REASON", path, "whoever grants a permission wants to know why")
		}
		f.printable(path, p.GetReason())
	}
	f.unique("permissions", keys, false)
}
