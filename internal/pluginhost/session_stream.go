package pluginhost

import (
	"fmt"
	"io"

	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// stream hands on what a call tells while it works.
type stream struct {
	plugin   string
	run      *pluginv1.Run
	tell     func(Event)
	out, err io.Writer // of a command; nil drops its output
}

func (st stream) send(e Event) {
	if st.tell != nil {
		st.tell(e)
	}
}

// event is process.Tell: output that cannot be written ends the call.
func (st stream) event(e *pluginv1.Event) error {
	show := func(text string) string { return manifest.Printable(Masked(text, st.run.GetSecrets())) }
	switch k := e.GetKind().(type) {
	case *pluginv1.Event_Log:
		l := Line{Plugin: st.plugin, Level: levels[k.Log.GetLevel()], Message: k.Log.GetMessage(), Fields: k.Log.GetFields()}
		l = l.clean(st.run.GetSecrets())
		st.send(Event{Line: &l})
	case *pluginv1.Event_Progress:
		st.send(Event{Progress: &Progress{Text: show(k.Progress.GetText()), Done: k.Progress.GetDone(), Total: k.Progress.GetTotal()}})
	case *pluginv1.Event_Resource:
		st.send(Event{Resource: &Resource{Kind: show(k.Resource.GetKind()), Name: show(k.Resource.GetName()), Change: changes[k.Resource.GetChange()]}})
	case *pluginv1.Event_Output:
		return st.write(k.Output)
	}
	return nil // what a later contract adds is left out
}

// write hands on a command's output as it is: it is a program's, like any
// other's that one runs.
func (st stream) write(o *pluginv1.Output) error {
	to := st.out
	if o.GetStream() == pluginv1.Stream_STREAM_STDERR {
		to = st.err
	}
	if to == nil {
		return nil
	}
	if _, err := to.Write(o.GetData()); err != nil {
		return fmt.Errorf("write output of plugin %q: %w", st.plugin, err)
	}
	return nil
}

var levels = map[pluginv1.Level]string{
	pluginv1.Level_LEVEL_UNSPECIFIED: "info",
	pluginv1.Level_LEVEL_DEBUG:       "debug",
	pluginv1.Level_LEVEL_INFO:        "info",
	pluginv1.Level_LEVEL_WARN:        "warn",
	pluginv1.Level_LEVEL_ERROR:       "error",
}

var changes = map[pluginv1.Change]string{
	pluginv1.Change_CHANGE_CREATED: "created",
	pluginv1.Change_CHANGE_EXISTED: "existed",
	pluginv1.Change_CHANGE_UPDATED: "updated",
	pluginv1.Change_CHANGE_DELETED: "deleted",
}
