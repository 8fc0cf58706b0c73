package env_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/secret"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// What containers get is what we say, and the judge of that is the Compose CLI,
// not the library that we share with it. The files are the same in every run, so
// that a failure comes back; SPELLBOOK_SEED=N draws others.
const (
	referenceFiles    = 38
	referenceSpoilt   = 76 // two for each bad line
	referenceFewest   = 10_000
	referenceSeed     = 20_240_506
	referenceSeedName = "SPELLBOOK_SEED"
)

func TestOurAccountOfEveryVariableIsThatOfTheComposeCLI(t *testing.T) {
	t.Parallel()
	seed := environmentSeed(t)
	var assignments, refused atomic.Int64
	stacktest.AtOnce(referenceFiles, func(i int) {
		c := envCases().Example(seed + i)
		r := newComparison(t, fmt.Sprintf("seed %d", seed+i), c)
		if r.agree() {
			assignments.Add(int64(len(c.said)))
		} else {
			refused.Add(1)
			t.Errorf("seed %d: a file that should be fine is refused: %v", seed+i, r.err)
		}
	})
	t.Logf("%d assignments in %d runs agree with the Compose CLI (seed %d)", assignments.Load(), referenceFiles, seed)
	if assignments.Load() < referenceFewest {
		t.Errorf("fewer than %d assignments", referenceFewest)
	}
}

func TestWhatTheComposeCLIRefusesWeRefuseWithFileAndLine(t *testing.T) {
	t.Parallel()
	seed := environmentSeed(t)
	var refused atomic.Int64
	stacktest.AtOnce(referenceSpoilt, func(i int) {
		bad := badLines[i%len(badLines)]
		c, line := spoil(envCases().Example(seed-1-i), bad, i*7919)
		r := newComparison(t, fmt.Sprintf("seed %d with %q in line %d", seed-1-i, bad, line), c)
		if !r.agree() {
			refused.Add(1)
			r.refusal()
		}
	})
	t.Logf("%d of %d spoilt files are refused, by the Compose CLI and by us (seed %d)", refused.Load(), referenceSpoilt, seed)
	if refused.Load() < referenceSpoilt/2 {
		t.Error("too few are refused for the test to say anything")
	}
}

func environmentSeed(t *testing.T) int {
	text, ok := os.LookupEnv(referenceSeedName)
	if !ok {
		return referenceSeed
	}
	seed, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// comparison holds one case's files, and our account of them.
type comparison struct {
	t     *testing.T
	what  string
	c     envCase
	dir   string
	paths []string
	ours  dotenv.Resolution
	err   error
}

func newComparison(t *testing.T, what string, c envCase) *comparison {
	r := &comparison{t: t, what: what, c: c, dir: t.TempDir()}
	var o dotenv.ResolveOptions
	for name, value := range c.shell {
		o.Shell = append(o.Shell, name+"="+value)
	}
	for i, text := range c.files {
		path := filepath.Join(r.dir, fmt.Sprintf("%d.env", i))
		r.save(path, []byte(text))
		r.paths = append(r.paths, path)
		o.Files = append(o.Files, dotenv.File{Path: path, Text: secret.New(text)})
	}
	o.Shell = append(o.Shell, r.machine()...)
	r.ours, r.err = dotenv.Resolve(o)
	return r
}

func (r *comparison) save(path string, text []byte) {
	if err := os.WriteFile(path, text, 0o600); err != nil {
		r.t.Error(err)
	}
}

// machine are the variables without which the CLI does not run.
func (r *comparison) machine() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "PWD=" + r.dir}
}

func (r *comparison) errorf(format string, args ...any) {
	r.t.Errorf("%s: "+format, append([]any{r.what}, args...)...)
}

