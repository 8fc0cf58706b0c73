package config

import "log/slog"

// Secret is a value that prints as **** wherever it is formatted, logged or
// encoded. Reveal is for the one place that needs it.
type Secret struct{ value string }

// NewSecret hides a value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return s.value }

// String hides the value under %s and %v.
func (Secret) String() string { return "****" }

// GoString hides it under %#v.
func (Secret) GoString() string { return "****" }

// LogValue hides it from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("****") }

// MarshalText hides it from JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte("****"), nil }
