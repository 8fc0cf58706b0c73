package report

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/units"
)

// Images is the document of build:images -json.
type Images struct {
	Version     int     `json:"version"`
	Project     string  `json:"project"`
	Environment string  `json:"environment,omitempty"`
	Images      []Image `json:"images"`
	Error       string  `json:"error,omitempty"` // nothing is known of the images
	ExitCode    int     `json:"exit_code,omitempty"`
}

// Image is one image of the project's builds that is on the engine.
type Image struct {
	Build      string    `json:"build"`
	Repository string    `json:"repository"`
	Key        string    `json:"key,omitempty"` // the tag that carries the content key; empty where it has none
	Tags       []string  `json:"tags"`          // its other tags in the repository
	ID         string    `json:"id"`
	Size       int64     `json:"size_bytes"`       // with what it shares with others
	Created    time.Time `json:"created,omitzero"` // when it was made or named here, not the commit's time; zero where nobody knows
	UsedBy     []string  `json:"used_by"`          // services with a container of it
	Current    bool      `json:"current"`          // it is what the sources come to now
}

// ImageTable writes the images to o.Out: those of one build below each other,
// the one that the sources come to now with a mark, how old each is at o.Now,
// and the services that run it. Where there is none it says so to o.Err.
func ImageTable(o Options, images []Image) error {
	if len(images) == 0 {
		_, err := io.WriteString(o.Err, o.spell("no images of this project's builds\n  → mage build:all\n"))
		return err
	}
	now := o.WithDefaults().Now()
	rows := make([][]Cell, 0, len(images))
	for _, i := range images {
		rows = append(rows, []Cell{
			{Text: currentMark(i)},
			{Text: Clean(i.Repository), Last: true},
			{Text: strings.Trim(i.Key+"\n"+column(i.Tags), "\n"), Whole: true},
			{Text: size(i.Size), Whole: true},
			{Text: age(i.Created, now), Whole: true},
			{Text: column(slices.Sorted(slices.Values(i.UsedBy)))},
		})
	}
	header := []string{"", "IMAGE", "TAG", "SIZE", "AGE", "USED BY"}
	squeeze(o, header, rows, 1, 12, fronts)
	return Table(o.Out, o, header, rows)
}

func currentMark(i Image) string {
	if i.Current {
		return "✔"
	}
	return ""
}

// age is how long ago something was, as people say it: "12 minutes".
func age(then, now time.Time) string {
	if then.IsZero() {
		return ""
	}
	d := now.Sub(then)
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"week", 7 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / unit.of); n > 1 || n == 1 && unit.name != "week" {
			return units.Plural(n, unit.name)
		}
	}
	return units.Plural(int(max(0, d)/time.Second), "second")
}
