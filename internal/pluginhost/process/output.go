package process

import (
	"sync"
	"time"
)

// A plugin may log 16 MiB at once and 1 MiB a second on and on; who writes more is
// read by nobody. What a command prints is no log: it comes in events.
const (
	floodBurst = 16 << 20
	floodRate  = 1 << 20
	floodLimit = "16 MiB at once or 1 MiB a second"
	tailLines  = 10
	// tailColumns is far more than anybody is shown: a line that is cut has half
	// of a secret at its end, which nobody could find and mask.
	tailColumns = 4 << 10
)

// verdict is why a child ended; an empty code says that the host ended it.
type verdict struct {
	code    Code
	summary string
}

// output is what is known from and of a plugin's own words: its log lines one at
// a time, the last of them, how much it wrote, and why it ended.
type output struct {
	log     func(level, message string, fields map[string]string)
	flooded func()

	mu    sync.Mutex
	tail  []string
	cause *verdict
	spent float64 // bytes of the burst that are used
	at    time.Time

	telling sync.Mutex
}

// conclude keeps the first reason.
func (o *output) conclude(v *verdict) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause == nil {
		o.cause = v
	}
}

// reason is why it ended: nil while it runs, and where the host ended it.
func (o *output) reason() *verdict {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause == nil || o.cause.code == "" {
		return nil
	}
	return o.cause
}

// allow says whether n more bytes are within the limits.
func (o *output) allow(n int, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.at.IsZero() {
		o.spent = max(0, o.spent-now.Sub(o.at).Seconds()*floodRate)
	}
	o.at = now
	o.spent += float64(n)
	return o.spent <= floodBurst
}

// tell hands one line on, and remembers it for an error.
func (o *output) tell(level, message string, fields map[string]string) {
	o.mu.Lock()
	if len(o.tail) == tailLines {
		o.tail = o.tail[1:]
	}
	o.tail = append(o.tail, cut(message, tailColumns))
	o.mu.Unlock()
	o.telling.Lock() // two streams, one at a time
	defer o.telling.Unlock()
	o.log(level, message, fields)
}

func (o *output) last() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.tail...)
}
