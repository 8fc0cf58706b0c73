//go:build keep

package keep

import (
	_ "github.com/compose-spec/compose-go/v2/dotenv"
	_ "github.com/compose-spec/compose-go/v2/template"
	_ "github.com/creack/pty"
	_ "github.com/fatih/color"
	_ "github.com/gofrs/flock"
	_ "github.com/joho/godotenv"
	_ "github.com/magefile/mage/mg"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "go.yaml.in/yaml/v4"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "pgregory.net/rapid"
)
