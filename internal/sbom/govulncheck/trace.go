package govulncheck

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// frame is a function of a trace; the vulnerable one is the first.
type frame struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Package  string `json:"package"`
	Function string `json:"function"`
	Receiver string `json:"receiver"`
	Position struct {
		Filename string `json:"filename"`
		Line     int    `json:"line"`
	} `json:"position"`
}

// finding judges by how much the first frame says.
func finding(id, fixed string, trace []frame) Finding {
	f := Finding{ID: id, Module: trace[0].Module, Found: trace[0].Version, Fixed: fixed, Use: Required}
	switch {
	case trace[0].Function != "":
		f.Use, f.Trace = Called, way(trace)
	case trace[0].Package != "":
		f.Use = Imported
	}
	return f
}

// way shows a trace from the program's entry to the vulnerable function. Of a
// long one the part between the program's own last function and the end is
// left out.
func way(trace []frame) string {
	own := slices.IndexFunc(trace, func(f frame) bool { return f.Module == trace[len(trace)-1].Module })
	if own <= 0 {
		return trace[0].name()
	}
	caller := trace[own]
	at := ""
	if caller.Position.Line > 0 {
		at = fmt.Sprintf(" (%s:%d)", caller.Position.Filename, caller.Position.Line)
	}
	between := " → "
	if own > 1 {
		between = " → … → "
	}
	return caller.name() + at + between + trace[0].name()
}

// name is package.Function, or package.Type.Method.
func (f frame) name() string {
	parts := []string{path.Base(f.Package)}
	if f.Receiver != "" {
		parts = append(parts, strings.TrimPrefix(f.Receiver, "*"))
	}
	return strings.Join(append(parts, f.Function), ".")
}
