package sbom

import (
	"regexp"
	"strings"
)

// URL is the package URL of a name and version; version may be empty.
// Source: github.com/package-url/purl-spec, PURL-TYPES: what is written small
// is written so there.
func URL(e Ecosystem, name, version string) string {
	switch e {
	case Go:
		name = strings.ToLower(name)
	case PyPI:
		name = PyPIName(name)
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		parts = append(parts, escape(part))
	}
	return withVersion("pkg:"+string(e)+"/"+strings.Join(parts, "/"), version)
}

func withVersion(url, version string) string {
	if version == "" {
		return url
	}
	return url + "@" + escape(version)
}

// imageURL is the package URL of an image; a registry that its name begins with
// stands at the end.
func imageURL(repository, tag string) string {
	registry, path, ok := strings.Cut(repository, "/")
	if !ok || !strings.ContainsAny(registry, ".:") && registry != "localhost" {
		registry, path = "", repository
	}
	url := withVersion("pkg:docker/"+strings.ReplaceAll(escape(path), "%2F", "/"), tag)
	if registry == "" {
		return url
	}
	return url + "?repository_url=" + escape(registry)
}

var separators = regexp.MustCompile(`[-_.]+`)

// PyPIName is a name as PyPI compares names. Source: PEP 503.
func PyPIName(name string) string { return separators.ReplaceAllString(strings.ToLower(name), "-") }

// escape percent-encodes all but what a package URL leaves as it is: letters,
// digits, and . - _ ~ and the colon.
func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case isPlain(c) || c == '_' || c == '~' || c == ':':
			b.WriteByte(c)
		default:
			b.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
		}
	}
	return b.String()
}

// isPlain: SPDX identifiers are made of these alone.
func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-'
}
