package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// mostBytes is how much of an answer is read: those of these paths are short.
const mostBytes = 64 << 10

var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// advertised is the host of the API's URL in the fragment.
const advertised = "${PREFECT_ADVERTISED_HOST:-${BIND_ADDRESS:-127.0.0.1}}"

// render has browsers connect to the address that the port is bound to, where that is one:
// of every address nobody can say which of them a browser reaches, but for this machine's.
func render(c sdk.Config) (string, []sdk.Diagnostic) {
	host, bound := "${PREFECT_ADVERTISED_HOST}", c["BIND_ADDRESS"]
	switch {
	case c["PREFECT_ADVERTISED_HOST"] != "":
	case bound != "" && !everywhere(bound):
		host = "${BIND_ADDRESS:-127.0.0.1}"
		if strings.Contains(bound, ":") && !strings.HasPrefix(bound, "[") {
			host = "[" + bound + "]"
		}
	default:
		host = "127.0.0.1"
	}
	return strings.Replace(fragment, advertised, host, 1), nil
}

// everywhere says that an address means all of a machine.
func everywhere(host string) bool { return host == "0.0.0.0" || strings.Trim(host, "[]") == "::" }

// validate wants names that need no quotes, neither in SQL nor in the URL that
// Prefect gets.
func validate(c sdk.Config) []sdk.Diagnostic {
	var found []sdk.Diagnostic
	for _, name := range []string{"PREFECT_DB", "POSTGRES_USER"} {
		if !identifier.MatchString(c[name]) {
			found = append(found, sdk.Diagnostic{Code: "BAD_NAME", Path: name, Summary: fmt.Sprintf("%q is no plain name of PostgreSQL", c[name]),
				Hint: "small letters, digits and _, at most 63: " + name + "=prefect"})
		}
	}
	if host := c["PREFECT_ADVERTISED_HOST"]; everywhere(host) {
		found = append(found, sdk.Diagnostic{Code: "BAD_ADVERTISED_HOST", Path: "PREFECT_ADVERTISED_HOST",
			Summary: fmt.Sprintf("browsers cannot connect to %s: it means \"every address\"", host), Hint: "name this machine's address; BIND_ADDRESS opens the port"})
	}
	return found
}

// probe asks for readiness, which needs the database, and for the version.
func probe(ctx context.Context, run *sdk.Run) sdk.Status {
	version, err := look(ctx, run)
	if err != nil {
		return sdk.NotYet(err)
	}
	return sdk.Ready("API %s", version)
}

// look is the version of an API that is ready.
func look(ctx context.Context, run *sdk.Run) (string, error) {
	var version string
	if err := get(ctx, run, "/api/ready", nil); err != nil {
		return "", err
	}
	return version, get(ctx, run, "/api/admin/version", &version)
}

// health is for people and scripts: it fails where Prefect is not ready.
func health(ctx context.Context, c *sdk.Call) error {
	version, err := look(ctx, c.Run)
	if err != nil {
		return err
	}
	at, err := c.Endpoint(endpoint)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout, "Prefect %s is ready at http://%s (API http://%s/api)\n", version, at, at)
	return err
}

// get asks the API; an answer that is no success is an error with its reason.
func get(ctx context.Context, run *sdk.Run, path string, into any) error {
	at, err := run.Endpoint(endpoint)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+path, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return sdk.Diagnostic{Code: "UNREACHABLE", Summary: fmt.Sprintf("Prefect does not answer: %v", errors.Unwrap(err)), Hint: "mage infra:status"}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostBytes))
	if err != nil || res.StatusCode != http.StatusOK {
		return sdk.Diagnostic{Code: "NOT_READY", Summary: strings.TrimSuffix(fmt.Sprintf("GET %s: %s: %s", path, res.Status, reason(body)), ": "), Hint: "mage infra:logs -services=prefect"}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return sdk.Diagnostic{Code: "BAD_ANSWER", Summary: fmt.Sprintf("GET %s: this is not Prefect's answer: %v", path, err), Hint: "mage infra:status"}
	}
	return nil
}

// reason is what an error's body says: {"message": …} or {"detail": …}.
func reason(body []byte) string {
	var said struct{ Message, Detail string }
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	return said.Message + said.Detail
}