// cli runs docker compose config. What it refuses is an error with its text.
func (r *comparison) cli(args ...string) (string, error) {
	argv := []string{"compose", "-f", filepath.Join(r.dir, "model.json")}
	for _, path := range r.paths {
		argv = append(argv, "--env-file", path)
	}
	cmd := exec.CommandContext(context.WithoutCancel(r.t.Context()), "docker", append(append(argv, "config"), args...)...)
	cmd.Dir, cmd.Env = r.dir, r.machine()
	for name, value := range r.c.shell {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return string(out), nil
}

const unsetMark = "<unset>"

// names are those that a Compose file can refer to.
func (r *comparison) names() []string {
	return slices.Concat(fullNames, freeNames, shellNames, unsetNames)
}

// writeModel: one service reads each variable, another one passes each on.
func (r *comparison) writeModel() {
	filled, passed := map[string]any{}, map[string]any{}
	for _, name := range r.names() {
		filled["K_"+name] = "${" + name + "-" + unsetMark + "}"
		passed[name] = nil
	}
	service := func(environment any) any { return map[string]any{"image": "none", "environment": environment} }
	text, err := json.Marshal(map[string]any{"name": "reference", "services": map[string]any{"filled": service(filled), "passed": service(passed)}})
	if err != nil {
		r.errorf("%v", err)
	}
	r.save(filepath.Join(r.dir, "model.json"), text)
}

// agree compares all that the CLI says with all that we say. It returns whether
// both take the files; that one of them does not is a failure.
func (r *comparison) agree() bool {
	r.writeModel()
	environment, err := r.cli("--environment")
	if (err != nil) != (r.err != nil) {
		r.errorf("the CLI says %v\nwe say %v", err, r.err)
		return false
	}
	if err != nil {
		return false
	}
	r.compareEnvironment(environment)
	model, err := r.cli("--format", "json")
	if err != nil {
		r.errorf("the CLI renders no model: %v", err)
		return false
	}
	r.compareModel(model)
	r.compareOrigins()
	return true
}

var ofTheCLI = regexp.MustCompile(`(?m)^DOCKER_CLI_PLUGIN_\w+=.*\n`)

// compareEnvironment is exact: all variables, in the CLI's own order.
func (r *comparison) compareEnvironment(theirs string) {
	values := r.ours.Reveal()
	values["COMPOSE_PROJECT_NAME"] = "reference"
	var lines []string
	for name, value := range values {
		lines = append(lines, name+"="+value)
	}
	slices.Sort(lines)
	if got, want := strings.Join(lines, "\n")+"\n", ofTheCLI.ReplaceAllString(theirs, ""); got != want {
		r.errorf("config --environment differs\n%s", firstDifference(got, want))
	}
}

func firstDifference(ours, theirs string) string {
	a, b := strings.SplitAfter(ours, "\n"), strings.SplitAfter(theirs, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("ours   %q\ntheirs %q", a[i], b[i])
		}
	}
	return fmt.Sprintf("ours has %d lines, theirs %d", len(a), len(b))
}

func (r *comparison) compareModel(rendered string) {
	var model struct {
		Services map[string]struct{ Environment map[string]*string }
	}
	// The CLI doubles every dollar sign of what it renders.
	if err := json.Unmarshal([]byte(strings.ReplaceAll(rendered, "$$", "$")), &model); err != nil {
		r.errorf("%v", err)
		return
	}
	for _, name := range r.names() {
		winner := r.ours.Explain(name).Winner
		want := unsetMark
		if winner.IsSet {
			want = winner.Value.Reveal()
		}
		filled, passed := model.Services["filled"].Environment["K_"+name], model.Services["passed"].Environment[name]
		if filled == nil || *filled != want {
			r.errorf("${%s} is %s in the model, we say %q of %s", name, show(filled), want, winner.Origin)
		}
		if (passed != nil) != winner.IsSet || passed != nil && *passed != want {
			r.errorf("a container gets %s as %s, we say %q of %s", show(passed), name, want, winner.Origin)
		}
	}
}

func show(s *string) string {
	if s == nil {
		return "nothing"
	}
	return strconv.Quote(*s)
}

