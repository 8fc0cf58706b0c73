// Command plain is a plugin of the tests, written as an author would.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

func main() {
	sdk.Serve(sdk.Plugin{
		Name: "plain", Version: "1.2.3", Summary: "A plugin of the tests", Docs: "# Plain\n",
		Services: []sdk.Service{{Name: "plain", Summary: "Answers", Probe: probe}},
		Variables: []sdk.Variable{
			{Name: "PLAIN_PORT", Type: "port", Default: "9000"},
			{Name: "PLAIN_MODE", Default: "calm"},
			{Name: "PLAIN_PASSWORD", Secret: true, Generate: 12},
		},
		Endpoints:   []sdk.Endpoint{{Name: "api", Service: "plain", Port: 9000}},
		Commands:    []sdk.Command{{Name: "env", Run: env}, {Name: "end", Run: end}},
		Hooks:       []sdk.Hook{{Phase: sdk.PostReady, Run: ready}},
		Permissions: []sdk.Permission{{Key: "cap:NET_ADMIN", Reason: "It is a test"}},
		Render:      render,
		Validate:    validate,
		Backup:      backup,
		Restore:     restore,
	})
}

func render(c sdk.Config) (string, []sdk.Diagnostic) {
	if c["PLAIN_MODE"] == "shy" {
		panic("not now")
	}
	extra := ""
	if c["PLAIN_MODE"] == "wild" {
		extra = "    privileged: true\n"
	}
	return "services:\n  plain:\n    image: lab/plain:1\n    ports: [\"127.0.0.1:${PLAIN_PORT:-9000}:9000\"]\n    cap_add: [NET_ADMIN]\n" + extra, nil
}

func validate(c sdk.Config) []sdk.Diagnostic {
	if c["PLAIN_MODE"] == "odd" {
		return []sdk.Diagnostic{{Code: "MODE_ODD", Summary: "the mode is odd", Path: "PLAIN_MODE"}}
	}
	return nil
}

// probe tells who it is, so that a test sees a new process.
func probe(context.Context, *sdk.Run) sdk.Status { return sdk.Ready("pid %d", os.Getpid()) }

func ready(_ context.Context, run *sdk.Run) error {
	if run.Config("PLAIN_MODE") == "fatal" {
		fmt.Fprintln(os.Stderr, "cannot go on with", run.Secret("PLAIN_PASSWORD"))
		os.Exit(7)
	}
	run.Created("thing", run.Config("PLAIN_MODE"))
	run.Existed("secret", run.Secret("PLAIN_PASSWORD"))
	return nil
}

func backup(_ context.Context, run *sdk.Run, dir string) error {
	run.Progress("writing", 1, 1)
	if run.Config("PLAIN_MODE") == "odd" {
		return sdk.Diagnostic{Code: "TOO_ODD", Summary: "cannot read with " + run.Secret("PLAIN_PASSWORD"), Hint: "use calm"}
	}
	return os.WriteFile(dir+"/data", []byte("data"), 0o600)
}

func restore(_ context.Context, _ *sdk.Run, dir string) error {
	_, err := os.ReadFile(dir + "/data")
	return err
}

// env shows all that it was given.
func env(_ context.Context, call *sdk.Call) error {
	for _, e := range os.Environ() {
		fmt.Fprintln(call.Stdout, "env", e)
	}
	fmt.Fprintln(os.Stderr, "the password is", call.Secret("PLAIN_PASSWORD"))
	fmt.Fprintln(call.Stdout, "config", call.Config("PLAIN_MODE"), call.Config("OTHER"))
	fmt.Fprintln(call.Stdout, "secret", call.Secret("PLAIN_PASSWORD"), call.Secret("OTHER_PASSWORD"))
	return nil
}

// end dies as a plugin with a defect does.
func end(context.Context, *sdk.Call) error {
	os.Exit(7)
	return nil
}
