package govulncheck

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
)

// DBVariable names the variable that says where the database is, in the
// environment or the .env file: an https:// or a file:// address.
const DBVariable = "GOVULNDB"

// Explain says why a scan of a module failed, by how far it came: govulncheck
// loads the packages, then fetches the vulnerabilities of their modules.
// complaint is what it wrote to standard error.
func Explain(module string, r Result, complaint string) *failure.Error {
	said := lines(complaint)
	switch {
	case r.Loaded && !r.Dated:
		return failure.New(failure.Preflight, "the vulnerability database %s does not answer", r.DB).
			WithDetails(said...).WithHint("connect to it, or name a copy: %s=https://… or %s=file:///…", DBVariable, DBVariable)
	case r.Scanner != "" && !r.Loaded:
		return failure.New(failure.Preflight, "the packages of %s cannot be loaded", module).
			WithDetails(said...).WithHint("go build ./... in %s says more", module)
	case strings.Contains(complaint, "creating client:"): // said before any message
		return failure.New(failure.Preflight, "what %s names is no vulnerability database, or does not answer", DBVariable).
			WithDetails(said...).WithHint("%s=https://vuln.go.dev, or file:/// and a directory with index/modules.json and ID/", DBVariable)
	}
	return failure.New(failure.Preflight, "govulncheck failed in %s", module).WithDetails(said...).
		WithHint("go run %s@%s -C %s ./... shows it alone", Package, Version, module)
}

// lines are those that say something, the first ten.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && len(list) < 10 {
			list = append(list, line)
		}
	}
	return list
}
