package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine is where the last figures were taken.
type machine struct {
	cpu, cores, memory, kernel             string
	engine, compose, golang, mage, storage string
}

func (b *bench) machine() machine {
	look := func(argv ...string) string { return firstLine(b.ctx, b.root, argv...) }
	return machine{
		cpu:     field("/proc/cpuinfo", "model name"),
		cores:   strconv.Itoa(runtime.NumCPU()),
		memory:  field("/proc/meminfo", "MemTotal"),
		kernel:  look("uname", "-sr"),
		engine:  look("docker", "version", "--format", "{{.Server.Version}} (API {{.Server.APIVersion}})"),
		storage: look("docker", "info", "--format", "{{.Driver}}"),
		compose: look("docker", "compose", "version", "--short"),
		golang:  runtime.Version(),
		mage:    look("go", "list", "-m", "-f", "{{.Version}}", "github.com/magefile/mage"),
	}
}

func (m machine) table() string {
	var lines [][]string
	for _, f := range [][]string{
		{"processor", m.cpu}, {"cores", m.cores}, {"memory", m.memory}, {"kernel", m.kernel},
		{"engine", m.engine}, {"storage driver", m.storage}, {"Compose", m.compose}, {"Go", m.golang}, {"Mage", m.mage},
	} {
		if f[1] != "" {
			lines = append(lines, f)
		}
	}
	return table([]string{"", ""}, lines)
}

// field is the value of the first line "name : value" of a file; "" where
// there is none.
func field(path, name string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(data))[:3], " ")
}

// processors is how long all of them were busy since the machine began, by proc(5): what the
// host took from a virtual one is not in it. 0 where there is no such file.
func processors() time.Duration {
	data, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(data), "\n")
	ticks := int64(0)
	for i, text := range strings.Fields(first) {
		switch i {
		case 1, 2, 3, 6, 7: // user, nice, system, irq, softirq, in hundredths of a second
			n, _ := strconv.ParseInt(text, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
