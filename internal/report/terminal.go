package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// rhythm is the time between two pictures, about twelve a second.
const rhythm = 80 * time.Millisecond

// The control sequences of the live tree.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	eraseRight = "\x1b[K"
	eraseBelow = "\x1b[J"
)

// terminal draws a live tree in place. Events change the treeModel, a goroutine of
// its own draws it, and Stop leaves the last picture standing.
type terminal struct {
	o       Options
	palette Palette
	quit    chan struct{}
	ended   chan struct{}

	mu        sync.Mutex // guards what follows
	treeModel *treeModel
	above     []string // lines to put above the tree for good
	drawn     []int    // columns of each line of the last picture
	tick      int
}

func newTerminal(o Options) *terminal {
	if o.Size == nil {
		o.Size = SizeOf(o.Err)
	}
	return &terminal{o: o, palette: NewPalette(o.Color), quit: make(chan struct{}), ended: make(chan struct{})}
}

// SizeOf looks at the terminal behind w; nil where there is none.
func SizeOf(w io.Writer) func() (width, height int) {
	f, ok := w.(interface{ Fd() uintptr }) // a file, or what writes to one
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func() (int, int) {
		width, height, _ := term.GetSize(int(f.Fd()))
		return width, height
	}
}

// Start draws the first picture and keeps drawing until Stop.
func (r *terminal) Start(title string, p plan.Plan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.treeModel = newTreeModel(title, r.o.Now(), p)
	r.write(hideCursor)
	r.draw(false)
	go r.redraw()
}

// Event takes an event in; it shows with the next picture.
func (r *terminal) Event(e engine.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.treeModel == nil {
		return
	}
	line, keep := r.treeModel.update(e)
	if !keep {
		return
	}
	width, _ := r.o.size()
	mark := "! "
	if line.level != warning {
		mark = "+ "
	}
	text := Row{{mark + line.who + "  ", toneOfLevel(line.level)}, {strings.TrimPrefix(Clean(line.text), "warning: "), Normal}}
	r.above = append(r.above, text.Render(r.palette, width-1))
}

// Stop draws the last picture whole, gives the cursor back and draws no more.
func (r *terminal) Stop() {
	r.mu.Lock()
	running := r.treeModel != nil
	r.mu.Unlock()
	if !running {
		return
	}
	close(r.quit)
	<-r.ended
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draw(true)
	r.write(showCursor)
	r.treeModel = nil
}

func (r *terminal) redraw() {
	defer close(r.ended)
	ticker := time.NewTicker(rhythm)
	defer ticker.Stop()
	for {
		select {
		case <-r.quit:
			return
		case <-ticker.C:
			r.mu.Lock()
			r.tick++
			r.draw(false)
			r.mu.Unlock()
		}
	}
}

// draw puts the picture over the last one, in one write.
func (r *terminal) draw(final bool) {
	width, height := r.o.size()
	f := frame{treeModel: r.treeModel, now: r.o.Now(), width: width - 1, height: height, tick: r.tick, final: final}
	if final {
		f.height = 0
	}
	var b strings.Builder
	b.WriteString(Back(r.drawn, width))
	for _, text := range r.above {
		b.WriteString(text + eraseRight + "\n")
	}
	r.above, r.drawn = nil, nil
	for _, line := range f.rows() {
		line = line.trim().fit(f.width)
		r.drawn = append(r.drawn, line.columns())
		b.WriteString(line.Render(r.palette, f.width) + eraseRight + "\n")
	}
	b.WriteString(eraseBelow)
	r.write(b.String())
}

// Back goes to the start of the last picture; lines that a narrower terminal
// has wrapped since take more than one row.
func Back(drawn []int, width int) string {
	up := 0
	for _, n := range drawn {
		up += 1 + max(0, n-1)/max(1, width)
	}
	if up == 0 {
		return "\r"
	}
	return fmt.Sprintf("\r\x1b[%dA", up)
}

func (r *terminal) write(text string) { _, _ = r.o.Err.Write([]byte(text)) }
