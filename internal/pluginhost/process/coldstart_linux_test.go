package process

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const (
	coldPlugins = 8
	coldSize    = 15_000_000 // bytes: what a plugin with a real client weighs
)

// BenchmarkColdStartOf8 hashes and starts eight plugins at once, until each has
// answered its first call; ms-median is of the whole. "go-plugin" is what its own
// AutoMTLS and SecureConfig take on the same files.
//
//	go test -run '^$' -bench ColdStart -benchtime 30x ./internal/pluginhost/process
func BenchmarkColdStartOf8(b *testing.B) {
	files, sums := coldFiles(b)
	for name, start := range map[string]func(testing.TB, string) (stop func()){
		"mtls":        func(t testing.TB, path string) func() { return coldOurs(t, path, true, "") },
		"mtls-stock":  func(t testing.TB, path string) func() { return coldOurs(t, path, true, "COLDSTART_STOCK=1") },
		"without-tls": func(t testing.TB, path string) func() { return coldOurs(t, path, false, "") },
		"go-plugin":   func(t testing.TB, path string) func() { return coldTheirs(t, path, sums[path]) },
	} {
		b.Run(name, func(b *testing.B) { benchmarkCold(b, files, start) })
	}
}

func benchmarkCold(b *testing.B, files []string, start func(testing.TB, string) func()) {
	var took []time.Duration
	used := cpuTime(b)
	for b.Loop() {
		began := time.Now()
		stops := make([]func(), len(files))
		var wg sync.WaitGroup
		for i, path := range files {
			wg.Go(func() { stops[i] = start(b, path) })
		}
		wg.Wait()
		took = append(took, time.Since(began))
		b.StopTimer()
		for _, stop := range stops {
			wg.Go(stop)
		}
		wg.Wait()
		b.StartTimer()
	}
	b.ReportMetric(float64((cpuTime(b)-used).Milliseconds())/float64(len(took)), "cpu-ms/op")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
}

// cpuTime is that of this process and of those that it has reaped: the measure
// that a busy machine leaves alone.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if err := syscall.Getrusage(who, &r); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return sum
}

func coldOurs(t testing.TB, path string, mtls bool, environ string) func() {
	f, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return func() {}
	}
	defer func() { _ = f.Close() }()
	if _, err := io.Copy(sha256.New(), f); err != nil {
		t.Error(err)
	}
	p, err := Start(context.Background(), Spec{Name: "cold", File: f, MTLS: mtls, Environ: []string{environ}})
	if err != nil {
		t.Error(err)
		return func() {}
	}
	if _, err := p.Describe(context.Background()); err != nil {
		t.Error(err)
	}
	return func() { _ = p.Close() }
}

func coldTheirs(t testing.TB, path string, sum []byte) func() {
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: pluginv1.ProtocolVersion, MagicCookieKey: pluginv1.CookieKey, MagicCookieValue: pluginv1.CookieValue},
		Plugins:          plugin.PluginSet{pluginv1.SetName: service{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Cmd:              exec.Command(path),
		AutoMTLS:         true,
		SecureConfig:     &plugin.SecureConfig{Checksum: sum, Hash: sha256.New()},
		Logger:           hclog.NewNullLogger(),
	})
	protocol, err := client.Client()
	if err != nil {
		t.Error(err)
		return client.Kill
	}
	raw, err := protocol.Dispense(pluginv1.SetName)
	if err != nil {
		t.Error(err)
		return client.Kill
	}
	if _, err := pluginv1.NewPluginServiceClient(raw.(*grpc.ClientConn)).Describe(context.Background(), &pluginv1.DescribeRequest{}); err != nil {
		t.Error(err)
	}
	return client.Kill
}

// coldFiles are eight different files of the same program, and their sums.
func coldFiles(b *testing.B) (files []string, sums map[string][]byte) {
	b.Helper()
	dir := b.TempDir()
	built := filepath.Join(dir, "cold")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built, "./testdata/coldstart")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	program, err := os.ReadFile(built)
	if err != nil {
		b.Fatal(err)
	}
	sums = map[string][]byte{}
	for i := range coldPlugins {
		padding := bytes.Repeat([]byte{byte(i)}, max(0, coldSize-len(program)))
		path := filepath.Join(dir, fmt.Sprint("cold", i))
		content := append(slices.Clone(program), padding...)
		if err := os.WriteFile(path, content, 0o755); err != nil {
			b.Fatal(err)
		}
		sum := sha256.Sum256(content)
		files, sums[path] = append(files, path), sum[:]
	}
	return files, sums
}
