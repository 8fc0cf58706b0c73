package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/infinitescribe/spellbook/internal/status"
)

// Cell is one field of a table.
type Cell struct {
	Text  string       // its lines go below each other
	State status.State // gives the colour; may be empty
	Whole bool         // keeps its width while another column need not: names
	Last  bool         // keeps its width while a whole one need not, and is cut at its front: addresses, which end with the port
}

// tallest is how many lines one that has no room may be folded into.
const tallest = 12

// gap is the blanks between two columns.
const gap = 2

// Table writes aligned columns that fit in o.Width: the widest are made narrower
// until they do, their texts folded between words. Columns without a single text
// are left out.
func Table(w io.Writer, o Options, header []string, rows [][]Cell) error {
	t := table{palette: NewPalette(o.Color), width: o.WithDefaults().Width}
	t.fill(header, rows)
	t.shrink()
	t.fold()
	var b strings.Builder
	for i, r := range t.rows {
		t.write(&b, r, i == 0)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

type table struct {
	palette Palette
	width   int
	rows    [][]Cell // the header is the first
	columns []int
	ranks   []int // those of a lower rank are shortened first
}

// fill takes the rows in, cleaned, and measures the columns.
func (t *table) fill(header []string, rows [][]Cell) {
	all := [][]Cell{make([]Cell, len(header))}
	for i, text := range header {
		all[0][i].Text = text
	}
	all = append(all, rows...)
	for c := range header {
		if empty(rows, c) {
			continue
		}
		t.column(all, c)
	}
}

func (t *table) column(all [][]Cell, c int) {
	width, rank := 0, 0
	for i, r := range all {
		if len(t.rows) <= i {
			t.rows = append(t.rows, nil)
		}
		var cell Cell
		if c < len(r) {
			cell = r[c]
		}
		texts := lines(cell.Text)
		for _, text := range texts {
			width = max(width, Columns(text))
		}
		cell.Text, rank = strings.Join(texts, "\n"), max(rank, cell.rank())
		t.rows[i] = append(t.rows[i], cell)
	}
	t.columns, t.ranks = append(t.columns, width), append(t.ranks, rank)
}

func (c Cell) rank() int {
	switch {
	case c.Last:
		return 2
	case c.Whole:
		return 1
	}
	return 0
}

func empty(rows [][]Cell, c int) bool {
	for _, r := range rows {
		if c < len(r) && r[c].Text != "" {
			return false
		}
	}
	return true
}

// shrink shortens the widest column that may be, column by column, then those
// that had better stay whole.
func (t *table) shrink() {
	for rank := range 3 {
		for t.total() > t.width {
			widest := -1
			for c, n := range t.columns {
				if t.ranks[c] == rank && n > 8 && (widest < 0 || n > t.columns[widest]) {
					widest = c
				}
			}
			if widest < 0 {
				break
			}
			t.columns[widest]--
		}
	}
}

// fold breaks what is wider than its column, but for addresses.
func (t *table) fold() {
	for _, r := range t.rows {
		for c, n := range t.columns {
			if t.ranks[c] == 2 {
				continue
			}
			var all []string
			for line := range strings.SplitSeq(r[c].Text, "\n") {
				parts := strings.Split(folded(line, n), "\n")
				if len(parts) > tallest {
					parts = append(parts[:tallest-1], Cut(parts[tallest-1]+" …", n))
				}
				all = append(all, parts...)
			}
			r[c].Text = strings.Join(all, "\n")
		}
	}
}

func (t *table) total() int {
	n := gap * max(0, len(t.columns)-1)
	for _, c := range t.columns {
		n += c
	}
	return n
}

// write writes one row, of as many lines as its longest cell has.
func (t *table) write(b *strings.Builder, cells []Cell, header bool) {
	for i, more := 0, true; more; i++ {
		var line Row
		more = false
		for c, cell := range cells {
			texts := strings.Split(cell.Text, "\n")
			text := ""
			if i < len(texts) {
				text = texts[i]
			}
			more = more || i+1 < len(texts)
			line = append(line, Span{Pad(cell.fit(text, t.columns[c]), t.columns[c]), cellTone(cell, header)}, Span{"  ", Normal})
		}
		b.WriteString(line.Render(t.palette, t.width) + "\n")
	}
}

// fit shortens one line of the cell to n columns. Of an address the scheme
// goes first.
func (c Cell) fit(text string, n int) string {
	if !c.Last || Columns(text) <= n {
		return Cut(text, n)
	}
	if _, rest, found := strings.Cut(text, "://"); found {
		text = rest
	}
	return CutFront(text, n)
}

func cellTone(c Cell, header bool) Tone {
	switch {
	case header:
		return Faint
	case c.State == "":
		return Normal
	}
	return toneOf(c.State)
}
