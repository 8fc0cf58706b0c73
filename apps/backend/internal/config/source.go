// Package config reads what the backend is told by its environment and by the
// files that hold its secrets. It names every mistake at once, in one line.
package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// ErrInvalid is behind every error of this package: correct the environment.
var ErrInvalid = errors.New("bad configuration")

// Source is where values come from. It remembers what was wrong with them.
type Source struct {
	Lookup   func(string) (string, bool)
	ReadFile func(string) ([]byte, error)
	problems []string
}

// Err is nil, or all that was wrong in one line. It shows no value of a secret.
func (s *Source) Err() error {
	if len(s.problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(s.problems, "; "))
}

func (s *Source) wrong(format string, values ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, values...))
}

// text is a variable's value. An empty variable is an unset one, as Compose
// passes ${NAME:-} for what nobody set.
func (s *Source) text(name, fallback string) string {
	if value, _ := s.Lookup(name); value != "" {
		return value
	}
	return fallback
}

func (s *Source) required(name string) string {
	value := s.text(name, "")
	if value == "" {
		s.wrong("%s is not set", name)
	}
	return value
}

// secret is NAME, or the content of the file that NAME_FILE names.
func (s *Source) secret(name string) Secret {
	path := s.text(name+"_FILE", "")
	if path == "" {
		return Secret{s.required(name)}
	}
	if s.text(name, "") != "" {
		s.wrong("%[1]s and %[1]s_FILE are both set", name)
	}
	text, err := s.ReadFile(path)
	if err != nil {
		s.wrong("%s_FILE: %v", name, err)
		return Secret{}
	}
	value := strings.TrimRight(string(text), "\r\n") // editors end a file with a line break
	if value == "" {
		s.wrong("%s_FILE: %s is empty", name, path)
	}
	return Secret{value}
}

// port is a number between 1 and 65535, as text.
func (s *Source) port(name, fallback string) string {
	value := s.text(name, fallback)
	if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 65535 {
		s.wrong("%s is no port: %q", name, value)
	}
	return value
}

// address is HOST:PORT; the host may be missing, which is all interfaces.
func (s *Source) address(name, value string) string {
	_, port, err := net.SplitHostPort(value)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		s.wrong("%s is no host:port: %q", name, value)
	}
	return value
}

func (s *Source) duration(name string, fallback time.Duration) time.Duration {
	value := s.text(name, "")
	if value == "" {
		return fallback
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		s.wrong("%s is no duration such as 30s: %q", name, value)
	}
	return d
}
