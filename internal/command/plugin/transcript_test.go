package plugin

import (
	"context"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/pluginhost/manifest"
)

// named are the targets that take the name of a plugin and nothing else.
func named(do func(context.Context, *app.Run, string) error, name string) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return do(ctx, w, name) }
}

func shown(name string, json bool) commandtest.Target {
	return func(ctx context.Context, w *app.Run) error { return Info(ctx, w, name, json) }
}

// locked is a repository whose lock has the plugin shelf, with a variable, a
// command and a backup of its own. Nobody may run it.
func locked(t *testing.T) (*commandtest.Repository, *commandtest.Engine) {
	t.Helper()
	r, e := commandtest.NewPluginRepository(t, "")
	m := commandtest.SampleManifest()
	m.Variables = []manifest.Variable{{Name: "BOOKS_PORT", Summary: "Port of the books", Type: "port", Default: "8090"},
		{Name: "BOOKS_TOKEN", Summary: "Lets readers in", Type: "string", Secret: true, Required: true, Generate: 24}}
	m.Commands = []manifest.Command{{Name: "lend", Summary: "Lends a book"}}
	r.PlugFile(m, commandtest.SampleFragment)
	r.Write("go.mod", "module example.com/theirs\n")
	t.Cleanup(r.Untouched)
	return r, e
}

func TestPluginTargetsSayWhatTheirTranscriptSays(t *testing.T) {
	t.Parallel()
	enabled := func(r *commandtest.Repository, _ *commandtest.Engine) {
		r.Write("env/.env.local", commandtest.EnvLocal+"PLUGINS=shelf\nBOOKS_PORT=8090\nBOOKS_TOKEN=canary-books\n")
		r.Env = append(r.Env[:len(r.Env):len(r.Env)], "PLUGINS=shelf")
	}
	gone := func(r *commandtest.Repository, _ *commandtest.Engine) { r.Remove("bin/shelf") }
	ci := func(r *commandtest.Repository, _ *commandtest.Engine) { r.Env = append(r.Env, "CI=true") }
	add := func(source string) commandtest.Target {
		return func(ctx context.Context, w *app.Run) error { return Add(ctx, w, AddOptions{Source: source}) }
	}
	commandtest.Play(t, "testdata/plugin.golden", locked, []commandtest.Scene{
		{"a plugin is in the lock", nil, "plugin:info shelf", shown("shelf", false), ""},
		{"a plugin is in the lock", nil, "plugin:info shelf -json", shown("shelf", true), "plugininfo"},
		{"a plugin is in the lock", nil, "plugin:info shelv", shown("shelv", false), ""},
		{"a plugin is in the lock", nil, "plugin:enable shelv", named(Enable, "shelv"), ""},
		{"its binary is gone", gone, "plugin:enable shelf", named(Enable, "shelf"), ""},
		{"a plugin is in the lock", nil, "plugin:disable shelf", named(Disable, "shelf"), ""},
		{"it is enabled", enabled, "plugin:disable shelf", named(Disable, "shelf"), ""},
		{"a plugin is in the lock", nil, "plugin:remove shelf", named(Remove, "shelf"), ""},
		{"it is enabled", enabled, "plugin:remove shelf", named(Remove, "shelf"), ""},
		{"a plugin is in the lock", nil, "plugin:remove shelv", named(Remove, "shelv"), ""},
		{"in CI", ci, "plugin:remove shelf", named(Remove, "shelf"), ""},
		{"a plugin is in the lock", nil, "plugin:add ./nowhere", add("./nowhere"), ""},
		{"a plugin is in the lock", nil, "plugin:add example.com/books", add("example.com/books"), ""},
		{"a plugin is in the lock", nil, "plugin:new shelf", named(New, "shelf"), ""},
		{"a plugin is in the lock", nil, "plugin:new Books!", named(New, "Books!"), ""},
		{"a plugin is in the lock", nil, "plugin:new infra", named(New, "infra"), ""},
		{"a plugin is in the lock", nil, "shelf:lend", invokeCommand(Call{Plugin: "shelf", Command: "lend"}), ""},
	})
}
