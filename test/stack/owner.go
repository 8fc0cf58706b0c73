package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// owner is the process that a stack is for: the go command, which runs a process for each
// package that it tests; without one this process.
type owner struct {
	PID   int
	Began string // as the system tells it; "" where it does not
}

func (o owner) String() string { return fmt.Sprintf("of process %d", o.PID) }

func findOwner() owner {
	pid := os.Getppid()
	if !isGo(pid) {
		pid = os.Getpid()
	}
	return owner{pid, began(pid)}
}

// isGo: the process is the go command. Where the system does not say what it is, a test
// binary below the go command's own directory is run by it.
func isGo(pid int) bool {
	if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil {
		return filepath.Base(exe) == "go"
	}
	return strings.Contains(os.Args[0], string(filepath.Separator)+"go-build")
}

// began is when a process began, in the kernel's own units: another of the same number has
// another.
func began(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" { // dead, and nobody has asked yet how it ended
		return "ended"
	}
	return fields[19]
}

// ended is closed once the owner has.
func (o owner) ended() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(100 * time.Millisecond); isAlive(o.PID) && began(o.PID) == o.Began; {
			<-tick.C
		}
	}()
	return done
}
