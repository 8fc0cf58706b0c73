package cache

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

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
	if v := early.UpToDate(t.Context(), &one, r.env, nil); !v.Cached {
		t.Fatalf("it is not cached: %+v", v)
	}
	forced := r.o
	forced.Force = true
	if v, err := Open(forced).Look(t.Context(), &one, r.env, nil); err != nil || v.Cached {
		t.Fatalf("%+v %v", v, err)
	}
	if v := early.UpToDate(t.Context(), &one, r.env, nil); v.Cached {
		t.Error("it is cached while it runs")
	}
}

// What a build whose outputs are a guess has written elsewhere would not be put back. Who waited
// for it looks before the run that did it has ended.
func TestWhoWaitedBelievesNoResultThatWasWrittenElsewhereToo(t *testing.T) {
	t.Parallel()
	for written, cached := range map[string]bool{"dist/all": true, "static/all": false, "beside/all": true} {
		r := newRepository(t, "src/a=1")
		<-time.After(2 * tick) // the files of the test are not the task's
		one, beside := shell("a", "true"), shell("b", "true")
		one.Outputs, one.Guessed, beside.Outputs = []string{"dist", "build"}, true, []string{"beside"}
		first := Open(r.o)
		unlock, err := first.Lock(t.Context(), one.Name, nil)
		r.must(err)
		v, err := first.Look(t.Context(), &one, r.env, nil)
		r.must(err)
		_, err = first.Look(t.Context(), &beside, r.env, nil)
		r.must(err)
		r.write("dist/it", "1")
		r.write(written, "1")
		_, warnings, err := first.Keep(t.Context(), &one, v, "")
		r.must(err)
		if len(warnings) > 0 {
			t.Errorf("of outputs that nobody has declared it says %q", warnings)
		}
		unlock()
		if got, err := Open(r.o).Look(t.Context(), &one, r.env, nil); err != nil || got.Cached != cached {
			t.Errorf("%s: %+v (%v)", written, got, err)
		}
	}
}

// What was put back is no longer the task's that made it: whatever writes there later is another.
func TestWhatIsWrittenAmongOutputsThatWerePutBackIsWrittenElsewhere(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	one, beside := shell("a", "true"), shell("b", "true")
	one.Outputs, one.Guessed, beside.Outputs = []string{"dist"}, true, []string{"beside"}
	before := Open(r.o)
	v, err := before.Look(t.Context(), &beside, r.env, nil)
	r.must(err)
	r.write("beside/it", "1")
	_, _, err = before.Keep(t.Context(), &beside, v, "")
	r.must(err)
	_, err = before.Close(nil)
	r.must(err)
	r.must(os.Remove(filepath.Join(r.root, "beside/it")))
	first := Open(r.o)
	if v, err = first.Look(t.Context(), &beside, r.env, nil); err != nil || !v.Cached {
		t.Fatalf("%+v (%v)", v, err)
	}
	<-time.After(2 * tick)
	v, err = first.Look(t.Context(), &one, r.env, nil)
	r.must(err)
	<-time.After(2 * tick)
	r.write("dist/it", "1")
	r.write("beside/late", "1")
	_, _, err = first.Keep(t.Context(), &one, v, "")
	r.must(err)
	if got, err := Open(r.o).Look(t.Context(), &one, r.env, nil); err != nil || got.Cached {
		t.Errorf("%+v (%v)", got, err)
	}
}

// With -keepgoing a build goes on beside what has failed.
func TestWhatIsWrittenAmongOutputsOfAFailedTaskIsWrittenElsewhere(t *testing.T) {
	t.Parallel()
	r := newRepository(t, "src/a=1")
	one, beside := shell("a", "true"), shell("b", "false")
	one.Outputs, one.Guessed, beside.Outputs = []string{"dist"}, true, []string{"beside"}
	<-time.After(2 * tick)
	first := Open(r.o)
	unlock, err := first.Lock(t.Context(), beside.Name, nil)
	r.must(err)
	_, err = first.Look(t.Context(), &beside, r.env, nil)
	r.must(err)
	v, err := first.Look(t.Context(), &one, r.env, nil)
	r.must(err)
	unlock() // it has failed: nothing is kept of it
	<-time.After(2 * tick)
	r.write("dist/it", "1")
	r.write("beside/late", "1")
	_, _, err = first.Keep(t.Context(), &one, v, "")
	r.must(err)
	if got, err := Open(r.o).Look(t.Context(), &one, r.env, nil); err != nil || got.Cached {
		t.Errorf("%+v (%v)", got, err)
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

func TestWhereNoFileIsLockedTheRunGoesOnAndSaysSoOnce(t *testing.T) {
	t.Parallel()
	for _, errno := range []error{syscall.ENOLCK, syscall.ENOSYS, syscall.ENOTSUP} {
		r := newRepository(t, "src/a=1")
		<-time.After(2 * tick)
		g, err := task.New([]task.Task{shell("a", "true"), shell("b", "true")})
		r.must(err)
		c := Open(r.o)
		c.tryLock = func(*flock.Flock) (bool, error) { return false, errno }
		got, err := task.Execute(t.Context(), g, task.Options{Root: r.root, Environ: r.env, Cache: c})
		r.must(err)
		var told []string
		for _, x := range got.Results {
			if x.Outcome != task.Passed {
				t.Errorf("%s: %s %v", x.Task, x.Outcome, x.Err)
			}
			told = append(told, x.Warnings...)
		}
		if want := "two runs at once may do a task twice: the file system of .spellbook/cache has no locks (" + errno.Error() + ")"; len(told) != 1 || told[0] != want {
			t.Errorf("got %q, want %q", told, want)
		}
	}
}
