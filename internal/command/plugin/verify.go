package plugin

import (
	"context"
	"fmt"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/load"
	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/plugins"
	"github.com/infinitescribe/spellbook/internal/report"
	"github.com/infinitescribe/spellbook/internal/status"
)

// Verify reads every plugin again, whatever is remembered: those of others
// have to be what the lock says. With locked, as CI=true has it, nothing may be added to it.
func Verify(ctx context.Context, w *app.Run, locked, json bool) error {
	failed := func(text string, code int) any {
		return verifyDocument{Version: 1, Plugins: []verifiedPlugin{}, Error: text, ExitCode: code}
	}
	return w.OneDocument(json, failed, func(w *app.Run) error {
		return load.WithPlugins(ctx, w, func(ctx context.Context, s *load.PluginContext) error {
			s.Host.Locked = s.Host.Locked || locked
			list, err := s.Host.Verify(ctx)
			if err != nil {
				return err
			}
			return showVerified(s, list, json)
		})
	})
}

// verifyDocument is plugin:verify -json.
type verifyDocument struct {
	Version  int              `json:"version"`
	Plugins  []verifiedPlugin `json:"plugins"`
	Error    string           `json:"error,omitempty"`
	ExitCode int              `json:"exit_code,omitempty"`
}

type verifiedPlugin struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Source  string `json:"source"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"` // why not
}

func showVerified(s *load.PluginContext, list []pluginhost.Verdict, json bool) error {
	doc := verifyDocument{Version: 1, Plugins: []verifiedPlugin{}}
	var rows [][]report.Cell
	var wrong []error
	for _, v := range list {
		one := verifiedPlugin{Name: v.Name, Kind: string(v.Kind), Source: where(s, v.Source), OK: v.Err == nil}
		state := report.Cell{Text: "✔", State: status.Ready}
		if v.Err != nil {
			one.Problem, state = plugins.FirstLine(v.Err), report.Cell{Text: "✖", State: status.Failed}
			wrong = append(wrong, v.Err)
		}
		doc.Plugins = append(doc.Plugins, one)
		rows = append(rows, []report.Cell{state, {Text: v.Name, Whole: true}, {Text: one.Kind}, {Text: one.Source}})
	}
	failed := unverified(wrong, len(list))
	var err error
	if json {
		if failed != nil {
			doc.Error, doc.ExitCode = plugins.FirstLine(failed), int(failure.CodeOf(failed))
		}
		err = report.Document(s.Run.Out, doc)
	} else {
		err = report.Table(s.Run.Out, s.Run.Format(false).Tables, []string{"VERIFIED", "PLUGIN", "KIND", "SOURCE"}, rows)
	}
	if err != nil {
		return err
	}
	return failed
}

// unverified is one error for all that are wrong: the only one as it is.
func unverified(wrong []error, all int) error {
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return wrong[0]
	}
	f := failure.New(failure.Preflight, "%d of %d plugins are not what they should be", len(wrong), all).
		WithHint("mage plugin:verify, after each of them is put right")
	for _, err := range wrong {
		f = f.WithDetails(fmt.Sprint(err))
	}
	return f
}
