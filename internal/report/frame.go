package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/units"
)

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// frame is what one picture of the live tree needs to know.
type frame struct {
	treeModel     *treeModel
	now           time.Time
	width, height int // the tree takes at most height-1 lines; 0 is no limit
	tick          int
	final         bool
}

// rows are the lines of the picture: a headline, the items, and what there is
// more of where there is no room.
func (f frame) rows() []Row {
	room := len(f.treeModel.items)
	if f.height > 0 {
		room = max(1, f.height-3)
	}
	shown, rest := pick(f.treeModel.items, room)
	names := f.nameColumns(shown)
	rows := []Row{f.headline()}
	for _, it := range shown {
		rows = append(rows, f.item(it, names))
	}
	if rest != "" {
		rows = append(rows, Row{{"  + " + rest, Faint}})
	}
	return rows
}

// headline has the title on the left, how far it is and how long on the right.
func (f frame) headline() Row {
	done, total, ok := f.treeModel.count()
	took := Elapsed(f.now.Sub(f.treeModel.began))
	right := fmt.Sprintf("%d/%d  %s", done, total, took)
	mark := Span{spinner[f.tick%len(spinner)], Busy}
	switch {
	case !ok:
		mark = Span{"✖", Bad}
	case f.final && done == total:
		mark = Span{"✔", Good}
	case f.final:
		mark = Span{"✖", Bad}
	}
	title := Cut(f.treeModel.title, max(8, f.width-4-Columns(right)))
	gap := strings.Repeat(" ", max(2, f.width-2-Columns(title)-Columns(right)))
	return Row{mark, {" " + title + gap, Strong}, {right, Faint}}
}

// count is how many of the services (of all items, where there is no service)
// have come through, and whether none has failed or was cut short that must not.
func (b *treeModel) count() (done, total int, ok bool) {
	services, ok := false, true
	for _, it := range b.items {
		services = services || it.service
		ok = ok && (it.life != broken && it.life != severed || it.start.Optional)
	}
	for _, it := range b.items {
		if it.service == services {
			total++
			if it.life == over {
				done++
			}
		}
	}
	return done, total, ok
}

// nameColumns is the room for names: what they need, and for the often long names of
// images that are pulled not much more.
func (f frame) nameColumns(items []*item) int {
	widest := 0
	for _, it := range items {
		n := Columns(it.name)
		if !it.service && !it.image && strings.ContainsAny(it.name, "/:") {
			n = min(n, 20)
		}
		widest = max(widest, n)
	}
	return min(widest, max(8, f.width*3/8))
}

// item is one line: mark, name, state, time, and what else there is to say.
func (f frame) item(it *item, names int) Row {
	mark, t := f.mark(it)
	name := Cut(it.name, names)
	if !it.service {
		name = CutFront(it.name, names)
	}
	r := Row{{"  ", Normal}, {mark, t}, {" " + Pad(name, names), Normal}, {"  " + Pad(Cut(it.word, 11), 11), t},
		{fmt.Sprintf(" %7s  ", f.time(it)), Faint}}
	return append(r, f.detail(it, f.width-names-27)...)
}

func (f frame) mark(it *item) (string, Tone) {
	switch it.life {
	case active:
		return spinner[f.tick%len(spinner)], Busy
	case over:
		return "✔", Good
	case broken:
		return "✖", Bad
	case severed:
		return "–", Warn
	}
	return "·", Faint
}

// time is how long an item has taken; those that never began have none.
func (f frame) time(it *item) string {
	switch {
	case it.begun.IsZero():
		return ""
	case it.ended.IsZero():
		return Elapsed(f.now.Sub(it.begun))
	}
	return Elapsed(it.ended.Sub(it.begun))
}

// detail is what a line ends with, in room columns.
func (f frame) detail(it *item, room int) Row {
	switch {
	case it.life == active && it.bytes > 0 && it.image && it.detail != "":
		what := Span{it.detail + "  ", Faint}
		return append(Row{what}, bar(it.bytes, it.total, room-Columns(what.Text))...)
	case it.life == active && it.bytes > 0:
		return bar(it.bytes, it.total, room)
	case it.life == over && it.sum != "":
		return Row{{it.sum, Faint}}
	case it.life == over && it.total > 0:
		return Row{{units.Decimal(it.total), Faint}}
	case it.life == pending:
		return Row{{f.treeModel.waits(it), Faint}}
	case it.life == broken:
		return Row{{it.detail, Normal}}
	}
	return Row{{it.detail, Faint}}
}

// bar shows the bytes of a transfer; where the total is unknown it is none.
func bar(current, total int64, room int) Row {
	text := units.Progress(current, total)
	if total <= 0 {
		return Row{{text, Normal}}
	}
	cells := min(24, room-Columns(text)-2)
	if cells < 4 {
		return Row{{text, Normal}}
	}
	full := int(min(current, total) * int64(cells) / total)
	return Row{{strings.Repeat("━", full), Good}, {strings.Repeat("─", cells-full), Faint}, {"  " + text, Normal}}
}
