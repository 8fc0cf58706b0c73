package lazyregexp

import (
	"sync"
	"testing"
)

func TestAnExpressionIsCompiledOnceWhoeverAsksFirst(t *testing.T) {
	t.Parallel()
	r := &Regexp{text: "^a+$"}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !r.MatchString("aa") || r.MatchString("b") {
				t.Error("it matches otherwise")
			}
		})
	}
	all.Wait()
	first := r.compiled()
	if r.compiled() != first || r.String() != "^a+$" {
		t.Errorf("compiled anew, or of another text: %s", r)
	}
}

func TestInTestsWhatIsNoExpressionPanicsAtOnce(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("it waits for its first use")
		}
	}()
	New("(")
}
