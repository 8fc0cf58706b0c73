// Package sdktest is for the tests of a plugin's author: a Run with values to
// call a function with, and whole calls of a plugin within the test's process,
// over the same server as in production. It imports plugins/sdk and gRPC.
package sdktest

import (
	"strings"
	"sync"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// Events are what a run told, in order.
type Events struct {
	mu   sync.Mutex
	list []*pluginv1.Event
}

// NewRun makes a run of values, and keeps what it tells.
func NewRun(t testing.TB, v sdk.Values) (*sdk.Run, *Events) {
	t.Helper()
	events := &Events{}
	if v.ID == "" {
		v.ID = t.Name()
	}
	return sdk.NewRun(v, events.add), events
}

func (e *Events) add(one *pluginv1.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, one)
}

// All are the events so far.
func (e *Events) All() []*pluginv1.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]*pluginv1.Event{}, e.list...)
}

// Resources are the resources told of, each as "created topic orders".
func (e *Events) Resources() (list []string) {
	for _, one := range e.All() {
		if r := one.GetResource(); r != nil {
			change := strings.ToLower(strings.TrimPrefix(r.GetChange().String(), "CHANGE_"))
			list = append(list, change+" "+r.GetKind()+" "+r.GetName())
		}
	}
	return list
}

// Logs are the log lines, each as "INFO message".
func (e *Events) Logs() (list []string) {
	for _, one := range e.All() {
		if l := one.GetLog(); l != nil {
			list = append(list, strings.TrimPrefix(l.GetLevel().String(), "LEVEL_")+" "+l.GetMessage())
		}
	}
	return list
}

// Stdout is what a command wrote, Stderr what it wrote there.
func (e *Events) Stdout() string { return e.output(pluginv1.Stream_STREAM_STDOUT) }

// Stderr is what a command wrote there.
func (e *Events) Stderr() string { return e.output(pluginv1.Stream_STREAM_STDERR) }

func (e *Events) output(s pluginv1.Stream) string {
	var out strings.Builder
	for _, one := range e.All() {
		if o := one.GetOutput(); o.GetStream() == s {
			out.Write(o.GetData())
		}
	}
	return out.String()
}
