// Package main is the plugin of MinIO: S3 storage with its console, the buckets
// that MINIO_BUCKETS lists, commands to look into it and to mirror directories,
// and a backup of every object. It imports plugins/sdk and minio-go, nothing
// else of Spellbook.
package main

import (
	_ "embed"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

//go:embed fragment.yml
var fragment string

//go:embed README.md
var readme string

func main() { sdk.Serve(plugin()) }

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name:      "minio",
		Version:   "1.0.0",
		Summary:   "S3 storage: MinIO with its console",
		Docs:      readme,
		Services:  []sdk.Service{{Name: "minio", Summary: "S3 API and console", Probe: probe}},
		Variables: variables(),
		Endpoints: []sdk.Endpoint{
			{Name: "api", Service: "minio", Port: 9000, Scheme: "http"},
			{Name: "console", Service: "minio", Port: 9001, Scheme: "http"},
		},
		Commands: []sdk.Command{bucketsCommand(), listCommand(), mirrorCommand()},
		Hooks:    []sdk.Hook{{Phase: sdk.PostReady, Summary: "creates the buckets of MINIO_BUCKETS", Run: createListed}},
		Fragment: fragment,
		Validate: validate,
		Backup:   backup,
		Restore:  restore,
	}
}

func variables() []sdk.Variable {
	return []sdk.Variable{
		{Name: "MINIO_IMAGE", Summary: "Image of MinIO", Default: "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"},
		{Name: "MINIO_ROOT_USER", Summary: "User who may do everything, at least 3 characters", Default: "minioadmin"},
		{Name: "MINIO_ROOT_PASSWORD", Summary: "Password of that user, at least 8 characters", Required: true, Secret: true, Generate: 24},
		{Name: "MINIO_BUCKETS", Summary: "Buckets to create, separated by commas; NAME:versioned keeps older versions of objects"},
		{Name: "BIND_ADDRESS", Summary: "Address of this machine that the ports are bound to", Type: "host", Default: "127.0.0.1"},
		{Name: "MINIO_PORT", Summary: "Port on the host of the S3 API", Type: "port", Default: "9000"},
		{Name: "MINIO_CONSOLE_PORT", Summary: "Port on the host of the console in the browser", Type: "port", Default: "9001"},
	}
}
