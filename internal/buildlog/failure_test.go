package buildlog

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/infinitescribe/spellbook/internal/engine"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// replay reads a transcript of the real tools; those that begin with new- are
// of BuildKit 0.31, the others of Docker 20.10. Only paths and addresses were
// replaced in them.
func replay(t *testing.T, name string) (*Log, []engine.Note) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".rawjson"))
	if err != nil {
		t.Fatal(err)
	}
	var notes []engine.Note
	l := New(func(n engine.Note) { notes = append(notes, n) })
	for len(data) > 0 { // a pipe cuts anywhere
		n := min(4096-7, len(data))
		if _, err := l.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	return l, notes
}

func TestEveryFailureOfTheRealToolsHasItsReasonAndARemedy(t *testing.T) {
	for name, want := range map[string]struct {
		code   failure.Code
		reason string
	}{
		"badtag":           {3, "UPPER:1 is no image's name: repository name must be lowercase"},
		"badtarget":        {3, "the Dockerfile has no stage nosuch"},
		"new-target":       {3, "the Dockerfile has no stage nosuch"},
		"builder":          {3, `there is no builder "nosuchbuilder"`},
		"cacheto":          {3, "the builder of driver docker cannot do this: Cache export"},
		"sbom":             {3, "the builder of driver docker cannot do this: Attestation"},
		"platforms":        {3, "the engine holds an image of one platform only"},
		"container":        {3, `the builder does not start: Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 192.0.2.53:53: no such host`},
		"remotedown":       {3, "the builder does not answer: context deadline exceeded"},
		"nodaemon":         {3, "no Docker engine answers at unix:///run/nosuch.sock"},
		"copy":             {3, "missing.txt is not in the build context"},
		"new-copy":         {3, "missing.txt is not in the build context"},
		"instruction":      {3, "Dockerfile line 3: unknown instruction: RUM"},
		"new-instruction":  {3, "Dockerfile line 3: unknown instruction: RUM (did you mean RUN?)"},
		"exec-format":      {3, "the builder's machine runs no such program: exec format error"},
		"fsread":           {1, "buildx wants to be allowed more: --allow=fs.read=/etc"},
		"insecureallowed":  {3, "the builder does not allow security.insecure"},
		"linked":           {3, "the builder is too old for this: moby.buildkit.frontend.contexts"},
		"interrupted":      {130, "the build was interrupted"},
		"new-interrupted":  {130, "the build was interrupted"},
		"nohost":           {3, "the builder does not have registry.invalid/nothing:1, and finds no registry registry.invalid"},
		"new-hub":          {3, "the builder does not have alpine:3.20, and finds no registry registry-1.docker.io"},
		"refused":          {3, "the registry 127.0.0.1:9 does not answer"},
		"reg-closed":       {3, "the registry does not give 127.0.0.1:5999/closed/base:1: it is not there, or you are not logged in"},
		"reg-denied":       {3, "the registry does not give 127.0.0.1:5999/denied/base:1: it is not there, or you are not logged in"},
		"reg-missing":      {3, "the image 127.0.0.1:5999/missing/base:1 is not there"},
		"new-missing":      {3, "the image 127.0.0.1:33943/no/such:1 is not there"},
		"push-closed":      {3, "the registry does not take 127.0.0.1:5999/closed/out:1: you may not push there"},
		"push-denied":      {3, "the registry does not take 127.0.0.1:5999/denied/out:1: you may not push there"},
		"push-missing":     {1, "manifest unknown"},
		"nocontext":        {3, "the build context is not there: /project/nosuchdir"},
		"nodockerfile":     {3, "there is no nosuch.Dockerfile in the context"},
		"new-nodockerfile": {3, "there is no none.Dockerfile in the context"},
		"nonet":            {3, "a build has no network mynet"},
		"run":              {1, `RUN echo "checking sources" && for i in $(seq 1 30); do ech… ended with exit code 2`},
		"new-run":          {1, `RUN echo "checking sources" && for i in $(seq 1 30); do ech… ended with exit code 2`},
		"secret-file":      {3, "the file of a secret is not there: /project/nosuch"},
		"secret-missing":   {3, "the Dockerfile needs the secret token, and the build has none"},
		"new-secret":       {3, "the Dockerfile needs the secret token, and the build has none"},
		"space":            {3, "no space left on the builder's disk"},
		"ssh":              {3, "the build wants the ssh agent, and none runs"},
		"sshkey":           {3, "the ssh key id is not there: /nosuch/key"},
	} {
		l, _ := replay(t, name)
		f := l.Failure()
		switch {
		case f == nil:
			t.Errorf("%s: no failure", name)
		case f.Code != want.code || f.Reason != want.reason:
			t.Errorf("%s: got %d %q", name, f.Code, f.Reason)
		case f.Hint == "":
			t.Errorf("%s: no hint", name)
		}
	}
}

