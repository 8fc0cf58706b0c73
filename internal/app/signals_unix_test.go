//go:build unix

package app

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// Mage subscribes after it has called the target, on a busy machine much later.
func TestMageHearsOfNoSignalThoughItSubscribesAfterTheTargetHasTakenThem(t *testing.T) {
	signals, mage := make(chan os.Signal, 4), make(chan os.Signal, 4)
	w := &Run{Signals: signals, process: signals}
	before := latest.Swap(signals)
	t.Cleanup(func() {
		signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		if before != nil {
			latest.Store(before)
		}
	})
	w.OwnSignals(signals)
	signal.Notify(mage, os.Interrupt)
	for deadline := time.After(30 * time.Second); ; {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		select {
		case <-signals:
		case <-time.After(time.Second): // it came while they were taken
			continue
		}
		select {
		case <-mage:
		case <-time.After(50 * time.Millisecond):
			return
		case <-deadline:
			t.Fatal("Mage hears of every Ctrl-C")
		}
	}
}

func TestASignalThatComesWhileTheyAreTakenDoesNotEndTheProcess(t *testing.T) {
	signals := make(chan os.Signal, 4)
	w := &Run{Signals: signals, process: signals}
	t.Cleanup(func() { signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) })
	w.takeSignals()
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		for range 2_000 {
			w.takeSignals()
		}
	}()
	for {
		select {
		case <-taken:
			return
		default:
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
}
