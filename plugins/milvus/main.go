// Package main is the plugin of Milvus: the vector database with etcd and
// MinIO, the databases that MILVUS_DATABASES lists, and commands to look into
// it. It imports plugins/sdk, gRPC and Milvus's own protocol, nothing else of
// Spellbook.
package main

import (
	_ "embed"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

//go:embed README.md
var readme string

func main() { sdk.Serve(plugin()) }

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name:    "milvus",
		Version: "1.0.0",
		Summary: "vector database: Milvus with etcd and MinIO",
		Docs:    readme,
		Services: []sdk.Service{
			{Name: "etcd", Summary: "what Milvus knows of its collections"},
			{Name: "milvus-minio", Summary: "what Milvus stores, unless it shares the plugin minio", Optional: true},
			{Name: "milvus", Summary: "gRPC API and web interface", Probe: probe},
		},
		Variables: variables(),
		Endpoints: []sdk.Endpoint{
			{Name: "grpc", Service: "milvus", Port: 19530, Scheme: "http"},
			{Name: "webui", Service: "milvus", Port: 9091, Scheme: "http"},
		},
		Commands: []sdk.Command{databasesCommand(), collectionsCommand()},
		Hooks:    []sdk.Hook{{Phase: sdk.PostReady, Summary: "creates the databases of MILVUS_DATABASES", Run: createListed}},
		Render:   render,
		Validate: validate,
	}
}

// variables of MinIO are those of the plugin minio, word for word, so that one
// image and one password serve both.
func variables() []sdk.Variable {
	return []sdk.Variable{
		{Name: "MILVUS_IMAGE", Summary: "Image of Milvus", Default: "milvusdb/milvus:v2.6.18"},
		{Name: "MILVUS_DATABASES", Summary: "Databases to create, separated by commas; default is always there"},
		{Name: "MILVUS_AUTHORIZATION", Summary: "Whether Milvus asks for a user and a password", Type: "bool", Default: "false"},
		{Name: "MILVUS_ROOT_PASSWORD", Summary: "Password of Milvus's user root; a change takes effect on an empty volume only", Secret: true, Generate: 24},
		{Name: "MILVUS_PORT", Summary: "Port on the host of the gRPC API", Type: "port", Default: "19530"},
		{Name: "MILVUS_WEBUI_PORT", Summary: "Port on the host of the web interface and of metrics", Type: "port", Default: "9091"},
		{Name: "MILVUS_MINIO", Summary: "own: a MinIO for Milvus alone; shared: that of the plugin minio, which has to be enabled", Type: "enum own|shared", Default: "own"},
		{Name: "ETCD_IMAGE", Summary: "Image of etcd", Default: "quay.io/coreos/etcd:v3.5.25"},
		{Name: "MINIO_IMAGE", Summary: "Image of MinIO", Default: "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"},
		{Name: "MINIO_ROOT_USER", Summary: "User who may do everything, at least 3 characters", Default: "minioadmin"},
		{Name: "MINIO_ROOT_PASSWORD", Summary: "Password of that user, at least 8 characters", Required: true, Secret: true, Generate: 24},
		{Name: "BIND_ADDRESS", Summary: "Address of this machine that the ports are bound to", Type: "host", Default: "127.0.0.1"},
	}
}
