package stacktest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is what a test gives to what has to happen, on however busy a machine.
const Patience = 2 * time.Minute

// Eventually polls until the condition holds or Patience is over.
func Eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within %s: %s", Patience, what)
}

// Processes lists what runs with the text in its command line, this test aside.
func Processes(t *testing.T, text string) []string {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, dir := range dirs {
		line, err := os.ReadFile(dir + "/cmdline")
		if err == nil && filepath.Base(dir) != strconv.Itoa(os.Getpid()) && strings.Contains(string(line), text) {
			found = append(found, filepath.Base(dir)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// AtOnce calls do for 0 to n-1, three at a time.
func AtOnce(n int, do func(i int)) {
	var group sync.WaitGroup
	slots := make(chan struct{}, 3)
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	group.Wait()
}
