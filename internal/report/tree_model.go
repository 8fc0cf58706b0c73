package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// life is how far an item has come.
type life int

const (
	pending life = iota
	active
	over    // well
	broken  // failed
	severed // cut short
	barred  // skipped
)

// item is one line of the live tree: a service, or work for several.
type item struct {
	name         string
	service      bool
	image        bool // that is built, named or pushed
	depth        int
	start        plan.Step // the step that starts the service, if any does
	life         life
	word, detail string
	begun, ended time.Time
	bytes, total int64
	sum          string // what a build came to
	left         int    // steps that have not ended
}

// treeModel is what a run looks like at one moment. It knows no clock and no
// terminal.
type treeModel struct {
	title         string
	began         time.Time
	items         []*item
	byStep        map[plan.ID]*item
	lineFormatter *lineFormatter
}

func newTreeModel(title string, began time.Time, p plan.Plan) *treeModel {
	b := &treeModel{title: Clean(title), began: began, byStep: map[plan.ID]*item{}, lineFormatter: newLineFormatter()}
	b.lineFormatter.start(p)
	depth := depths(p)
	named := map[string]*item{}
	for _, s := range p.Steps {
		if !s.Action.Verb().Silent {
			b.add(s, depth[s.ID], named)
		}
	}
	slices.SortStableFunc(b.items, func(x, y *item) int {
		return cmp.Or(cmp.Compare(x.depth, y.depth), cmp.Compare(x.name, y.name))
	})
	return b
}

// add puts a step on the line of its service or image, or on one of its own.
func (b *treeModel) add(s plan.Step, depth int, named map[string]*item) {
	service := s.Service != "" && !s.Action.Object().Shared
	key := lastPart(refOf(s)) // no service has a colon or is empty
	if service {
		key = s.Service
	}
	it := named[key]
	if key == "" || it == nil {
		it = &item{name: b.lineFormatter.need(s), service: service, image: !service && key != "", depth: depth, word: "waiting"}
		b.items = append(b.items, it)
		named[key] = it
	}
	if starts(s) {
		it.start, it.depth = s, depth
	}
	it.left++
	b.byStep[s.ID] = it
}

// depths is the length of the longest way to each step.
func depths(p plan.Plan) map[plan.ID]int {
	steps := map[plan.ID]plan.Step{}
	for _, s := range p.Steps {
		steps[s.ID] = s
	}
	depth := map[plan.ID]int{}
	var visit func(plan.ID) int
	visit = func(id plan.ID) int {
		if d, seen := depth[id]; seen {
			return d
		}
		depth[id] = 0 // against circles
		d := 0
		for _, e := range steps[id].After {
			d = max(d, visit(e.ID)+1)
		}
		depth[id] = d
		return d
	}
	for _, s := range p.Steps {
		visit(s.ID)
	}
	return depth
}

// update takes an event in and returns the line that is worth keeping above
// the tree, if there is one.
func (b *treeModel) update(e engine.Event) (entry, bool) {
	line, told := b.lineFormatter.tell(e)
	it := b.byStep[e.Step.ID]
	if it == nil {
		return line, told && line.level == grave
	}
	switch e.Kind {
	case engine.Begun:
		it.begin(e)
	case engine.Noted:
		it.note(e.Note)
	default:
		it.end(e, line)
	}
	return line, told && e.Kind == engine.Noted && (line.level == warning || e.Note.Lasting)
}

// waits are the services a pending item still waits for.
func (b *treeModel) waits(it *item) string {
	var names []string
	for _, e := range it.start.After {
		on := b.byStep[e.ID]
		if _, ended := b.lineFormatter.ends[e.ID]; ended || on == nil || !on.service || on == it || slices.Contains(names, on.name) {
			continue
		}
		names = append(names, on.name)
	}
	if len(names) == 0 {
		return ""
	}
	return "for " + strings.Join(names, ", ")
}
