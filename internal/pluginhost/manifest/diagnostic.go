// Package pluginhost finds a repository's plugins, builds and verifies them,
// keeps what they said of themselves, and calls them. It imports the contract
// (plugins/sdk/pluginv1), process, host and the leaves; nothing of project,
// docker or workflow.
package manifest

// Diagnostic is a finding of a plugin or about its fragment.
type Diagnostic struct {
	Warning                   bool
	Code, Summary, Path, Hint string
}
