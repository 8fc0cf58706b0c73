package task_test

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/infinitescribe/spellbook/magefiles/task"
)

// A magefile defines tasks in its init function.
func ExampleDefine() {
	task.Define("lint",
		task.Help("Check the Python code."),
		task.Inputs("apps/**/*.py", "pyproject.toml"),
		task.Run("ruff", "check"))
	task.Define("bundle",
		task.Help("Build the web application."),
		task.Inputs("web/**", "pnpm-lock.yaml", "!**/*.md"), task.Outputs("web/dist"),
		task.Env("VITE_*"), task.Set("NODE_ENV=production"),
		task.Dir("web"), task.Run("pnpm", "build"))
	task.Define("ready", task.Needs("lint", "bundle"))
}

// A task may be a function; without inputs it always runs.
func ExampleFunc() {
	task.Define("hello", task.Timeout(time.Minute), task.Func(func(_ context.Context, out io.Writer) error {
		_, err := fmt.Fprintln(out, "hello")
		return err
	}))
}

// A task that uses the engine runs again when the engine or its image is another.
func ExampleEngine() {
	task.Define("migrations", task.Inputs("migrations/**"), task.Engine("postgres:17-alpine"),
		task.Run("scripts/migrations.sh"))
}
