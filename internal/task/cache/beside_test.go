package cache

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/task"
)

// Two runs read the index, and write it one after the other.
func TestARunWritesOverNothingThatAnotherHasLearnt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "index")
	write := func(x *index) {
		t.Helper()
		if err := x.write(func(string) string { return path }); err != nil {
			t.Fatal(err)
		}
	}
	first := readIndex(path)
	first.setTask("a", remembered{key: "1"})
	first.setTask("b", remembered{key: "1"})
	write(first)
	one, other := readIndex(path), readIndex(path)
	one.setTask("a", remembered{made: "failed"})
	write(one)
	other.setTask("b", remembered{key: "2"})
	write(other)
	now := readIndex(path)
	if a, _ := now.task("a"); a.key != "" || a.made != "failed" {
		t.Errorf("a is %+v", a)
	}
	if b, _ := now.task("b"); b.key != "2" {
		t.Errorf("b is %+v", b)
	}
}

// What began before another run's forced one finds nothing cached once that has looked.
func TestATaskThatRunsAgainIsCachedForNobody(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	one := shell("a", "true")
	one.Inputs = []string{"src/**"}
	r.tasks = []task.Task{one}
	r.run()
	early := Open(r.o)
	if v := early.UpToDate(t.Context(), one, r.env, nil); !v.Cached {
		t.Fatalf("it is not cached: %+v", v)
	}
	forced := r.o
	forced.Force = true
	if v, err := Open(forced).Look(t.Context(), one, r.env, nil); err != nil || v.Cached {
		t.Fatalf("%+v %v", v, err)
	}
	if v := early.UpToDate(t.Context(), one, r.env, nil); v.Cached {
		t.Error("it is cached while it runs")
	}
}

// As clean:all and git clean do it.
func TestALockIsOneAfterItsDirectoryWasRemoved(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	unlock, err := Open(r.o).Lock(t.Context(), "a", nil)
	r.must(err)
	r.must(os.RemoveAll(r.o.Dir))
	second, err := Open(r.o).Lock(t.Context(), "a", nil) // nobody can know of the first
	r.must(err)
	unlock()
	waits := make(chan string, 1)
	third := make(chan error, 1)
	go func() {
		unlock, err := Open(r.o).Lock(t.Context(), "a", func(holder string) { waits <- holder })
		if err == nil {
			unlock()
		}
		third <- err
	}()
	<-waits
	r.must(os.RemoveAll(r.o.Dir)) // who waits looks for the file that is there
	r.must(<-third)
	second()
}
