package plugin_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/env"
	"github.com/infinitescribe/spellbook/internal/command/plugin"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// pluginRepository has a template, a go.mod that requires this repository, and
// the plugin orders as plugin:new writes it.
func pluginRepository(t *testing.T) *stack {
	t.Helper()
	s := newStack(t, "  api: {image: lab/service:1}\n")
	s.File("env/.env.example", "# Image of it.\nIMAGE=lab/service:1\n")
	s.File("magefiles/magefile.go", "//go:build mage\n\npackage main\n")
	module, err := os.ReadFile(filepath.Join(stacktest.Root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	own := "github.com/infinitescribe/spellbook"
	s.File("go.mod", strings.Replace(string(module), "module "+own, "module example.com/theirs", 1)+
		"\nrequire "+own+" v0.0.0\nreplace "+own+" => "+stacktest.Root(t)+"\nreplace "+own+"/plugins/sdk => "+stacktest.Root(t)+"/plugins/sdk\n")
	stacktest.CopyFile(t, filepath.Join(stacktest.Root(t), "go.sum"), filepath.Join(s.Dir, "go.sum"))
	s.Env = append(s.Env, "GOFLAGS=-mod=mod", "GOWORK=off", "CI=", "PLUGINS=")
	s.Env = slices.DeleteFunc(s.Env, func(pair string) bool { return strings.HasPrefix(pair, "PLUGINS=") })
	s.wants(failure.OK, func(ctx context.Context, w *app.Run) error { return env.Use(ctx, w, "local", "env:local") })
	s.InEnvironment("local")
	s.wants(failure.OK, named(plugin.New, "orders"), "wrote plugins/orders")
	return s
}

// target is one call of a target.
type target func(context.Context, *app.Run) error

func named(do func(context.Context, *app.Run, string) error, name string) target {
	return func(ctx context.Context, w *app.Run) error { return do(ctx, w, name) }
}

func shown(name string) target {
	return func(ctx context.Context, w *app.Run) error { return plugin.Info(ctx, w, name, false) }
}

func tested(name string) target {
	return func(ctx context.Context, w *app.Run) error {
		return plugin.Test(ctx, w, plugin.TestOptions{Name: name})
	}
}

func listed(ctx context.Context, w *app.Run) error { return plugin.List(ctx, w, true) }

func verified(ctx context.Context, w *app.Run) error { return plugin.Verify(ctx, w, true, false) }

func added(source string, yes bool) target {
	return func(ctx context.Context, w *app.Run) error {
		return plugin.Add(ctx, w, plugin.AddOptions{Source: source, Yes: yes})
	}
}

// wants runs a target and sees its exit code and what it says.
func (s *stack) wants(code failure.Code, do target, texts ...string) stacktest.Result {
	s.T.Helper()
	got := s.Run(do).Want(s.T, code)
	got.Says(s.T, texts...)
	return got
}

// row is a plugin of plugin:list -json.
func (s *stack) row(name string) (kind string, enabled bool) {
	s.T.Helper()
	var document struct {
		Plugins []struct {
			Name, Version, Kind, Problem string
			Enabled                      bool
		}
	}
	text := s.wants(failure.OK, listed).Out
	s.Decode("pluginlist", text, &document)
	for _, p := range document.Plugins {
		if p.Version == "" || p.Problem != "" {
			s.T.Errorf("%s cannot be used: %s", p.Name, p.Problem)
		}
		if p.Name == name {
			kind, enabled = p.Kind, p.Enabled
		}
	}
	if len(document.Plugins) < 5 {
		s.T.Errorf("the plugins of Spellbook are not among\n%s", text)
	}
	return kind, enabled
}

func TestANewPluginPassesTheKitAndIsListedExplainedAndEnabled(t *testing.T) {
	t.Parallel()
	s := pluginRepository(t)
	s.wants(failure.OK, tested("orders"), "orders 0.1.0 passes the kit")
	s.wants(failure.Usage, named(plugin.New, "orders"), `there is a plugin "orders" already`)
	s.wants(failure.Usage, shown("order"), "did you mean orders?")
	s.wants(failure.OK, shown("orders"), "orders 0.1.0 (project, not enabled: mage plugin:enable orders)",
		"ORDERS_PORT", "orders:get PATH", "One HTTP service.")
	get := func(ctx context.Context, w *app.Run) error {
		return plugin.Invoke(ctx, w, plugin.Call{Plugin: "orders", Command: "get", Arguments: []string{"/"}})
	}
	s.wants(failure.Usage, get, "orders is not enabled", "mage plugin:enable orders")
	s.wants(failure.OK, named(plugin.Enable, "orders"), "+ORDERS_PORT=", "orders is enabled in env/.env.local")
	if kind, enabled := s.row("orders"); kind != "project" || !enabled {
		t.Errorf("kind %q, enabled %v", kind, enabled)
	}
	s.wants(failure.Unexpected, get, "endpoint http is not published")
	s.wants(failure.OK, named(plugin.Disable, "orders"), "orders is disabled in env/.env.local; its variables stay there")
	s.wants(failure.OK, named(plugin.Disable, "orders"), "orders is not enabled in env/.env.local")
}

func TestABinaryIsAddedWithAYesVerifiedAndRemoved(t *testing.T) {
	t.Parallel()
	s := pluginRepository(t)
	binary := filepath.Join(s.Dir, "bin/orders")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	build.Dir, build.Env = filepath.Join(s.Dir, "plugins/orders"), s.Env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lock := filepath.Join(s.Dir, "plugins/plugins.lock")
	s.wants(failure.Preflight, added("bin/orders", true), `two plugins are named "orders"`)
	if err := os.RemoveAll(filepath.Join(s.Dir, "plugins/orders")); err != nil {
		t.Fatal(err)
	}
	s.wants(failure.Refused, added("bin/orders", false), "+ plugin orders bin/orders", "Trust orders", "add -yes")
	if _, err := os.Stat(lock); err == nil {
		t.Fatal("the lock was written without a yes")
	}
	s.wants(failure.OK, added("bin/orders", true), "orders is in plugins/plugins.lock")
	s.wants(failure.OK, added("bin/orders", true), "orders is in plugins/plugins.lock already")
	s.wants(failure.OK, verified)
	if kind, _ := s.row("orders"); kind != "binary" {
		t.Errorf("kind %q", kind)
	}
	before, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.wants(failure.Preflight, verified, "orders", "not the one in the lock")
	s.wants(failure.Preflight, named(plugin.Enable, "orders"), "not the one in the lock")
	if after, err := os.ReadFile(lock); err != nil || string(after) != string(before) {
		t.Errorf("%v: the lock is now\n%s", err, after)
	}
	s.wants(failure.OK, named(plugin.Remove, "orders"), "- plugin orders bin/orders", "no longer in plugins/plugins.lock")
	s.wants(failure.Usage, shown("orders"), `no plugin "orders"`)
}
