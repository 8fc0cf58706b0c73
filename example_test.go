package spellbook_test

import (
	"fmt"

	"github.com/infinitescribe/spellbook"
)

// A repository that keeps its stack in deploy/ says so in its magefile, in func
// init.
func ExampleLayout() {
	spellbook.Repository = spellbook.Layout{
		ComposeDir: "deploy",
		EnvDir:     "deploy/environments",
	}
	fmt.Println(spellbook.Repository.ComposeDir, spellbook.Repository.EnvDir)
	// Output: deploy deploy/environments
}

// Files that Spellbook would not find by itself are listed, in the order in
// which Compose is to merge them.
func ExampleLayout_files() {
	spellbook.Repository.Files = []string{"docker-compose.yml", "deploy/override.yml"}
	fmt.Println(spellbook.Repository.Files)
	// Output: [docker-compose.yml deploy/override.yml]
}
