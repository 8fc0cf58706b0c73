package dockerfile

import (
	"slices"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// specifier is a part of os/arch/variant, as containerd's platforms have it;
// an os may carry its version: windows(10.0.17763).
var specifier = lazyregexp.New(`^[A-Za-z0-9_.-]+(\([A-Za-z0-9_.+-]*\))?$`)

// validPlatform reports whether BuildKit would take the platform.
func validPlatform(platform string) bool {
	parts := strings.Split(platform, "/")
	return len(parts) <= 3 && !slices.ContainsFunc(parts, func(p string) bool { return !specifier.MatchString(p) })
}

// normal is a platform as BuildKit writes it in TARGETPLATFORM: linux/x86_64
// is linux/amd64, linux/arm64/v8 is linux/arm64, linux/arm is linux/arm/v7.
func normal(platform string) string {
	parts := append(strings.Split(strings.ToLower(platform), "/"), "", "")[:3]
	switch parts[1] {
	case "x86_64", "x86-64":
		parts[1] = "amd64"
	case "i386", "i486", "i586", "i686":
		parts[1], parts[2] = "386", ""
	case "aarch64":
		parts[1] = "arm64"
	case "armhf":
		parts[1], parts[2] = "arm", "v7"
	case "armel":
		parts[1], parts[2] = "arm", "v6"
	}
	switch parts[1] + parts[2] {
	case "arm64v8", "arm648", "amd64v1":
		parts[2] = ""
	case "arm", "arm7":
		parts[2] = "v7"
	case "arm5", "arm6", "arm8":
		parts[2] = "v" + parts[2]
	}
	return strings.TrimRight(strings.Join(parts, "/"), "/")
}

// platformKinds are the two platforms that BuildKit has variables for.
func platformKinds() [2]string { return [2]string{"BUILD", "TARGET"} }

// platformNames are the variables that need no ARG.
func platformNames() []string {
	names := []string{"TARGETSTAGE"}
	for _, kind := range platformKinds() {
		for _, what := range []string{"PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"} {
			names = append(names, kind+what)
		}
	}
	return names
}

// platformValues sets the variables of one kind: TARGETPLATFORM, TARGETOS ….
func platformValues(to variables, kind, platform string) {
	parts := append(strings.Split(platform, "/"), "", "")
	os, version, _ := strings.Cut(parts[0], "(")
	for name, value := range map[string]string{
		"PLATFORM": platform, "OS": os, "OSVERSION": strings.TrimSuffix(version, ")"), "ARCH": parts[1], "VARIANT": parts[2],
	} {
		to[kind+name] = value
	}
}
