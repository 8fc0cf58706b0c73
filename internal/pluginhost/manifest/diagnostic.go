package manifest

// Diagnostic is a finding of a plugin or about its fragment.
type Diagnostic struct {
	Warning                   bool
	Code, Summary, Path, Hint string
}