// These could not be brought about here: the first is BuildKit's word for an
// image of Docker Hub that is private or not there (it takes the Hub), the
// second the out-of-memory killer's, the third the CLI's of Docker 20.10.
func TestTextsThatNeedAnotherMachineAreKnown(t *testing.T) {
	vertex := `{"vertexes":[{"digest":"a","name":"%s","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z","error":"x"}]}` + "\n"
	for _, c := range []struct{ doing, text, reason string }{
		{"[internal] load metadata for docker.io/library/secret:1", "ERROR: failed to solve: secret:1: failed to resolve source metadata for docker.io/library/secret:1: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", "the registry does not give secret:1: it is not there, or you are not logged in"},
		{"[2/2] RUN make", `ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 137`, "the command was killed (137): there may be too little memory"},
		{"", "docker: 'buildx' is not a docker command.", "the Docker CLI has no buildx"},
		{"", "unknown shorthand flag: 'f' in -f", "the Docker CLI has no buildx"},
	} {
		l := New(func(engine.Note) {})
		if c.doing != "" {
			_, _ = fmt.Fprintf(l, vertex, c.doing)
		}
		_, _ = io.WriteString(l, c.text+"\n")
		if f := l.Failure(); f == nil || f.Reason != c.reason {
			t.Errorf("%s: got %+v", c.text, f)
		}
	}
}

func TestWhatACommandSaysIsNotTakenForBuildKitsOwnWords(t *testing.T) {
	l := New(func(engine.Note) {})
	_, _ = io.WriteString(l, `{"vertexes":[{"digest":"a","name":"[2/2] RUN test","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:00:01Z","error":"x"}]}
ERROR: failed to solve: process "/bin/sh -c echo 'secret token not found' && no builder \"x\" found" did not complete successfully: exit code: 3
`)
	if f := l.Failure(); f == nil || f.ExitCode != 3 || f.Reason != "RUN test ended with exit code 3" {
		t.Errorf("got %+v", f)
	}
}

func TestABuildThatWentWellHasNoFailure(t *testing.T) {
	for _, name := range []string{"ok", "cached", "new-ok", "new-linked"} {
		l, _ := replay(t, name)
		if f := l.Failure(); f != nil {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

func TestAFailedCommandKeepsItsLastLinesItsStageAndItsLine(t *testing.T) {
	for name, line := range map[string]int{"run": 0, "new-run": 5} {
		l, _ := replay(t, name)
		f := l.Failure()
		if f.Stage != "builder" || f.Number != 4 || f.Of != 4 || f.ExitCode != 2 || f.Line != line || len(f.Output) != 20 {
			t.Errorf("%s: got %+v", name, f)
		}
		if last := f.Output[19]; last != "ls: cannot access '/no/such/dir': No such file or directory" {
			t.Errorf("%s: the last line is %q", name, last)
		}
		if f.Output[18] != "line 30" || f.Output[0] != "line 12" {
			t.Errorf("%s: got %q", name, f.Output)
		}
	}
}
