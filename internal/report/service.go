package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/status"
)

// ServiceTable writes the table of services to o.Out: state, URLs below each
// other, and with withTook how long each took from its own start to ready, as
// progress has told it, otherwise since when it is what it is. Columns with
// nothing in them are left out.
func ServiceTable(o Options, services []status.Service, withTook bool) error {
	header := []string{"SERVICE", "STATE", "URL", "SINCE", "DETAIL"}
	if withTook {
		header[3] = "TOOK"
	}
	rows := make([][]Cell, 0, len(services))
	for _, s := range services {
		rows = append(rows, serviceRow(o, s, withTook))
	}
	return Table(o.Out, o, header, rows)
}

// StatusTable is ServiceTable with the images, which are shortened first where
// there is no room.
func StatusTable(o Options, services []status.Service) error {
	rows := make([][]Cell, 0, len(services))
	for _, s := range services {
		r := serviceRow(o, s, false)
		rows = append(rows, append(r[:2:2], append([]Cell{{Text: Clean(s.Image)}}, r[2:]...)...))
	}
	return Table(o.Out, o, []string{"SERVICE", "STATE", "IMAGE", "URL", "SINCE", "DETAIL"}, rows)
}

func serviceRow(o Options, s status.Service, withTook bool) []Cell {
	when := s.Age
	if withTook {
		when = tookOf(s)
	}
	return []Cell{
		{Text: serviceName(s), Whole: true},
		{Text: stateText(o, s.State), State: s.State, Whole: true},
		{Text: strings.Join(s.URLs, "\n"), Last: true},
		{Text: when},
		{Text: Clean(s.Detail)},
	}
}

func serviceName(s status.Service) string {
	if s.Containers > 1 {
		return fmt.Sprintf("%s ×%d", s.Name, s.Containers)
	}
	return s.Name
}

// stateText has a mark on terminals; elsewhere a table is for programs too.
func stateText(o Options, s status.State) string {
	if o.Mode != Terminal {
		return string(s)
	}
	return markOf(s) + " " + string(s)
}

func tookOf(s status.Service) string {
	if s.TookMS == nil {
		return ""
	}
	return Took(time.Duration(*s.TookMS) * time.Millisecond)
}
