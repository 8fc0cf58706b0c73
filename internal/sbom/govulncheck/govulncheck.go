// Package govulncheck builds the command line of govulncheck, Go's own scanner
// for known vulnerabilities, and reads what it says. It runs nothing. It
// imports failure alone.
package govulncheck

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
)

// Package and Version are what is run where no govulncheck is installed.
const (
	Package = "golang.org/x/vuln/cmd/govulncheck"
	Version = "v1.9.0"
)

// Argv scans all packages of the module in a directory. tool is how govulncheck
// is called. db is the address of a database in place of https://vuln.go.dev;
// it may be empty.
func Argv(tool []string, dir, db string) []string {
	argv := append(slices.Clone(tool), "-C", dir, "-format", "json")
	if db != "" {
		argv = append(argv, "-db", db)
	}
	return append(argv, "./...")
}

// Use is how much of a vulnerable module a program uses.
type Use string

// The uses, the worst first.
const (
	Called   Use = "called"   // a vulnerable function can be reached
	Imported Use = "imported" // its package is linked in, its functions are not called
	Required Use = "required" // its module is required, its package is not imported
)

func (u Use) rank() int { return slices.Index([]Use{Called, Imported, Required}, u) }

// Finding is a vulnerability of a module.
type Finding struct {
	ID      string `json:"id"` // GO-2026-0001
	Summary string `json:"summary,omitempty"`
	Module  string `json:"module"`          // "stdlib" for Go's own packages
	Found   string `json:"found"`           // the version in use
	Fixed   string `json:"fixed,omitempty"` // "" where there is none yet
	Use     Use    `json:"use"`
	// Trace is how the program comes to the function, its own part first, as in
	// "main.write (main.go:4) → paper.Fold"; "" where nothing is called.
	Trace string `json:"trace,omitempty"`
}

// Result is what one scan has found.
type Result struct {
	Scanner  string // version of govulncheck
	DB       string // address of its database, without a password
	Loaded   bool   // the module's packages could be read
	Dated    bool   // the database has answered
	Findings []Finding
}

// Called counts the findings that the program can reach.
func (r Result) Called() int {
	n := 0
	for _, f := range r.Findings {
		if f.Use == Called {
			n++
		}
	}
	return n
}

// message is one of those that govulncheck writes one after the other. Source:
// golang.org/x/vuln, internal/govulncheck.
type message struct {
	Config *struct {
		ScannerVersion string  `json:"scanner_version"`
		DB             string  `json:"db"`
		LastModified   *string `json:"db_last_modified"`
	} `json:"config"`
	SBOM *struct{} `json:"SBOM"`
	OSV  *struct {
		ID      string `json:"id"`
		Summary string `json:"summary"`
	} `json:"osv"`
	Finding *struct {
		OSV          string  `json:"osv"`
		FixedVersion string  `json:"fixed_version"`
		Trace        []frame `json:"trace"`
	} `json:"finding"`
}

// Parse reads the output of -format json, of a scan that failed as well.
func Parse(r io.Reader) (Result, error) {
	var result Result
	found := map[[2]string]Finding{}
	summaries := map[string]string{}
	decoder := json.NewDecoder(r)
	for {
		var m message
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return result, fmt.Errorf("read output of govulncheck: %w", err)
		}
		switch {
		case m.Config != nil:
			result.Scanner, result.DB, result.Dated = m.Config.ScannerVersion, redacted(m.Config.DB), m.Config.LastModified != nil
		case m.SBOM != nil:
			result.Loaded = true
		case m.OSV != nil:
			summaries[m.OSV.ID] = m.OSV.Summary
		case m.Finding != nil && len(m.Finding.Trace) > 0:
			keepWorst(found, finding(m.Finding.OSV, m.Finding.FixedVersion, m.Finding.Trace))
		}
	}
	for _, f := range found {
		f.Summary = summaries[f.ID]
		result.Findings = append(result.Findings, f)
	}
	slices.SortFunc(result.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Use.rank(), b.Use.rank()), strings.Compare(a.ID, b.ID), strings.Compare(a.Module, b.Module))
	})
	return result, nil
}

// keepWorst keeps one finding of a vulnerability and module: govulncheck tells
// first that a module is required, then that a package is imported, and then
// each way in which it is called.
func keepWorst(found map[[2]string]Finding, f Finding) {
	key := [2]string{f.ID, f.Module}
	have, there := found[key]
	if !there || f.Use.rank() < have.Use.rank() || f.Use == have.Use && shorter(f.Trace, have.Trace) {
		found[key] = f
	}
}

// shorter: the same trace is shown whatever the order they came in.
func shorter(a, b string) bool {
	return len(a) < len(b) || len(a) == len(b) && a < b
}

func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Redacted()
}
