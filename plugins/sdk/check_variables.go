package sdk

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// shortestSecret that may be generated, in characters.
const shortestSecret = 12

func (f *findings) variables(m *pluginv1.Manifest, rules manifestRules) {
	f.unique("variables", names(m.GetVariables()), false)
	for _, v := range m.GetVariables() {
		path := "variables." + v.GetName()
		f.form(path, v.GetName(), rules.variable)
		f.summary(path+".summary", v.GetSummary())
		f.value(path, v)
		if why := pluginv1.Reserved(v.GetName()); why != "" {
			f.add("RESERVED", path, "%s may not be a plugin's: %s", v.GetName(), why)
		}
	}
}

// value finds what cannot be together.
func (f *findings) value(path string, v *pluginv1.Variable) {
	if !knownType(v.GetType()) {
		f.add("UNKNOWN_TYPE", path, "%q is no type of a variable", v.GetType())
		return
	}
	if v.GetDefault() != "" && !fits(v.GetType(), v.GetDefault()) {
		f.add("BAD_DEFAULT", path, "the default %q is no %s", v.GetDefault(), v.GetType())
	}
	switch {
	case v.GetRequired() && v.GetDefault() != "":
		f.add("REQUIRED_WITH_DEFAULT", path, "what has a default need not be given")
	case v.GetSecret() && v.GetDefault() != "":
		f.add("SECRET_WITH_DEFAULT", path, "a default that everybody can read is no secret")
	case v.GetGenerate() > 0 && !v.GetSecret():
		f.add("GENERATED_IN_THE_OPEN", path, "only secrets are generated")
	case v.GetGenerate() > 0 && v.GetGenerate() < shortestSecret:
		f.add("SHORT_SECRET", path, "a generated secret has %d characters at least", shortestSecret)
	case v.GetSecret() && !v.GetRequired() && v.GetGenerate() == 0:
		f.warn("SECRET_WITHOUT_VALUE", path, "the secret is neither generated nor required, and so may be empty")
	}
}

func knownType(t string) bool {
	if options, ok := strings.CutPrefix(t, "enum "); ok {
		return !slices.Contains(strings.Split(options, "|"), "")
	}
	return slices.Contains([]string{"string", "port", "host", "url", "bool", "int", "duration", "path"}, t)
}

// fits says whether a text is a value of a variable's type.
func fits(t, value string) bool {
	var err error
	switch t {
	case "port":
		n, bad := strconv.ParseUint(value, 10, 16)
		return bad == nil && n > 0
	case "host":
		return !strings.ContainsAny(value, " /@")
	case "url":
		u, bad := url.Parse(value)
		return bad == nil && u.Scheme != ""
	case "bool":
		return slices.Contains([]string{"true", "false", "yes", "no", "on", "off", "1", "0"}, strings.ToLower(value))
	case "int":
		_, err = strconv.Atoi(value)
	case "duration":
		_, err = time.ParseDuration(value)
	default:
		if options, ok := strings.CutPrefix(t, "enum "); ok {
			return slices.Contains(strings.Split(options, "|"), value)
		}
	}
	return err == nil
}
