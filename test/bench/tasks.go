package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// goTask is the version of Task that is measured, from the module proxy.
const goTask = "v3.54.0"

// taskGraph is the same graph of tasks for make, Task and Spellbook, in a directory of
// its own: layers of tasks, each of which copies its first input to its output and
// needs two of the layer before.
type taskGraph struct {
	dir           string
	layers, width int
	inputs        int // files that each task depends on
}

func (g taskGraph) name(layer, n int) string { return fmt.Sprintf("t%d_%d", layer, n) }

func (g taskGraph) each(do func(name string, needs []string) error) error {
	for layer := range g.layers {
		for n := range g.width {
			var needs []string
			if layer > 0 {
				needs = []string{g.name(layer-1, n), g.name(layer-1, (n+1)%g.width)}
			}
			if err := do(g.name(layer, n), needs); err != nil {
				return err
			}
		}
	}
	return nil
}

// last are the tasks that nothing needs.
func (g taskGraph) last() (names []string) {
	for n := range g.width {
		names = append(names, g.name(g.layers-1, n))
	}
	return names
}

// write writes the inputs, a Makefile, a Taskfile and a magefile.
func (g taskGraph) write(magefiles string) error {
	var mk, yml, mage strings.Builder
	fmt.Fprintf(&mk, "all: %s\n", "out/"+strings.Join(g.last(), " out/"))
	fmt.Fprintf(&yml, "version: '3'\nsilent: true\nrun: once\ntasks:\n  all: {deps: [%s]}\n", strings.Join(g.last(), ", "))
	mage.WriteString("//go:build mage\n\npackage main\n\nimport (\n\t\"github.com/infinitescribe/spellbook/magefiles/task\"\n" +
		"\t//mage:import\n\t_ \"github.com/infinitescribe/spellbook/magefiles/targets/task\"\n)\n\nfunc init() {\n")
	fmt.Fprintf(&mage, "\ttask.Define(\"all\", task.Needs(%s))\n", goList(g.last()))
	err := g.each(func(name string, needs []string) error {
		for i := range g.inputs {
			file := filepath.Join(g.dir, "in", name, fmt.Sprintf("f%d", i))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, []byte(strings.Repeat(file+"\n", 20)), 0o600); err != nil {
				return err
			}
		}
		prerequisites := []string{"in/" + name + "/f0"}
		for _, n := range needs {
			prerequisites = append(prerequisites, "out/"+n)
		}
		fmt.Fprintf(&mk, "out/%s: %s\n\tcp in/%[1]s/f0 $@\n", name, strings.Join(prerequisites, " "))
		fmt.Fprintf(&yml, "  %s: {deps: [%s], sources: ['in/%[1]s/*'], generates: ['out/%[1]s'], cmds: ['cp in/%[1]s/f0 out/%[1]s']}\n", name, strings.Join(needs, ", "))
		fmt.Fprintf(&mage, "\ttask.Define(%q, task.Needs(%s), task.Inputs(\"in/%[1]s/*\"), task.Outputs(\"out/%[1]s\"), task.Run(\"cp\", \"in/%[1]s/f0\", \"out/%[1]s\"))\n", name, goList(needs))
		return nil
	})
	if err != nil {
		return err
	}
	mage.WriteString("}\n")
	for file, text := range map[string]string{filepath.Join(g.dir, "Makefile"): mk.String(), filepath.Join(g.dir, "Taskfile.yml"): yml.String(),
		filepath.Join(g.dir, "out", ".keep"): "", filepath.Join(magefiles, "magefile.go"): mage.String()} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func goList(names []string) string {
	list := make([]string, 0, len(names))
	for _, n := range names {
		list = append(list, fmt.Sprintf("%q", n))
	}
	return strings.Join(list, ", ")
}

// contender is a command in the graph's directory that has to exit 0.
func (g taskGraph) contender(b *bench, name, command string, argv ...string) *contender {
	return &contender{side: side{name: name, command: command}, run: func() (outcome, error) {
		return must(b.ctx, g.dir, os.Environ(), argv...)
	}}
}

