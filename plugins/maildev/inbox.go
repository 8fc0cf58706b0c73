package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// inbox lists messages.
func inbox(ctx context.Context, c *sdk.Call) error {
	list, err := messages(ctx, c.Run)
	if err != nil {
		return err
	}
	total := len(list)
	list = slices.DeleteFunc(list, func(m message) bool { return !strings.Contains(m.recipients(), c.String("to")) })
	if len(list) == 0 {
		return nothing(c, total)
	}
	slices.SortStableFunc(list, func(a, b message) int { return b.Time.Compare(a.Time) })
	if n := c.Int("n"); n > 0 {
		list = list[:min(n, len(list))]
	}
	out := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "ID\tFROM\tTO\tSUBJECT") // a tabwriter tells when it is flushed
	for _, m := range list {
		_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", clean(m.ID, 8), clean(addresses(m.From), 20), clean(m.recipients(), 20), clean(cmp.Or(m.Subject, "(none)"), subjectWidth(c.Width)))
	}
	return out.Flush()
}

// subjectWidth is what the other columns leave of a terminal, 0 without one.
func subjectWidth(width int) int {
	if width == 0 {
		return 0
	}
	return max(width-8-20-20-6, 12)
}

func nothing(c *sdk.Call, total int) error {
	text := "no messages: send some to port 1025"
	if at, err := c.Endpoint(smtpName); err == nil {
		text = "no messages: send some to smtp://" + at
	}
	if total > 0 {
		text = fmt.Sprintf("none of %d messages is to %q", total, c.String("to"))
	}
	_, err := fmt.Fprintln(c.Stdout, text)
	return err
}

// show prints one message.
func show(ctx context.Context, c *sdk.Call) error {
	m, err := find(ctx, c.Run, c.Arg("id"))
	if err != nil {
		return err
	}
	body := m.Text
	if body == "" {
		body = m.HTML
	}
	_, err = fmt.Fprintf(c.Stdout, "Date:    %s\nFrom:    %s\nTo:      %s\nSubject: %s\n\n%s\n", m.Time.Format("2006-01-02 15:04:05 MST"),
		clean(addresses(m.From), 0), clean(m.recipients(), 0), clean(m.Subject, 0), printable(strings.TrimRight(body, "\r\n")))
	return err
}

// find is the one message whose ID begins so.
func find(ctx context.Context, run *sdk.Run, id string) (message, error) {
	list, err := messages(ctx, run)
	if err != nil {
		return message{}, err
	}
	list = slices.DeleteFunc(list, func(m message) bool { return !strings.HasPrefix(m.ID, id) })
	switch {
	case id == "" || len(list) == 0:
		return message{}, sdk.Diagnostic{Code: "UNKNOWN_MESSAGE", Summary: fmt.Sprintf("no message has an ID that begins with %q", id), Hint: "mage maildev:inbox"}
	case len(list) > 1:
		return message{}, sdk.Diagnostic{Code: "AMBIGUOUS_ID", Summary: fmt.Sprintf("%d messages have IDs that begin with %q", len(list), id), Hint: "type more of it: mage maildev:inbox"}
	}
	return list[0], nil
}

// clearAll deletes every message.
func clearAll(ctx context.Context, c *sdk.Call) error {
	list, err := messages(ctx, c.Run)
	if err != nil {
		return err
	}
	if !c.Bool("yes") || c.DryRun {
		_, err := fmt.Fprintf(c.Stderr, "would delete %d messages: mage maildev:clear -yes\n", len(list))
		return err
	}
	if err := call(ctx, c.Run, http.MethodDelete, "/email/all", nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Stdout, "deleted %d messages\n", len(list))
	return err
}

// clean is text of a stranger's in one line of at most width columns; 0 cuts
// nothing.
func clean(text string, width int) string {
	text = strings.Join(strings.Fields(printable(text)), " ")
	if width == 0 || utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// printable takes what would move a terminal's cursor out of a text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || (r >= 0x7f && r < 0xa0)) {
			return -1
		}
		return r
	}, text)
}
