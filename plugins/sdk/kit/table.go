package kit

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Write prints the checks as a table, and what they add up to.
func (r Report) Write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Checks {
		took := c.Took.Round(time.Millisecond)
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Status, c.Name, took, oneLine(c.Detail)); err != nil {
			return err
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s: %d checks passed, %d failed, %d not run\n", strings.TrimSpace(r.Plugin+" "+r.Version), r.Count(Pass), r.Failed(), r.Count(NotRun))
	return err
}

// oneLine keeps a plugin's text from moving the cursor.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
