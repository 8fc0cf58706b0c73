package timeline

import (
	"slices"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/plan"
)

// legs goes back from the last step that ended by itself through the step that
// ended last before each, and joins what belongs to one service or phase.
func (b *builder) legs() []Leg {
	chain := b.chain()
	legs := []Leg{}
	for _, s := range chain {
		leg := Leg{Name: name(s), Service: ofService(s), StartMS: b.ms(b.spans[s.ID].begun), EndMS: b.ms(b.spans[s.ID].ended)}
		n := len(legs)
		switch {
		case n == 0:
			legs = append(legs, leg)
		case legs[n-1].Name == leg.Name && legs[n-1].Service == leg.Service:
			legs[n-1].EndMS = leg.EndMS
		default:
			leg.StartMS = legs[n-1].EndMS
			legs = append(legs, leg)
		}
	}
	return legs
}

// chain is the critical path in steps, first to last.
func (b *builder) chain() []plan.Step {
	var chain []plan.Step
	seen := map[plan.ID]bool{}
	for s, ok := b.last(); ok && !seen[s.ID]; s, ok = b.before(s) {
		seen[s.ID] = true
		chain = append(chain, s)
	}
	slices.Reverse(chain)
	return chain
}

// last is the step whose end ended the run: the last to fail if any did that
// the run could not do without, else the last to be done; bookkeeping does not
// count.
func (b *builder) last() (last plan.Step, ok bool) {
	for _, kind := range []engine.Kind{engine.Failed, engine.Done} {
		for _, s := range b.steps {
			at := b.spans[s.ID]
			if at.kind != kind || kind == engine.Failed && s.Optional || name(s) == "" || ok && !at.ended.After(b.spans[last.ID].ended) {
				continue
			}
			last, ok = s, true
		}
		if ok {
			return last, true
		}
	}
	return last, false
}
