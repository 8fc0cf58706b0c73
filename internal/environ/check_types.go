package environ

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// Mismatch says what a value should have been, or "" if it is that.
func (a Annotations) Mismatch(value string) string {
	rule, found := types[a.Type]
	switch {
	case a.Type == Enum && !slices.Contains(a.Choices, value):
		return "one of " + strings.Join(a.Choices, ", ")
	case found && !rule.fits(value):
		return rule.wanted
	}
	return ""
}

var types = map[Type]struct {
	wanted string
	fits   func(string) bool
}{
	Port:     {"a port: a number from 1 to 65535", isPort},
	Host:     {"a host: a name or an address, without scheme and port", isHost},
	URL:      {"a URL: scheme://host/…", isURL},
	Bool:     {"a bool: true or false, yes or no, on or off, 1 or 0", isBool},
	Int:      {"a whole number", isInt},
	Duration: {"a duration, such as 30s or 1h30m", isDuration},
	Path:     {"a path", isPath},
	Project:  {"a project's name: lower-case letters, digits, - and _, starting with a letter or digit", IsProject},
}

func isPort(value string) bool {
	n, err := strconv.ParseUint(value, 10, 16)
	return err == nil && n > 0 && value[0] != '+'
}

var hostForm = lazyregexp.New(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

func isHost(value string) bool {
	if inner, isBracketed := strings.CutPrefix(value, "["); isBracketed {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && address.Is6() && strings.HasSuffix(inner, "]")
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return true
	}
	looksLikeAddress := strings.Trim(value, "0123456789.") == ""
	return len(value) <= 253 && hostForm.MatchString(value) && !looksLikeAddress
}

func isURL(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Path != "" && strings.Contains(value, "://"))
}

func isBool(value string) bool {
	return slices.Contains([]string{"true", "false", "yes", "no", "on", "off", "1", "0"}, strings.ToLower(value))
}

func isInt(value string) bool {
	_, err := strconv.ParseInt(value, 10, 64)
	return err == nil
}

func isDuration(value string) bool {
	_, err := time.ParseDuration(value)
	return err == nil
}

// isPath cannot know what is there; it refuses what no path is.
func isPath(value string) bool {
	return !strings.ContainsAny(value, "\n\r\x00") && !strings.Contains(value, "://") && strings.TrimSpace(value) == value
}
