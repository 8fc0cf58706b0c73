package test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// projects is a repository with one of Node.js and one of Python. Their tests end with the
// codes that the files npm-code and python-code have.
func projects(t *testing.T) *commandtest.Repository {
	t.Helper()
	r := commandtest.NewRepository(t)
	r.Env = append(r.Env, "PATH="+filepath.Join(r.Dir, "bin")+":/usr/bin:/bin")
	r.Write("web/package.json", `{"scripts": {"test": "x", "coverage": "x"}}`)
	r.Write("api/setup.cfg", "[metadata]\nname = api\n")
	r.Write("api/test_api.py", "")
	for name, text := range map[string]string{
		"npm":     "if [ \"$1\" != run ]; then mkdir node_modules; echo \"$@\" >>../installs; exit 0; fi\necho \"npm ran $2\"\nread -r code <../npm-code\nexit $code",
		"python3": "echo \"test_api.py::test_api PASSED [100%]\"\nread -r code <../python-code\nexit $code",
	} {
		r.Write("bin/"+name, "#!/bin/sh\n"+text+"\n")
		if err := os.Chmod(filepath.Join(r.Dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.Write("npm-code", "0\n")
	r.Write("python-code", "0\n")
	return r
}

func TestUnitTestsOfNodeAndPythonRunWithWhatTheyNeed(t *testing.T) {
	t.Parallel()
	r := projects(t)
	for range 2 {
		r.Run(Unit).Want(t, failure.OK, "npm ran test", "test_api.py::test_api PASSED", "1 test: 1 passed")
	}
	if got := r.Read("installs"); got != "install\n" {
		t.Errorf("packages were installed by %q", got)
	}
}

func TestAllProjectsRunAndTheCodeIsThatOfTheFirstThatFails(t *testing.T) {
	t.Parallel()
	r := projects(t)
	r.Write("npm-code", "4\n")
	r.Run(Unit).Want(t, 4, "test_api.py::test_api PASSED", "npm:web: npm exited with code 4")
	r.Write("python-code", "5\n")
	r.Run(Unit).Want(t, 4, "2 projects failed: npm:web, python:api")
	r.Write("npm-code", "0\n")
	r.Run(Unit).Want(t, 5, "python:api: python3 exited with code 5")
}
