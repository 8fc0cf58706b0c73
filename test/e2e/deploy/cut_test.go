package deploy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/app"
	"github.com/infinitescribe/spellbook/internal/command/deploy"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// progress are the lines that a deployment without a terminal prints of its steps.
var progress = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d\d\d  `)

// cutting runs deploy:to as the program of its own that it is, and calls cut once
// where says so of a line of its progress. It returns the lines until then, and
// whether there was such a line.
func (l *live) cutting(colour string, where func(line string) bool, cut func(*exec.Cmd)) (lines []string, was bool) {
	l.T.Helper()
	cmd := l.Mage("deploy:to", "live", "-yes")
	cmd.Env = append(cmd.Env, "COLOUR="+colour)
	return l.cuttingOff(cmd, where, cut)
}

// cuttingOff is cutting of another program.
func (l *live) cuttingOff(cmd *exec.Cmd, where func(line string) bool, cut func(*exec.Cmd)) (lines []string, was bool) {
	l.T.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		l.T.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		l.T.Fatal(err)
	}
	_ = write.Close()
	for all := bufio.NewScanner(read); all.Scan(); {
		if was {
			continue // what else it says, to its end
		}
		if line := all.Text(); progress.MatchString(line) {
			lines = append(lines, line)
			if was = where(line); was {
				cut(cmd)
			}
		}
	}
	_, _ = io.Copy(io.Discard, read)
	_ = read.Close()
	_ = cmd.Wait()
	return lines, was
}

// says is a place in the progress by its words, however wide its columns are.
func says(words string) func(string) bool {
	single := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	return func(line string) bool { return strings.Contains(single(line), single(words)) }
}

// after is a place in the progress by its number.
func after(n int) func(string) bool {
	return func(string) bool { n--; return n == 0 }
}

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// converges wants that the next run brings the release, and leaves nothing else.
func (l *live) converges(o *load, colour string) {
	l.T.Helper()
	l.with([]string{"COLOUR=" + colour}, func(ctx context.Context, w *app.Run) error {
		return deploy.To(ctx, w, deploy.Options{Env: "live", Yes: true, Wait: true})
	}).Want(l.T, failure.OK)
	stacktest.Eventually(l.T, colour+" serves", func() bool { return !o.switchedTo(colour).IsZero() })
	l.serves(l.current())
	l.comesBack(l.current())
	l.noOrphans()
}

func TestADeploymentThatIsCut(t *testing.T) {
	t.Parallel()
	l := newLive(t, "20.10", crew)
	l.deploy("COLOUR=k0").Want(t, failure.OK)
	l.then("by a KILL of its process anywhere loses no request and is ended by the next", theProcessIsKilledAnywhere)
	l.then("at the server is ended by the next", theServerIsCut)
	l.then("by the server's power comes back as is written down", theServerLosesPower)
}

// What is KILLed at any line of its progress loses no request, and is ended by
// the next run.
func theProcessIsKilledAnywhere(t *testing.T, l *live) {
	o := l.load(3, 10*time.Millisecond)
	places := []func(string) bool{says("  created after"), says("  watching ")}
	l.server.Run("cd spellbook/shop && mkdir releases/.cut && touch releases/.cut/app.yml .current.cut gateway/.state.json.cut") // as a KILL in a write leaves it
	if *full {
		places = nil
		for n := range 200 {
			places = append(places, after(n+1))
		}
	}
	cuts := 0
	for n, place := range places {
		colour := fmt.Sprintf("k%d", n+1)
		lines, was := l.cutting(colour, place, kill)
		if !was && *full {
			break // it has no more lines
		}
		if !was {
			t.Fatalf("place %d is not among\n%s", n, strings.Join(lines, "\n"))
		}
		cuts++
		l.converges(o, colour)
		o.none(t)
		if t.Failed() {
			t.Fatalf("it was killed after\n%s", strings.Join(lines, "\n"))
		}
	}
	o.end()
	asked, failed := o.count()
	figure(t, "KILL of the deploying process, at %d places: %d of %d requests failed", cuts, failed, asked)
}

// The note comes before the gateway is told, and restart policies after that.
func theFirstIsKilledAtItsSwitch(t *testing.T, l *live) {
	l.killedAtItsNote("red", "")
	first := l.current()
	l.deploy().Want(t, failure.OK).Says(t, "a run that was cut short had release "+first+" serve")
	if now := l.current(); now != first {
		t.Errorf("%s serves, not %s", now, first)
	}
	if got := l.code(); got != http.StatusOK {
		t.Errorf("it answers %d", got)
	}
	l.comesBack(first)
	l.deploy().Want(t, failure.OK).Says(t, "nothing to do")
}

// killedAtItsNote has a deployment KILLed as soon as it has noted another release
// than before as the one that serves.
func (l *live) killedAtItsNote(colour, before string) {
	l.T.Helper()
	pid := strings.TrimSpace(stacktest.Docker(l.T, "inspect", "--format", "{{.State.Pid}}", l.server.Container))
	home := strings.TrimSpace(l.server.Run("pwd"))
	note := filepath.Join("/proc", pid, "root", home, "spellbook/shop/current") // as root, whom the lab needs
	if text, err := os.ReadFile(note); before != "" && err != nil || strings.TrimSpace(string(text)) != before {
		l.T.Fatalf("%s: %q, %v", note, text, err)
	}
	was := l.Env
	l.Env = append(l.Env[:len(l.Env):len(l.Env)], "COLOUR="+colour)
	cmd, out := l.StartBinary("deploy:to", "live", "-yes")
	l.Env = was
	for end := time.Now().Add(stacktest.Patience); ; {
		if text, err := os.ReadFile(note); err == nil && strings.TrimSpace(string(text)) != before {
			break
		}
		if time.Now().After(end) {
			l.T.Fatalf("it never switched:\n%s", out)
		}
	}
	kill(cmd)
	_ = cmd.Wait()
	if now := l.current(); now == before {
		l.T.Fatalf("%s serves\n%s", now, out)
	}
}

// The release is noted as the one that serves before the gateway is told.
func theProcessIsKilledBeforeTheSwitch(t *testing.T, l *live) {
	first := l.current()
	o := l.load(3, 10*time.Millisecond)
	l.killedAtItsNote("new", first)
	if at := o.switchedTo("new"); !at.IsZero() {
		t.Logf("the gateway was told before the KILL came")
	}
	l.converges(o, "new")
	o.end()
	o.none(t)
}
