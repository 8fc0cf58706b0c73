package watch

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

func TestABatchEndsWhenItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hits, out := make(chan hit), make(chan Batch)
		go gather(hits, out, DefaultQuiet, DefaultMax)
		defer close(hits)
		began := time.Now()
		for _, path := range []string{"b", "a", "b"} {
			hits <- hit{paths: []string{path}}
			<-time.After(90 * time.Millisecond)
		}
		if got, want := <-out, (Batch{Paths: []string{"a", "b"}}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if took := time.Since(began); took != 280*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}

func TestABatchEndsAfterASecondWhereItNeverGetsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hits, out := make(chan hit), make(chan Batch)
		go gather(hits, out, DefaultQuiet, DefaultMax)
		stop := make(chan struct{})
		go func() {
			defer close(hits)
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					hits <- hit{paths: []string{"a"}}
				}
			}
		}()
		began := time.Now()
		<-out
		if took := time.Since(began); took != DefaultMax+50*time.Millisecond {
			t.Errorf("took %s", took)
		}
		close(stop)
	})
}

func TestABatchThatNobodyTookGrowsAndIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hits, out := make(chan hit), make(chan Batch)
		go gather(hits, out, DefaultQuiet, DefaultMax)
		hits <- hit{paths: []string{"a"}}
		<-time.After(time.Minute)
		hits <- hit{all: true}
		if got := <-out; !got.All || len(got.Paths) != 1 {
			t.Errorf("got %+v", got)
		}
		<-time.After(time.Minute)
		select {
		case b := <-out:
			t.Errorf("told again: %+v", b)
		default:
		}
		close(hits)
		if _, open := <-out; open {
			t.Error("a batch after the end")
		}
	})
}
