// Package target is what the targets of every namespace share: from Mage's
// optional arguments to options, and from the process to its Run.
package target

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook"
	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/project"
	"github.com/infinitescribe/spellbook/internal/task"
)

// Run is that of this process, in the repository as the magefile has said
// it is. What tests have left behind there that nobody uses is removed first.
func Run() *app.Run {
	w := app.FromOS(project.Layout(spellbook.Repository))
	if listing != nil {
		exit(listing(w))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	test.Reap(ctx, w) // the signal has come to w as well, which ends the target by it
	return w
}

// Tasks are those that the magefile has defined.
func Tasks() []task.Task { return task.Defined() }

// List splits a flag like -services=a,b. One that is given and names nothing,
// as an unset variable of a shell makes it, is the one name "", which nothing
// has: nil means everything.
func List(flag *string) []string {
	if flag == nil {
		return nil
	}
	var names []string
	for _, name := range strings.Split(*flag, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{""}
	}
	return names
}

// Value is a flag's value, its zero value when it was not given.
func Value[T string | bool | int | time.Duration](flag *T) T {
	var zero T
	if flag == nil {
		return zero
	}
	return *flag
}

// Exit ends the process with the code of a target that has said all there is
// to say. Returned to Mage, such an error would print "Error:" below the
// output of a command that merely found nothing.
func Exit(err error) error {
	var exit *app.Exit
	if errors.As(err, &exit) {
		os.Exit(exit.Code)
	}
	return err
}
