package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var returnOne = regexp.MustCompile(`(?is)^\s*RETURN\s+(.+?)(?:\s+AS\s+(\w+))?\s*;?\s*$`)

// answer runs the one kind of query that needs no database: RETURN of a literal or a parameter.
func answer(query string, parameters map[string]any) (column string, value any, err error) {
	match := returnOne.FindStringSubmatch(query)
	if match == nil {
		return "", nil, fmt.Errorf("the lab's stand-in for Neo4j runs RETURN of one literal only, not %q", query)
	}
	value, err = literal(match[1], parameters)
	return or(match[2], match[1]), value, err
}

func literal(text string, parameters map[string]any) (any, error) {
	if name, ok := strings.CutPrefix(text, "$"); ok {
		value, known := parameters[name]
		if !known {
			return nil, fmt.Errorf("expected parameter(s): %s", name)
		}
		return value, nil
	}
	if n := len(text); n >= 2 && (text[0] == '\'' || text[0] == '"') && strings.IndexByte(text[1:], text[0]) == n-2 {
		return text[1 : n-1], nil
	}
	switch strings.ToLower(text) {
	case "null":
		return nil, nil
	case "true", "false":
		return strings.EqualFold(text, "true"), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f, nil
	}
	return nil, fmt.Errorf("the lab's stand-in for Neo4j cannot evaluate %q", text)
}

// statements splits a script at the semicolons that are outside quotes.
func statements(script string) []string {
	var found []string
	var quote rune
	begin := 0
	for i, r := range script + ";" {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == ';' && (quote == 0 || i == len(script)):
			if s := strings.TrimSpace(script[begin:i]); s != "" {
				found = append(found, s)
			}
			begin = i + 1
		}
	}
	return found
}
