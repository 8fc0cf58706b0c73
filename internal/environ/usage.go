package environ

import (
	"fmt"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

// Usage is a place where a variable is read; its fields are those of
// project.Use, so that one converts to the other. A plugin's has the plugin as
// File, and no Line.
type Usage struct {
	Variable string
	File     string
	Line     int
	Path     string
	Service  string

	Default        string // as it is written: it may refer to variables
	HasDefault     bool
	Required       bool // without a value nothing loads
	EmptyIsMissing bool
	Nested         bool
	ByName         bool
	Alternative    bool // what is written there instead of a value that is set
}

// MayBeValue reports whether the variable may be a line of a value that lacks its
// quotes: it stands alone in the env file of a service, and looks unusual.
func (u Usage) MayBeValue() bool {
	return u.ByName && u.Path == u.Variable && !dotenv.IsUsualName(u.Variable)
}

// Place is file:line, or the file where there is no line.
func (u Usage) Place() string {
	if u.Line == 0 {
		return u.File
	}
	return fmt.Sprintf("%s:%d", u.File, u.Line)
}
