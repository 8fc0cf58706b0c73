// Package envcheck finds what is wrong with an environment: what Compose refuses,
// values that are not what the template says, weak and shared secrets, files that
// others may read. What it looks at comes in as a value. It may import dotenv,
// environ and the leaves failure, finding and secret, and nothing else of
// Spellbook.
package envcheck

import (
	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/environ"
	"github.com/infinitescribe/spellbook/internal/finding"
)

// The codes of findings.
const (
	CodeMalformed    = "malformed"        // Compose refuses the line, or the value
	CodeUnquoted     = "unquoted"         // lines that seem to go on with the value above them
	CodeDuplicate    = "duplicate"        // the name is on two lines
	CodeUnsetRef     = "unset-reference"  // the value refers to what nothing sets
	CodeTwoReaders   = "two-readers"      // Compose and godotenv read different values
	CodeType         = "type"             // the value is not what the template says
	CodeRequired     = "required"         // no value, and one is needed
	CodeMissing      = "missing"          // the template has the variable, the file has not
	CodeDeprecated   = "deprecated"       // another variable takes its place
	CodeUndeclared   = "undeclared"       // Compose or a plugin reads it, the template has it not
	CodeUnused       = "unused"           // the template has it, nothing reads it
	CodeUnknown      = "unknown-variable" // the file has it, the template has not, nothing reads it
	CodeWeakSecret   = "weak-secret"
	CodePublicSecret = "public-secret" // its value is in a file that is committed
	CodeSharedSecret = "shared-secret" // two environments have the same
	CodeTracked      = "tracked"       // git has the file
	CodeNotIgnored   = "not-ignored"   // git would take the file
	CodeMode         = "mode"          // others may read the file
	CodeCopy         = "copy"          // Compose reads a copy that is not the file
	CodeFloating     = "floating-image"
	CodePlugin       = "plugin"         // a plugin is not there, or refuses a value
	CodeSharedStack  = "shared-project" // two environments have the same, and its volumes
	CodeSharedPort   = "shared-port"    // two environments cannot run at once
	CodeFixedName    = "fixed-name"     // it is the same in every project
	CodeComposeFile  = "compose-file"   // a Compose file that a plain docker compose does not read
)

// Image is an image that a Compose file names, after its variables are filled in.
type Image struct {
	File    string
	Line    int
	Service string
	Name    string
	Plugin  string // whose fragment it is in; nobody edits that file
}

// Input is everything that Check looks at; what is left out is not
// checked.
type Input struct {
	Environment  environ.Environment
	Template     environ.Template
	TemplateFile string                // as messages show it
	Others       []environ.Environment // for secrets that two environments share
	Shell        dotenv.Lookup         // wins over the file, as in Compose; may be nil
	Uses         []environ.Usage       // of Compose and the plugins; nil turns off what they are needed for
	Idle         []string              // prefixes of variables of plugins that are not enabled: nobody reads them yet
	Passed       bool                  // a container gets the whole file: nothing in it is unused
	Images       []Image
	Projects     map[string]string // of the environments, this one's as well, by environment
	Ports        []string          // variables that give ports of the host
	Fixed        []Fixed           // what every project shares
	Copy         environ.Copy      // what Environment is, if it is a copy
	Carried      bool              // Environment is a .env of the user's own: there is no file of its name yet
	Files        []FileFacts       // of the environment's file, and whatever else holds its values
}

// Check finds what is wrong with an environment, sorted by file, line and code.
// The same input gives the same findings.
func Check(in Input) []finding.Finding {
	c := newChecker(in)
	for _, look := range []func(*checker){
		(*checker).lines, (*checker).unquoted, (*checker).duplicates, (*checker).references, (*checker).readers,
		(*checker).types, (*checker).required, (*checker).deprecated, (*checker).missing,
		(*checker).undeclared, (*checker).unused, (*checker).unknown,
		(*checker).weak, (*checker).shared, (*checker).files, (*checker).copies, (*checker).images,
		(*checker).projects, (*checker).ports, (*checker).fixed,
	} {
		look(c)
	}
	return finding.Sort(c.findings)
}