// tools are the programs that run a graph, made in a directory.
func (g taskGraph) tools(b *bench, dir string) (ours, task string, err error) {
	root, err := filepath.Abs(b.root)
	if err != nil {
		return "", "", err
	}
	magefiles, err := os.MkdirTemp(filepath.Join(root, "test", "bench", "testdata"), "magefiles-") // in this module
	if err != nil {
		return "", "", err
	}
	defer func() { _ = os.RemoveAll(magefiles) }()
	if err := g.write(magefiles); err != nil {
		return "", "", err
	}
	ours, task = filepath.Join(dir, "spellbook"), filepath.Join(dir, "task")
	if _, err := must(b.ctx, root, os.Environ(), "go", "tool", "mage", "-d", magefiles, "-compile", ours); err != nil {
		return "", "", err
	}
	if _, err := os.Stat(task); err != nil {
		_, err = must(b.ctx, dir, append(os.Environ(), "GOBIN="+dir, "GOWORK=off"), "go", "install", "github.com/go-task/task/v3/cmd/task@"+goTask)
		if err != nil {
			return "", "", err
		}
	}
	return ours, task, nil
}

// tasks compares graphs of tasks in which nothing has changed.
func tasks(b *bench) (rows []row, err error) {
	dir, err := os.MkdirTemp("", "spellbook-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	jobs := fmt.Sprint(runtime.NumCPU())
	many := taskGraph{dir: filepath.Join(dir, "many"), layers: 10, width: 100, inputs: 1}
	ours, task, err := many.tools(b, dir)
	if err != nil {
		return nil, err
	}
	a := many.contender(b, "Spellbook", "the magefile's binary, task:run all", ours, "task:run", "all")
	m := many.contender(b, "make", "make -rj"+jobs+" all", "make", "-rj"+jobs, "all")
	t := many.contender(b, "Task", "task --parallel all", task, "--parallel", "all")
	if err := warm(a, m, t); err != nil {
		return nil, err
	}
	if err := turns(b.rounds.fast, a, m, t); err != nil {
		return nil, err
	}
	rows = append(rows, row{title: "1,000 tasks of depth 10, all up to date", sides: sides(a, m, t),
		bounds: []bound{under("at most 4 times make's median,", a.took.median(), 4*m.took.median()), faster(a.side, t.side, 5)},
		notes: []string{"The same graph for each, written by the benchmark: every task copies a file and needs two of the layer before. " +
			"The binary is what the launcher becomes, which takes what \"The launcher, warm\" says. make has -r: it looks for no built-in rules, which took it twenty times as long. It compares times; Task and Spellbook know contents. Task " + goTask + " has run: once, without which it runs what two tasks need twice, and so on below" + "."}})
	large := taskGraph{dir: filepath.Join(dir, "large"), layers: 1, width: 100, inputs: 1000}
	if ours, task, err = large.tools(b, dir); err != nil {
		return nil, err
	}
	a = large.contender(b, "Spellbook", "the magefile's binary, task:run all", ours, "task:run", "all")
	t = large.contender(b, "Task", "task --parallel all, with sources:", task, "--parallel", "all")
	split := "ls -d in/* | xargs -P" + jobs + " -n10 sh -c 'exec find \"$@\" -size +1M' find"
	f := large.contender(b, "find", split, "sh", "-c", split)
	if err := warm(a, t, f); err != nil {
		return nil, err
	}
	if err := turns(b.rounds.fast/3, a, t, f); err != nil {
		return nil, err
	}
	return append(rows, row{title: "100 tasks with 1,000 input files each, nothing changed", sides: sides(a, t, f), bounds: []bound{faster(a.side, t.side, 10)},
		notes: []string{"100,000 files. Task reads all of them at every run; Spellbook asks for the status of each, and reads what has another. find does nothing but ask for the status of each, on as many processors: what the kernel takes for that. " +
			"Task takes " + digits(ratio(t.took, f.took)) + " times that."}}), nil
}

// warm runs each three times: the first does the work, the second reads again what was
// written a moment before the first looked.
func warm(all ...*contender) error {
	for range 3 {
		for _, c := range all {
			if _, err := c.run(); err != nil {
				return fmt.Errorf("%s: %w", c.command, err)
			}
		}
	}
	return nil
}
