package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// TestMain makes this test's binary a plugin where a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_PLUGIN") != "" {
		sdk.Serve(fixture())
		return
	}
	os.Exit(m.Run())
}

// flooded gets how the command flood has learnt that nobody listens.
var flooded = make(chan error, 100)

const fragment = `services:
  box:
    image: ${BOX_IMAGE:-box:1}
    environment:
      PASSWORD: ${BOX_PASSWORD:?}
    ports: ["127.0.0.1:${BOX_PORT:-7000}:7000"]
`

// fixture is a plugin with every capability.
func fixture() sdk.Plugin {
	return sdk.Plugin{
		Name: "box", Version: "1.2.3", Summary: "a box", Docs: "# box\n",
		Services: []sdk.Service{{Name: "box", Summary: "keeps things", Probe: probe}},
		Variables: []sdk.Variable{
			{Name: "BOX_IMAGE", Summary: "its image", Default: "box:1"},
			{Name: "BOX_PORT", Summary: "its port", Type: "port", Default: "7000"},
			{Name: "BOX_PASSWORD", Summary: "its password", Secret: true, Generate: 20},
		},
		Endpoints: []sdk.Endpoint{{Name: "box", Service: "box", Port: 7000, Scheme: "tcp"}},
		Commands:  commands(),
		Hooks: []sdk.Hook{
			{Phase: sdk.PostReady, Summary: "makes things", Run: makeThings},
			{Phase: sdk.PreDown, Summary: "waits for its end", Run: waitAndMark},
		},
		Fragment: fragment,
		Validate: func(c sdk.Config) []sdk.Diagnostic {
			if c["BOX_PORT"] == "1" {
				panic("no box at port 1")
			}
			return []sdk.Diagnostic{{Warning: true, Code: "SEEN", Summary: c["BOX_IMAGE"] + c["BOX_PASSWORD"]}}
		},
		Backup: func(_ context.Context, _ *sdk.Run, dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "sub"), 0o700), os.WriteFile(filepath.Join(dir, "sub", "a"), []byte("a"), 0o600))
		},
		Restore: func(_ context.Context, run *sdk.Run, dir string) error {
			data, err := os.ReadFile(filepath.Join(dir, "sub", "a"))
			run.Created("file", string(data))
			return err
		},
	}
}

func commands() []sdk.Command {
	return []sdk.Command{
		{Name: "say", Summary: "says it all", Arguments: []sdk.Argument{{Name: "what"}}, Run: say, Flags: []sdk.Flag{
			{Name: "times", Type: sdk.Int, Default: "2"}, {Name: "loud", Type: sdk.Bool},
			{Name: "wait", Type: sdk.Duration, Default: "1s"}, {Name: "to", Default: "you"},
		}},
		{Name: "cat", Summary: "copies its input", Run: func(_ context.Context, c *sdk.Call) error {
			_, err := io.Copy(c.Stdout, c.Stdin)
			return err
		}},
		{Name: "exit", Summary: "exits with 7", Run: func(context.Context, *sdk.Call) error { return fmt.Errorf("seven: %w", sdk.ExitError(7)) }},
		{Name: "panic", Summary: "panics", Run: func(context.Context, *sdk.Call) error { panic("out of order") }},
		{Name: "deaf", Summary: "heeds nothing", Run: func(context.Context, *sdk.Call) error { select {} }},
		{Name: "tail", Summary: "waits for its end", Endless: true, Run: func(ctx context.Context, c *sdk.Call) error {
			_, _ = fmt.Fprintln(c.Stdout, "waiting")
			<-ctx.Done()
			return ctx.Err()
		}},
		{Name: "flood", Summary: "writes without end", Run: func(_ context.Context, c *sdk.Call) error {
			for {
				if _, err := c.Stdout.Write(make([]byte, 1000)); err != nil {
					flooded <- err
					return err
				}
			}
		}},
		{Name: "print", Summary: "prints where nobody should", Run: func(context.Context, *sdk.Call) error {
			_, err := fmt.Println("stray")
			return err
		}},
	}
}

func probe(ctx context.Context, run *sdk.Run) sdk.Status {
	switch run.Config("BOX_IMAGE") {
	case "slow":
		<-ctx.Done()
		return sdk.NotYet(ctx.Err())
	case "deaf":
		select {}
	case "bad":
		return sdk.Fatal(sdk.Diagnostic{Code: "BAD_BOX", Summary: "a bad box"})
	case "panic":
		panic("no box")
	case "empty":
		return sdk.Status{}
	}
	at, err := run.Endpoint("box")
	if err != nil {
		return sdk.NotYet(err)
	}
	run.Log.Info("probed", "at", at)
	return sdk.Ready("at %s with %s", at, run.Secret("BOX_PASSWORD"))
}

func say(_ context.Context, c *sdk.Call) error {
	c.Log.Warn("saying", "what", c.Arg("what"))
	_, err := fmt.Fprintf(c.Stdout, "%s %d %v %s %s %v %v %d", c.Arg("what"), c.Int("times"), c.Bool("loud"), c.Duration("wait"), c.String("to"), c.Given("times"), c.Given("to"), c.Width)
	_, _ = fmt.Fprint(c.Stderr, "said")
	return err
}

func makeThings(_ context.Context, run *sdk.Run) error {
	run.Progress("making", 1, 2)
	run.Created("thing", "one\xff")
	run.Existed("thing", "two")
	run.Updated("thing", "three")
	run.Deleted("thing", "four")
	_, err := run.Endpoint("box")
	return err
}

// waitAndMark leaves a file when it is told to end, as a clean-up would.
func waitAndMark(ctx context.Context, run *sdk.Run) error {
	run.Progress("waiting", 0, 0)
	<-ctx.Done()
	if run.Environment == "slow" {
		<-time.After(10 * time.Millisecond)
	}
	if err := os.WriteFile(filepath.Join(run.Project, "cleaned"), []byte(time.Now().String()), 0o600); err != nil {
		return err
	}
	return ctx.Err()
}
