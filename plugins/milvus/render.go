package main

import (
	_ "embed"
	"strconv"
	"strings"
	"text/template"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

//go:embed fragment.yml.tmpl
var fragment string

// render brings a MinIO of its own, unless that of the plugin minio is to be
// shared. Both may run side by side: their services and volumes differ in name.
func render(config sdk.Config) (string, []sdk.Diagnostic) {
	values := struct {
		Own, Authorization bool
		MinIO              string
	}{config["MILVUS_MINIO"] != "shared", authorization(config["MILVUS_AUTHORIZATION"]), "minio"}
	if values.Own {
		values.MinIO = "milvus-minio"
	}
	var text strings.Builder
	if err := template.Must(template.New("fragment").Parse(fragment)).Execute(&text, values); err != nil {
		return "", []sdk.Diagnostic{{Code: "MILVUS_FRAGMENT", Summary: err.Error()}}
	}
	return text.String(), nil
}

// authorization is false for what is no boolean; the host refuses that before.
func authorization(value string) bool {
	on, err := strconv.ParseBool(value)
	return err == nil && on
}
