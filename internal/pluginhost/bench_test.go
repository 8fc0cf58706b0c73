package pluginhost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkKnown is what eight plugins that are known add to a target: found,
// verified, their fragments rendered and checked. Issue: under 5 ms.
func BenchmarkKnown(b *testing.B) {
	bench, names := newBench(b), []string{}
	text, err := os.ReadFile("testdata/plain/main.go")
	if err != nil {
		b.Fatal(err)
	}
	for i := range 8 {
		name := fmt.Sprintf("plain%d", i)
		names = append(names, name)
		write(b, filepath.Join(bench.Root, "plugins", name, "main.go"), strings.ReplaceAll(string(text), `"plain"`, `"`+name+`"`))
	}
	once := func() {
		plugins, err := bench.Resolve(b.Context(), names)
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range plugins {
			p.Manifest.Services[0].Name = "plain" // as its fragment has it
			if _, _, err := bench.Render(b.Context(), p, "p", nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	once()
	bench.quiet()
	for b.Loop() {
		once()
	}
	if len(bench.commands)+len(bench.launches) > 0 {
		b.Fatalf("go %v, launched %v", bench.commands, bench.launches)
	}
}
