// Package main is the plugin of Prefect: the server and its API on the stack's
// PostgreSQL, with a database of its own and a migration that runs once. It
// imports plugins/sdk, and nothing else of Spellbook.
package main

import (
	_ "embed"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

//go:embed fragment.yml
var fragment string

//go:embed README.md
var readme string

// endpoint is the API's name in the manifest.
const endpoint = "api"

func main() { sdk.Serve(plugin()) }

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name:    "prefect",
		Version: "1.0.0",
		Summary: "Prefect, the server with its API and user interface",
		Docs:    readme,
		Services: []sdk.Service{
			{Name: "prefect-database", Summary: "makes Prefect's database, once"},
			{Name: "prefect-migrate", Summary: "makes its tables, once"},
			{Name: "prefect", Summary: "API and user interface", Probe: probe},
		},
		Variables: variables(),
		Endpoints: []sdk.Endpoint{{Name: endpoint, Service: "prefect", Port: 4200, Scheme: "http"}},
		Commands:  []sdk.Command{{Name: "health", Summary: "says whether the API and its database answer, and their version", Run: health}},
		Render:    render,
		Validate:  validate,
	}
}

func variables() []sdk.Variable {
	return []sdk.Variable{
		{Name: "PREFECT_IMAGE", Summary: "Image of Prefect", Default: "prefecthq/prefect:3.9.1-python3.12"},
		{Name: "PREFECT_DB", Summary: "Prefect's own database in PostgreSQL", Default: "prefect"},
		{Name: "PREFECT_PORT", Summary: "Port on the host of the API and the user interface", Type: "port", Default: "4200"},
		{Name: "BIND_ADDRESS", Summary: "Address of this machine that the port is bound to", Type: "host", Default: "127.0.0.1"},
		{Name: "PREFECT_ADVERTISED_HOST", Summary: "Host by which browsers reach the API; empty: BIND_ADDRESS, or 127.0.0.1 where that is every address", Type: "host"},
		{Name: "POSTGRES_IMAGE", Summary: "Image of PostgreSQL, for its client", Default: "postgres:16"},
		{Name: "POSTGRES_USER", Summary: "User of PostgreSQL who may create a database", Default: "postgres"},
		{Name: "POSTGRES_PASSWORD", Summary: "Password of that user, of letters and digits", Required: true, Secret: true, Generate: 24},
	}
}
