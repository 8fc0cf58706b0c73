// Package launcher_test runs scripts/mage as a user does, in a small repository of its own with a cache of its
// own. It needs Go, bash and what the module cache already holds; no network and no container engine.
package launcher_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// projectRoot is where this repository begins, seen from the directory of these tests.
const projectRoot = "../.."

// goShim stands before the real go command: it writes down every call, and one that begins with what is in a file
// named hold waits while that exists, so that a test can act in the middle of a build.
const goShim = `#!/bin/sh
echo "$*" >>"$SHIM/calls"
if [ -e "$SHIM/hold" ]; then
	case $* in "$(cat "$SHIM/hold")"*)
		: >"$SHIM/building"
		while [ -e "$SHIM/hold" ]; do sleep 0.02; done
		;;
	esac
fi
exec "$REAL_GO" "$@"
`

// repository is a small module with magefiles that uses a copy of the launcher.
type repository struct {
	t     testing.TB
	root  string
	cache string
	shim  string
	path  string // PATH of everything that runs here

	variables []string // further ones
}

// newRepository lies in a directory whose name has a space, as every test of it should bear.
func newRepository(t testing.TB) *repository {
	t.Helper()
	top := t.TempDir()
	r := &repository{t: t, root: filepath.Join(top, "a repository"), cache: filepath.Join(top, "the cache"), shim: filepath.Join(top, "shim")}
	r.path = r.shim + string(os.PathListSeparator) + os.Getenv("PATH")
	r.write("go.mod", "module example.test/tiny\n\ngo 1.26\n\ntool github.com/magefile/mage\n\nrequire "+requirement(t)+"\n")
	r.write("go.sum", grep(t, "go.sum", "^github.com/magefile/mage .*"))
	r.write("magefiles/magefile.go", magefile)
	r.write("internal/greeting/greeting.go", greeting("hello"))
	r.write("plugins/kafka/kafka.go", "package kafka\n\nconst Name = \"kafka\"\n")
	r.executable(filepath.Join(r.root, "scripts/mage"), read(t, filepath.Join(projectRoot, "scripts/mage")))
	r.executable(filepath.Join(r.shim, "go"), goShim)
	return r
}

// requirement is the line of go.mod that names Mage, so that both modules use the same version.
func requirement(t testing.TB) string {
	return strings.TrimSpace(strings.Split(grep(t, "go.mod", `^(require)?\s*github.com/magefile/mage v.*`), "//")[0])
}

func grep(t testing.TB, file, pattern string) string {
	t.Helper()
	lines := regexp.MustCompile("(?m)"+pattern).FindAllString(read(t, filepath.Join(projectRoot, file)), -1)
	if len(lines) == 0 {
		t.Fatalf("no line %q in %s", pattern, file)
	}
	return strings.TrimPrefix(strings.Join(lines, "\n"), "require ") + "\n"
}

func (r *repository) write(name, content string) {
	r.t.Helper()
	file := name
	if !filepath.IsAbs(name) {
		file = filepath.Join(r.root, name)
	}
	r.must(os.MkdirAll(filepath.Dir(file), 0o755))
	r.must(os.WriteFile(file, []byte(content), 0o644))
}

func (r *repository) executable(file, content string) {
	r.t.Helper()
	r.write(file, content)
	r.must(os.Chmod(file, 0o755))
}

// settle runs the launcher until it trusts the times of the files, which takes two seconds: only then can a test
// of what it notices fail.
func (r *repository) settle() {
	r.t.Helper()
	r.until("an index", 200*time.Millisecond, func() bool {
		r.mage("greet")
		found, _ := filepath.Glob(filepath.Join(r.cache, "mage/trees", r.root, ".tree/index"))
		return len(found) == 1
	})
}

func (r *repository) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// until polls for something that another process does.
func (r *repository) until(what string, poll time.Duration, done func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); !done(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			r.t.Fatalf("not within ten minutes: %s", what)
		}
	}
}

// command is a call of the launcher from dir, relative to the root, that has not been started.
func (r *repository) command(dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), filepath.Join(r.root, "scripts/mage"), args...)
	cmd.Dir = filepath.Join(r.root, dir)
	cmd.Env = r.environ()
	return cmd
}

func (r *repository) environ() []string {
	realGo, err := exec.LookPath("go")
	r.must(err)
	env := []string{"SPELLBOOK_CACHE=" + r.cache, "SHIM=" + r.shim, "REAL_GO=" + realGo, "PATH=" + r.path, "GOPROXY=off", "CGO_ENABLED=0"}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if name != "PATH" && name != "PWD" && !strings.HasPrefix(name, "MAGEFILE_") && !strings.HasPrefix(name, "SPELLBOOK_") {
			env = append(env, variable)
		}
	}
	return append(env, r.variables...)
}

// mage runs the launcher at the root and returns its standard output; it must exit 0.
func (r *repository) mage(args ...string) string {
	r.t.Helper()
	return r.succeed(r.command(".", args...))
}

func (r *repository) succeed(cmd *exec.Cmd) string {
	r.t.Helper()
	stdout, stderr, code := outcome(cmd)
	if code != 0 {
		r.t.Fatalf("%v: exit %d\n%s%s", cmd.Args, code, stdout, stderr)
	}
	return stdout
}

// outcome runs cmd; the code is -1 if it did not exit by itself.
func outcome(cmd *exec.Cmd) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		code, errs = -1, *bytes.NewBufferString(err.Error())
	}
	return out.String(), errs.String(), code
}

// builds counts how often Mage has been asked for a binary.
func (r *repository) builds() int {
	calls, err := os.ReadFile(filepath.Join(r.shim, "calls"))
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	return strings.Count("\n"+string(calls), "\ntool mage ")
}

func read(t testing.TB, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func greeting(word string) string {
	return "package greeting\n\nconst Word = \"" + word + "\"\n"
}

const magefile = `//go:build mage

package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/magefile/mage/mg"

	"example.test/tiny/internal/greeting"
	"example.test/tiny/plugins/kafka"
)

// Greet prints what was compiled in.
func Greet(name *string) {
	fmt.Print(greeting.Word, " ", kafka.Name)
	if name != nil {
		fmt.Print(" ", *name)
	}
	fmt.Println()
}

// Where prints where the target runs and where it was called.
func Where() {
	dir, _ := os.Getwd()
	fmt.Printf("%s\n%s\n", dir, os.Getenv("SPELLBOOK_CALLER_DIR"))
}

// Fail exits 7.
func Fail() error { return mg.Fatal(7, "failed on purpose") }

// Copy prints its standard input.
func Copy() error {
	_, err := io.Copy(os.Stdout, os.Stdin)
	return err
}

// Wait prints its process id and exits 3 on SIGTERM.
func Wait() error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	fmt.Println(os.Getpid())
	<-signals
	return mg.Fatal(3, "terminated")
}
`
