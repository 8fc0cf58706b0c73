package dotenv

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/sirupsen/logrus"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
)

// reading is what one pass over all files finds.
type reading struct {
	settings map[string][]Setting // in the order of the files
	values   map[string]held      // what the files set; base is not among them
}

// read evaluates the entries one at a time, each with what base and the entries
// above it set, and holds the outcome to what compose-go reads in one go.
func (fs files) read(base map[string]held) (reading, error) {
	logrus.SetOutput(io.Discard) // where compose-go warns of unset variables
	r := reading{map[string][]Setting{}, map[string]held{}}
	for _, f := range fs {
		for _, entry := range f.entries {
			if err := r.add(entry, Origin{Layer: EnvFile, File: f.path, Line: entry.Line}, base); err != nil {
				return r, cmp.Or(fs.mustRefuse(base), err)
			}
		}
	}
	return r, fs.mustAgree(base, r.values)
}

func (r reading) add(entry Entry, at Origin, base map[string]held) error {
	if entry.Kind == Malformed {
		return refuse(at, "%s", entry.Problem)
	}
	s := Setting{Origin: at, Bare: entry.Kind == Bare}
	read, err := dotenv.UnmarshalWithLookup(entry.Text, func(name string) (string, bool) {
		h, ok := base[name]
		if !ok {
			h, ok = r.values[name]
		}
		s.refer(Reference{name, h.from, secret.New(h.value), ok})
		return h.value, ok
	})
	if err != nil {
		return refuseValue(at, entry, s, err)
	}
	value, isSet := read[entry.Name]
	if entry.Kind == Blank || entry.Kind == Comment {
		return expect(len(read) == 0, at)
	}
	s.Value, s.IsSet, s.Written = secret.New(value), isSet, secret.New(entry.Text[entry.value.start:entry.value.end])
	r.settings[entry.Name] = append(r.settings[entry.Name], s)
	switch {
	case !isSet:
		return expect(s.Bare && len(read) == 0, at)
	case s.Bare:
		at = s.References[0].Origin
	}
	r.values[entry.Name] = held{value, at}
	return expect(len(read) == 1, at)
}

// refer adds a reference unless the value referred to that name before.
func (s *Setting) refer(ref Reference) {
	if !slices.ContainsFunc(s.References, func(r Reference) bool { return r.Name == ref.Name }) {
		s.References = append(s.References, ref)
	}
}

// whole is what compose-go reads in all files at once.
func (fs files) whole(base map[string]held) (map[string]string, error) {
	return dotenv.UnmarshalWithLookup(fs.text(), func(name string) (string, bool) {
		h, ok := base[name]
		return h.value, ok
	})
}

func (fs files) mustRefuse(base map[string]held) error {
	_, err := fs.whole(base)
	return expect(err != nil, Origin{})
}

func (fs files) mustAgree(base, ours map[string]held) error {
	theirs, err := fs.whole(base)
	return expect(err == nil && maps.EqualFunc(ours, theirs, func(h held, value string) bool { return h.value == value }), Origin{})
}

// expect fails where we and compose-go differ, which is for us to mend.
func expect(ok bool, at Origin) error {
	if ok {
		return nil
	}
	place := "an env file"
	if at.Line > 0 {
		place = at.String()
	}
	return failure.New(failure.Unexpected, "Spellbook reads %s otherwise than Compose does", place).
		WithHint("this is a defect of Spellbook: please report the form of the file, without its values")
}

// refuse is for a file that Compose does not accept.
func refuse(at Origin, format string, args ...any) *failure.Error {
	e := failure.New(failure.Preflight, format, args...).WithHint("correct that line; a value with spaces, quotes or $ goes into single quotes")
	e.Message = at.String() + ": " + e.Message
	return e
}

// refuseValue explains a value that compose-go cannot make. It drops the error,
// in which values are.
func refuseValue(at Origin, entry Entry, s Setting, err error) error {
	var missing *template.MissingRequiredError
	if !errors.As(err, &missing) {
		return refuse(at, "%s is not well formed", ValueOf(entry.Name)).
			WithHint("write ${NAME} or ${NAME:-default}, and $$ for a dollar sign")
	}
	problem := "is not set"
	if slices.ContainsFunc(s.References, func(r Reference) bool { return r.Name == missing.Variable && r.IsSet }) {
		problem = "is empty"
	}
	if isPlain(missing.Reason) && !secret.IsName(entry.Name) && strings.Contains(entry.Text, missing.Reason) {
		problem += ": " + missing.Reason
	}
	return refuse(at, "%s needs %s, which %s", nameOf(entry.Name), missing.Variable, problem).
		WithHint("set %s above that line, or in the shell", missing.Variable)
}

// isPlain: a reason of one line, so that the message is one.
func isPlain(reason string) bool { return reason != "" && !strings.ContainsAny(reason, "\n\r") }

// again explains a refusal of the last reading, where no line is wrong in itself.
func again(err error) error {
	var e *failure.Error
	if errors.As(err, &e) && e.Code == failure.Preflight {
		return e.WithDetails("Compose reads an env file again with the last value of each variable")
	}
	return err
}
