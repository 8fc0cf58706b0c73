package canary_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Between two looks at all processes lie so many looks at those that are new.
const (
	watchPause = 3 * time.Millisecond
	newFor     = 8  // looks, for a process that has just been made becomes another program
	thoroughly = 64 // every so many looks, all processes
)

// watch reads the command lines of all processes of the machine, those in
// containers included, again and again.
type watch struct {
	stop    chan struct{}
	stopped chan struct{}
	ages    map[string]int // looks since a process was first seen
	lines   map[string]struct{}
	looks   int // how often it looked which processes there are
	samples int // how many command lines it read
}

func newWatch() *watch {
	w := &watch{stop: make(chan struct{}), stopped: make(chan struct{}), ages: map[string]int{}, lines: map[string]struct{}{}}
	go w.run()
	return w
}

func (w *watch) run() {
	defer close(w.stopped)
	ticker := time.NewTicker(watchPause)
	defer ticker.Stop()
	for {
		w.look()
		select {
		case <-w.stop:
			return
		case <-ticker.C:
		}
	}
}

func (w *watch) look() {
	proc, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(-1)
	ages := make(map[string]int, len(names))
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		age := w.ages[name]
		ages[name] = age + 1
		if age < newFor || w.looks%thoroughly == 0 {
			w.read(name)
		}
	}
	w.ages = ages
	w.looks++
}

func (w *watch) read(process string) {
	line, err := os.ReadFile("/proc/" + process + "/cmdline")
	if err != nil || len(line) == 0 {
		return
	}
	w.samples++
	w.lines[string(line)] = struct{}{}
}

// end is every command line that was seen.
func (w *watch) end() []string {
	close(w.stop)
	<-w.stopped
	lines := make([]string, 0, len(w.lines))
	for line := range w.lines {
		lines = append(lines, line)
	}
	return lines
}

// show has a process with a text in its command line, for a watch that sees
// nothing proves nothing.
func (w *watch) show(t *testing.T, text string) {
	t.Helper()
	if err := exec.Command("sh", "-c", "sleep 0.1; : "+text).Run(); err != nil {
		t.Fatal(err)
	}
}

func seen(lines []string, text string) bool {
	for _, line := range lines {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}
