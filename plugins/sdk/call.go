package sdk

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// Call is a command's run: what was typed, and its streams.
type Call struct {
	*Run
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Width is that of the terminal in columns, 0 without one.
	Width int
	// Dir is where the command was called, absolute; "" where that is not known.
	Dir string

	arguments map[string]string
	flags     map[string]string // with defaults
	given     map[string]bool
}

// Arg is a positional argument.
func (c *Call) Arg(name string) string { return c.arguments[name] }

// String is the value of a flag or its default.
func (c *Call) String(flag string) string { return c.flags[flag] }

// Given says whether a flag was given.
func (c *Call) Given(flag string) bool { return c.given[flag] }

// Int is the value of a flag or its default, and 0 without either. The types
// of flags were checked before the command began.
func (c *Call) Int(flag string) int {
	n, err := strconv.Atoi(c.flags[flag])
	return orZero(n, err)
}

// Bool is the value of a flag or its default, false without either.
func (c *Call) Bool(flag string) bool {
	b, err := strconv.ParseBool(c.flags[flag])
	return orZero(b, err)
}

// Duration is the value of a flag or its default, 0 without either.
func (c *Call) Duration(flag string) time.Duration {
	d, err := time.ParseDuration(c.flags[flag])
	return orZero(d, err)
}

// orZero is for values that are checked already: what cannot be read is a
// default that is not there.
func orZero[T any](value T, err error) T {
	var zero T
	if err != nil {
		return zero
	}
	return value
}

// parse fills in what was typed, and finds what does not fit the command.
func (c *Call) parse(cmd Command, arguments []string, flags map[string]string) error {
	if len(arguments) != len(cmd.Arguments) {
		return usage("WRONG_ARGUMENTS", "", fmt.Sprintf("%s takes %d arguments, not %d", cmd.Name, len(cmd.Arguments), len(arguments)))
	}
	c.arguments, c.flags, c.given = map[string]string{}, map[string]string{}, map[string]bool{}
	for i, a := range cmd.Arguments {
		c.arguments[a.Name] = arguments[i]
	}
	known := map[string]Flag{}
	for _, f := range cmd.Flags {
		known[f.Name], c.flags[f.Name] = f, f.Default
	}
	for name, value := range flags {
		f, ok := known[name]
		if !ok {
			return usage("UNKNOWN_FLAG", name, fmt.Sprintf("%s has no flag -%s", cmd.Name, name))
		}
		if err := f.Type.check(value); err != nil {
			return usage("BAD_FLAG", name, fmt.Sprintf("-%s=%s is no %s", name, value, f.Type))
		}
		c.flags[name], c.given[name] = value, true
	}
	return nil
}

func usage(code, path, summary string) error {
	return Diagnostic{Code: code, Path: path, Summary: summary, Hint: "mage -l, or mage -h TARGET"}
}

// String is the type's word: string, bool, int, duration.
func (t FlagType) String() string {
	words := []string{"string", "bool", "int", "duration"}
	if t < 0 || int(t) >= len(words) {
		return "unknown"
	}
	return words[t]
}

// check says whether a text is a value of the type.
func (t FlagType) check(value string) error {
	var err error
	switch t {
	case Bool:
		_, err = strconv.ParseBool(value)
	case Int:
		_, err = strconv.Atoi(value)
	case Duration:
		_, err = time.ParseDuration(value)
	case String:
	}
	return err
}