var markForm = regexp.MustCompile(`^(s|m\d+)\.`)

// compareOrigins holds our layer and line to the mark that the CLI's value has,
// which compareEnvironment has found to be ours.
func (r *comparison) compareOrigins() {
	if r.c.said == nil {
		return
	}
	byName := map[string][]said{}
	for _, s := range r.c.said {
		byName[s.name] = append(byName[s.name], s)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		v, all := r.ours.Explain(name), byName[name]
		want := r.winner(v, all)
		if v.Winner.Origin != r.at(want) {
			r.errorf("%s comes from %s, we say %s", name, r.at(want), v.Winner.Origin)
		}
		r.compareLosers(v, all, want)
		for _, s := range append(v.Losers, v.Winner) {
			r.compareReferences(name, s)
		}
	}
}

// compareReferences: what a value was made of has a mark as well.
func (r *comparison) compareReferences(name string, s dotenv.Setting) {
	for _, ref := range s.References {
		var want dotenv.Origin
		switch mark := markForm.FindString(ref.Value.Reveal()); {
		case mark == "s.":
			want = dotenv.Origin{Layer: dotenv.Shell}
		case mark != "":
			i, _ := strconv.Atoi(strings.Trim(mark, "m."))
			want = r.at(r.c.said[i])
		case ref.IsSet:
			continue // empty, or a comment to the eye: it may be of any line
		}
		if ref.Origin != want {
			r.errorf("%s at %s refers to %s of %s, we say %s", name, s.Origin, ref.Name, want, ref.Origin)
		}
	}
}

// shells stands for what the shell says.
var shells = said{file: -1}

// winner is what the CLI's value is of: by its mark, or, where it has none, the
// last assignment.
func (r *comparison) winner(v dotenv.Resolved, all []said) said {
	mark := markForm.FindString(v.Winner.Value.Reveal())
	if _, inShell := r.c.shell[v.Name]; inShell && (mark == "s." || mark == "") {
		return shells
	}
	for _, s := range slices.Backward(all) {
		if !s.bare && s.mark == mark {
			return s
		}
	}
	return said{}
}

func (r *comparison) at(s said) dotenv.Origin {
	switch s {
	case shells:
		return dotenv.Origin{Layer: dotenv.Shell}
	case said{}:
		return dotenv.Origin{}
	}
	return dotenv.Origin{Layer: dotenv.EnvFile, File: r.paths[s.file], Line: s.line}
}

// compareLosers: all that was said and did not win, the last first. What they
// say has their mark, too.
func (r *comparison) compareLosers(v dotenv.Resolved, all []said, winner said) {
	var losers []said
	for _, s := range slices.Backward(all) {
		if s != winner {
			losers = append(losers, s)
		}
	}
	if len(losers) != len(v.Losers) {
		r.errorf("%s has %d losers, we say %d", v.Name, len(losers), len(v.Losers))
		return
	}
	for i, s := range losers {
		got := v.Losers[i]
		if got.Origin != r.at(s) || got.Bare != s.bare || !s.bare && !strings.HasPrefix(got.Value.Reveal(), s.mark) {
			r.errorf("%s is also said at %s with mark %q, we say %q at %s", v.Name, r.at(s), s.mark, got.Value.Reveal(), got.Origin)
		}
	}
}

var ofAFile = regexp.MustCompile(`^\S+[01]\.env:\d+: `)

// refusal: exit code, file and line, and none of the values, which all have marks.
func (r *comparison) refusal() {
	if r.err == nil {
		return
	}
	var failed *failure.Error
	if !errors.As(r.err, &failed) || failed.Code != failure.Preflight || failed.Hint == "" || !ofAFile.MatchString(failed.Message) {
		r.errorf("not a refusal with file and line: %v", r.err)
	}
	if regexp.MustCompile(`\b[ms]\d*\.`).MatchString(strings.ReplaceAll(r.err.Error(), r.dir, "")) {
		r.errorf("a value is shown: %v", r.err)
	}
}
