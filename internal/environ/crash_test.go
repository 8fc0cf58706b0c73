package environ

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// The helper process is this test binary: it switches and is killed, by itself
// before a given move (os.Exit runs no deferred clean-up, as SIGKILL) or by the
// test at any moment.
const (
	helperVariable = "ENVIRON_TEST_HELPER" // "cut" or "spin"
	rootVariable   = "ENVIRON_TEST_ROOT"
	cutVariable    = "ENVIRON_TEST_CUT" // the number of moves to live for
)

const exitOfCut = 99

func help(what string) {
	dirs := Dirs{Root: os.Getenv(rootVariable)}
	left, _ := strconv.Atoi(os.Getenv(cutVariable))
	d := disk{before: func(string) error {
		if left--; left < 0 && what == "cut" {
			os.Exit(exitOfCut)
		}
		return nil
	}}
	if what == "cut" {
		if _, err := d.use(dirs, "local", noon, rand.Reader); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	for i := 0; ; i++ {
		if _, err := d.use(dirs, []string{"local", "dev"}[i%2], noon, rand.Reader); err != nil {
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

func helper(t *testing.T, what string, dirs Dirs, cut int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), helperVariable+"="+what, rootVariable+"="+dirs.Root, cutVariable+"="+strconv.Itoa(cut))
	return c
}

// before are the ways a repository can stand when `use local` begins; the file
// of local is missing in each, so that a switch also creates it.
var before = map[string]func(*testing.T, Dirs){
	"nothing":     func(*testing.T, Dirs) {},
	"a link":      func(t *testing.T, dirs Dirs) { use(t, dirs, "dev") },
	"a copy":      func(t *testing.T, dirs Dirs) { useCopy(t, dirs, "dev") },
	"user's file": func(t *testing.T, dirs Dirs) { write(t, dirs.Active(), "MINE=1\nPOSTGRES_PORT=5432\n") },
}

func TestASwitchKilledBeforeAnyMoveLeavesOldOrNewAndTheNextOneSucceeds(t *testing.T) {
	for state, prepare := range before {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			for cut, finished := 0, false; !finished; cut++ {
				dirs := repository(t, "dev")
				prepare(t, dirs)
				old, _ := os.ReadFile(dirs.Active())
				finished = runToCut(t, dirs, cut)
				isOldOrNew(t, dirs, string(old))
				s := use(t, dirs, "local")
				same(t, "the active name", active(t, dirs), s.Active)
				isWhole(t, dirs)
				if finished && cut < 5 {
					t.Errorf("only %d moves", cut)
				}
			}
		})
	}
}

// runToCut reports whether the switch came to its end.
func runToCut(t *testing.T, dirs Dirs, cut int) bool {
	t.Helper()
	out, err := helper(t, "cut", dirs, cut).CombinedOutput()
	exit := (*exec.ExitError)(nil)
	if errors.As(err, &exit) && exit.ExitCode() == exitOfCut {
		return false
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return true
}

func isOldOrNew(t *testing.T, dirs Dirs, old string) {
	t.Helper()
	text, err := os.ReadFile(dirs.Active())
	if old == "" && os.IsNotExist(err) || string(text) == old {
		return
	}
	must(t, err)
	same(t, "the active name", active(t, dirs), "local")
	isWhole(t, dirs)
}

// isWhole checks the created file to its last line.
func isWhole(t *testing.T, dirs Dirs) {
	t.Helper()
	if text := read(t, dirs.File("local")); !strings.HasSuffix(text, "POSTGRES_PORT=5432\n") {
		t.Errorf("half a file: %q", text)
	}
}

func TestASwitchThatFailsAtAnyMoveLeavesTheOldAndNoTemporaryFile(t *testing.T) {
	broken := errors.New("disk is full")
	for cut := range 6 {
		dirs, left := repository(t, "dev"), cut
		write(t, dirs.Active(), "MINE=1\n")
		d := disk{before: func(move string) error {
			if left--; left < 0 {
				return broken
			}
			return nil
		}}
		if _, err := d.use(dirs, "local", noon, rand.Reader); !errors.Is(err, broken) {
			t.Errorf("move %d: error is %v", cut, err)
		}
		same(t, "the text", read(t, dirs.Active()), "MINE=1\n")
		same(t, "the number of leftovers", len(leftovers(t, dirs)), 0)
	}
}

func TestASwitchKilledAtARandomMomentLeavesAValidLink(t *testing.T) {
	dirs := repository(t, "local", "dev")
	use(t, dirs, "dev")
	for range 15 {
		c := helper(t, "spin", dirs, 0)
		out, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		lines := bufio.NewScanner(out)
		for range 1 + mathrand.IntN(40) {
			lines.Scan()
			same(t, "the text while it spins", strings.HasPrefix(read(t, dirs.Active()), "NAME="), true)
		}
		must(t, c.Process.Kill())
		_ = c.Wait()
		same(t, "the text", read(t, dirs.Active()), "NAME="+active(t, dirs)+"\n")
	}
}
