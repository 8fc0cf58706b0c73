package sdk

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Run is what a call knows of the running stack. Its methods may be called from
// several goroutines.
type Run struct {
	ID          string
	Project     string
	Environment string
	DryRun      bool // change nothing, say what would be
	Log         *slog.Logger

	config, secrets, endpoints map[string]string
	send                       func(event) // nil in a probe
}

// Config is the value of a declared variable that is not secret, or its
// default.
func (r *Run) Config(name string) string { return r.config[name] }

// Secret is the value of a declared secret; "" where it has none.
func (r *Run) Secret(name string) string { return r.secrets[name] }

// Endpoint is where a port of the manifest is reached from here, host:port.
func (r *Run) Endpoint(name string) (string, error) {
	if at, ok := r.endpoints[name]; ok {
		return at, nil
	}
	return "", Diagnostic{Code: "ENDPOINT_NOT_PUBLISHED", Summary: fmt.Sprintf("endpoint %s is not published, or its service does not run", name), Path: name, Hint: "mage infra:status"}
}

// Created, Existed, Updated and Deleted tell what became of a thing, for
// example a topic "orders".
func (r *Run) Created(kind, name string) { r.resource(kind, name, created) }

// Existed tells of a thing that was there before.
func (r *Run) Existed(kind, name string) { r.resource(kind, name, existed) }

// Updated tells of a thing that was there and was changed.
func (r *Run) Updated(kind, name string) { r.resource(kind, name, updated) }

// Deleted tells of a thing that is gone.
func (r *Run) Deleted(kind, name string) { r.resource(kind, name, deleted) }

// Progress tells how far the work is; total 0 means unknown.
func (r *Run) Progress(text string, done, total uint64) {
	r.tell(event{progress: &progress{text: text, done: done, total: total}})
}

// Call is a command's run: what was typed, and its streams.
type Call struct {
	*Run
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Width is that of the terminal in columns, 0 without one.
	Width int

	arguments map[string]string
	flags     map[string]string
}

// Arg is a positional argument.
func (c *Call) Arg(name string) string { return c.arguments[name] }

// String is the value of a flag or its default.
func (c *Call) String(flag string) string { return c.flags[flag] }

// Given says whether a flag was given.
func (c *Call) Given(flag string) bool { panic("sdk") }

// Int, Bool and Duration are values of flags; the host has checked them.
func (c *Call) Int(flag string) int { panic("sdk") }

// Bool is the value of a flag.
func (c *Call) Bool(flag string) bool { panic("sdk") }

// Duration is the value of a flag.
func (c *Call) Duration(flag string) time.Duration { panic("sdk") }
