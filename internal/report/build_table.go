package report

import (
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/units"
)

// BuildTable writes what became of each build to o.Out: the services that
// share it, how long it took, the image and its size. Columns with nothing in
// them are left out.
func BuildTable(o Options, builds []Built) error {
	rows := make([][]Cell, 0, len(builds))
	var all []called
	for _, b := range builds {
		all = append(all, called{b.Image, b.Name})
	}
	names := shownAs(all)
	for i, b := range builds {
		rows = append(rows, []Cell{
			{Text: names[i], Whole: true},
			stateCell(o, b.State),
			{Text: column(b.Services), Whole: true},
			{Text: took(b.TookMS), Whole: true},
			{Text: size(b.Size), Whole: true},
			{Text: column(append([]string{b.Image}, b.Pushed...)), Last: true},
		})
	}
	header := []string{"BUILD", "STATE", "SERVICES", "TOOK", "SIZE", "IMAGE"}
	squeeze(o, header, rows, 5, 0, splitTags)
	squeeze(o, header, rows, 5, 20, fronts)
	return Table(o.Out, o, header, rows)
}

// BuildPlanTable writes what a run would do about each build, and why, to
// o.Out.
func BuildPlanTable(o Options, builds []PlannedBuild) error {
	rows := make([][]Cell, 0, len(builds))
	var all []called
	for _, b := range builds {
		all = append(all, called{b.Image, b.Name})
	}
	names := shownAs(all)
	for i, b := range builds {
		rows = append(rows, []Cell{
			{Text: names[i], Whole: true},
			{Text: column(b.Services), Whole: true},
			stateCell(o, b.State),
			{Text: Clean(b.Cause)},
			{Text: Clean(b.Image), Last: true},
			{Text: column(b.Push), Last: true},
		})
	}
	header := []string{"BUILD", "SERVICES", "STATE", "WHY", "IMAGE", "PUSH"}
	squeeze(o, header, rows, 5, 0, splitTags)
	squeeze(o, header, rows, 4, 0, splitTags)
	return Table(o.Out, o, header, rows)
}

// column is texts below each other.
func column(texts []string) string {
	cleaned := make([]string, 0, len(texts))
	for _, text := range texts {
		cleaned = append(cleaned, Clean(text))
	}
	return strings.Join(cleaned, "\n")
}

func took(ms int64) string {
	if ms == 0 {
		return ""
	}
	return Took(time.Duration(ms) * time.Millisecond)
}

func size(n int64) string {
	if n == 0 {
		return ""
	}
	return units.Decimal(n)
}
