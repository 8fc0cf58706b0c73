package stack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/test"
	"github.com/infinitescribe/spellbook/internal/project"
)

// variable has a process of this program hold a stack, and do nothing else.
const variable = "SPELLBOOK_HOLDS_STACK"

// held is what such a process is told.
type held struct {
	Layout project.Layout
	Name   string
	Owner  owner
}

// hold starts this program once more, apart from the go command's process group, to keep the
// stack while that lives and to remove it then: none of its tests' processes knows whether it
// is the last. Where that is killed as well, the next run of any target removes the stack.
func hold(w *app.Run, name string, of owner) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := json.Marshal(held{w.ProjectLayout(), name, of})
	if err != nil {
		return err
	}
	cmd := exec.Command(program)
	cmd.Dir, cmd.Env = w.Root(), append(w.Environ, variable+"="+string(text))
	apart(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("hold stack %s: %w", name, err)
	}
	said, _ := io.ReadAll(out)
	if !strings.Contains(string(said), "holds\n") { // a package may print as it begins
		_ = cmd.Wait()
		return fmt.Errorf("hold stack %s: %s", name, said)
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// The program is somebody's tests, whose main function is none of ours.
func init() { //nolint:gochecknoinits // nothing else comes before the main function of tests
	text := os.Getenv(variable)
	if text == "" {
		return
	}
	var h held
	err := json.Unmarshal([]byte(text), &h)
	if err == nil {
		err = h.hold()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (h held) hold() error {
	w := app.OfTests(h.Layout, io.Discard)
	ready := func() {
		out := bufio.NewWriter(os.Stdout)
		_, _ = out.WriteString("holds\n")
		_ = out.Flush()
		_ = os.Stdout.Close()
	}
	return test.Hold(context.Background(), w, h.Name, holder+" "+h.Owner.String(), ready, h.Owner.ended())
}
