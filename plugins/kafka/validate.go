package main

import (
	"fmt"
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// validate finds what the types of the variables let through.
func validate(c sdk.Config) []sdk.Diagnostic {
	_, found := parseTopics(c[topicsVariable])
	return append(found, validateHost(c["KAFKA_ADVERTISED_HOST"])...)
}

// validateHost finds addresses that no client could use, because Kafka would end with a stack trace.
func validateHost(host string) []sdk.Diagnostic {
	found := sdk.Diagnostic{Code: "BAD_ADVERTISED_HOST", Path: "KAFKA_ADVERTISED_HOST"}
	switch {
	case host == "0.0.0.0" || strings.Trim(host, "[]") == "::":
		found.Summary = fmt.Sprintf("clients cannot connect to %s: it means \"every address\"", host)
		found.Hint = "name this machine's address; BIND_ADDRESS opens the port"
	case strings.Contains(host, ":") && !strings.HasPrefix(host, "["):
		found.Summary = fmt.Sprintf("%q is not a host", host)
		found.Hint = fmt.Sprintf("an IPv6 address stands in brackets, [%s]; a port belongs into KAFKA_PORT", host)
	default:
		return nil
	}
	return []sdk.Diagnostic{found}
}
