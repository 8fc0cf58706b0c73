package tasks

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/infinitescribe/spellbook/internal/outputs"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/task"
)

const (
	rhythm     = 80 * time.Millisecond
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	eraseRight = "\x1b[K"
	eraseBelow = "\x1b[J"
	// mostLines are shown of what a failed task has said; all is in its file.
	mostLines = 200
)

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// tree draws a line a task in place, and above it for good what failed tasks have said.
type tree struct {
	o       Options
	palette report.Palette
	began   time.Time
	width   int // of the names
	quit    chan struct{}
	ended   sync.WaitGroup

	mu    sync.Mutex // guards what follows: a goroutine draws
	items []*item
	named map[string]*item
	above []string
	drawn []int // columns of each line of the last picture
	tick  int
}

// item is one line.
type item struct {
	name   string
	began  time.Time
	result *task.Result
	last   string
	said   []string
	cut    int // lines that said has no longer
}

func newTree(o Options, names []string) *tree {
	t := &tree{o: o, palette: report.NewPalette(o.Color), began: o.Now(), quit: make(chan struct{}), named: map[string]*item{}}
	if t.o.Size == nil {
		t.o.Size = report.SizeOf(o.Err)
	}
	for _, name := range names {
		t.named[name] = &item{name: name}
		t.items = append(t.items, t.named[name])
		t.width = max(t.width, report.Columns(name))
	}
	t.width = min(t.width, max(8, o.Width/2))
	_, _ = io.WriteString(o.Err, hideCursor)
	t.ended.Go(t.redraw)
	return t
}

func (t *tree) redraw() {
	ticker := time.NewTicker(rhythm)
	defer ticker.Stop()
	for {
		select {
		case <-t.quit:
			return
		case <-ticker.C:
			t.mu.Lock()
			t.tick++
			t.draw(false)
			t.mu.Unlock()
		}
	}
}

// size is that of the terminal now.
func (t *tree) size() (width, height int) {
	if t.o.Size != nil {
		width, height = t.o.Size()
	}
	if width <= 0 {
		width = t.o.Width
	}
	if height <= 0 {
		height = t.o.Height
	}
	return width, height
}

func (t *tree) find(name string) *item {
	if i := t.named[name]; i != nil {
		return i
	}
	return &item{}
}

func (t *tree) started(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.find(name).began = t.o.Now()
}

func (t *tree) lines(name string, shown []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.find(name)
	i.said = append(i.said, shown...)
	if n := len(i.said) - mostLines; n > mostLines { // now and then
		i.said, i.cut = append([]string(nil), i.said[n:]...), i.cut+n
	}
	for _, text := range shown {
		if text = clean(text); strings.TrimSpace(text) != "" {
			i.last = strings.TrimSpace(text)
		}
	}
}

func (t *tree) finished(r task.Result, _ outputs.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.find(r.Task)
	i.result = &r
	if r.Outcome == task.Failed {
		t.tell(i)
	}
	i.said, i.last = nil, ""
}

// tell puts what a failed task has said above the tree.
func (t *tree) tell(i *item) {
	width, _ := t.size()
	put := func(row report.Row) { t.above = append(t.above, row.Render(t.palette, width-1)) }
	put(report.Row{{Text: "✖ " + i.name + " ", Tone: report.Bad}, {Text: sentence(*i.result, false)}})
	if n := max(0, len(i.said)-mostLines); n+i.cut > 0 {
		put(report.Row{{Text: fmt.Sprintf("  │ … %d lines before this are in %s", n+i.cut, i.result.Output), Tone: report.Faint}})
		i.said = i.said[n:]
	}
	for _, text := range i.said {
		t.above = append(t.above, report.Row{{Text: "  │ ", Tone: report.Faint}}.Render(t.palette, 4)+" "+clean(text))
	}
}

func (t *tree) stop() {
	close(t.quit)
	t.ended.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draw(true)
	_, _ = io.WriteString(t.o.Err, showCursor)
}

// draw puts the picture over the last one, in one write. The last picture is none: the
// table that follows has it all.
func (t *tree) draw(final bool) {
	width, height := t.size()
	var b strings.Builder
	b.WriteString(report.Back(t.drawn, width))
	for _, text := range t.above {
		b.WriteString(text + eraseRight + "\n")
	}
	t.above, t.drawn = nil, nil
	if !final {
		for _, row := range t.rows(width-1, height) {
			line := row.Render(t.palette, width-1)
			t.drawn = append(t.drawn, width-1)
			b.WriteString(line + eraseRight + "\n")
		}
	}
	b.WriteString(eraseBelow)
	_, _ = io.WriteString(t.o.Err, b.String())
}

// rows are a headline and the items, those that run first to have room.
func (t *tree) rows(width, height int) []report.Row {
	done, failed := 0, false
	for _, i := range t.items {
		if i.result != nil {
			done, failed = done+1, failed || i.result.Outcome == task.Failed
		}
	}
	mark := report.Span{Text: spinner[t.tick%len(spinner)], Tone: report.Busy}
	if failed {
		mark = report.Span{Text: "✖", Tone: report.Bad}
	}
	rows := []report.Row{{mark, {Text: " " + t.o.Title, Tone: report.Strong},
		{Text: fmt.Sprintf("  %d/%d  %s", done, len(t.items), report.Elapsed(t.o.Now().Sub(t.began))), Tone: report.Faint}}}
	shown, rest := pick(t.items, max(1, height-3))
	for _, i := range shown {
		rows = append(rows, t.row(i, width))
	}
	if rest > 0 {
		rows = append(rows, report.Row{{Text: fmt.Sprintf("  + %d more", rest), Tone: report.Faint}})
	}
	return rows
}

// pick leaves out what there is no room for: what is done first, then what waits.
func pick(items []*item, room int) (shown []*item, rest int) {
	drop := len(items) - room
	shown = items
	for _, dropped := range []func(*item) bool{
		func(i *item) bool { return i.result != nil && i.result.Outcome != task.Failed },
		func(i *item) bool { return i.result == nil && i.began.IsZero() },
		func(*item) bool { return true },
	} {
		var kept []*item
		for _, i := range shown {
			if drop > 0 && dropped(i) {
				drop--
				rest++
				continue
			}
			kept = append(kept, i)
		}
		shown = kept
	}
	return shown, rest
}

func (t *tree) row(i *item, width int) report.Row {
	name := report.Pad(report.Cut(i.name, t.width), t.width)
	switch {
	case i.result != nil:
		tone := toneOf(i.result.Outcome)
		return report.Row{{Text: "  "}, {Text: markOf(i.result.Outcome), Tone: tone}, {Text: " " + name + "  "}, {Text: sentence(*i.result, t.o.Explain), Tone: report.Faint}}
	case i.began.IsZero():
		return report.Row{{Text: "  · " + name + "  waiting", Tone: report.Faint}}
	}
	took := fmt.Sprintf("%7s  ", report.Elapsed(t.o.Now().Sub(i.began)))
	return report.Row{{Text: "  "}, {Text: spinner[t.tick%len(spinner)], Tone: report.Busy}, {Text: " " + name + "  "}, {Text: took, Tone: report.Faint},
		{Text: report.Cut(i.last, max(8, width-t.width-16)), Tone: report.Faint}}
}
