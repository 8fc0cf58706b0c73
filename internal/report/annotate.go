package report

import (
	"io"
)

// Annotate shows the error of a whole target as an annotation of GitHub
// Actions; in other modes it writes nothing, because Mage prints the error.
func Annotate(o Options, err error) {
	if o.Mode != GitHub || err == nil {
		return
	}
	_, _ = io.WriteString(o.Err, command("error", entry{who: "spellbook", text: o.spell(err.Error())}))
}
