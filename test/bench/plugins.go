package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/internal/pluginhost"
	"github.com/infinitescribe/spellbook/internal/pluginhost/process"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// own are Spellbook's plugins; eight is those, and three of them once more.
var (
	own   = []string{"kafka", "maildev", "milvus", "minio", "prefect"}
	eight = append(own[:len(own):len(own)], "kafka", "minio", "milvus")
)

// plugins times what plugins cost: their start, and their part in a run that
// finds nothing to do.
func plugins(b *bench) ([]row, error) {
	root, err := filepath.Abs(b.root)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	b.logf("  building")
	host := &pluginhost.Host{Root: root, Module: root, Cache: filepath.Join(cache, "spellbook", "plugins"), Environ: os.Environ(),
		Log: func(pluginhost.Line) {}, Now: time.Now}
	list, err := host.Resolve(b.ctx, own)
	if err != nil {
		return nil, err
	}
	cold, err := coldPlugins(b, list)
	if err != nil {
		return nil, err
	}
	idle, err := pluginsNoop(b)
	return []row{cold, idle}, err
}

func coldPlugins(b *bench, list []*pluginhost.Plugin) (row, error) {
	binaries := map[string]*pluginhost.Plugin{}
	for _, p := range list {
		binaries[p.Manifest.Name] = p
	}
	begin := func(name, command string, start func(context.Context, *pluginhost.Plugin) (func(), error)) *contender {
		return &contender{side: side{name: name, command: command}, run: func() (outcome, error) {
			return atOnce(b.ctx, binaries, start)
		}}
	}
	ours := begin("Spellbook", "process.Start, Describe, with checksum and mutual TLS", startOurs)
	theirs := begin("go-plugin", "its own AutoMTLS and SecureConfig, Describe", startTheirs)
	err := turns(b.rounds.fast, ours, theirs)
	return row{title: "Cold start of eight plugins", sides: sides(ours, theirs),
		bounds: []bound{under("all ready, median,", ours.took.median(), 250*time.Millisecond)},
		notes: []string{"All at once, until each has answered its first call. The binaries are Spellbook's own five, three of them twice; " +
			"every one is hashed first, and runs from the descriptor that was hashed."}}, err
}

// atOnce starts all eight and ends them, which does not count.
func atOnce(ctx context.Context, binaries map[string]*pluginhost.Plugin, start func(context.Context, *pluginhost.Plugin) (func(), error)) (outcome, error) {
	type started struct {
		stop func()
		err  error
	}
	ends := make(chan started, len(eight))
	began := time.Now()
	for _, name := range eight {
		go func() {
			stop, err := start(ctx, binaries[name])
			ends <- started{stop, err}
		}()
	}
	var stops []func()
	var failed error
	for range eight {
		s := <-ends
		if s.err != nil {
			failed = s.err
		}
		stops = append(stops, s.stop)
	}
	took := time.Since(began)
	for _, stop := range stops {
		stop()
	}
	return outcome{took: took}, failed
}

func startOurs(ctx context.Context, p *pluginhost.Plugin) (func(), error) {
	f, err := os.Open(p.Binary)
	if err != nil {
		return func() {}, err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return func() {}, err
	}
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != p.Sum {
		return func() {}, fmt.Errorf("plugin %s is %s, not %s", p.Manifest.Name, got, p.Sum)
	}
	proc, err := process.Start(ctx, process.Spec{Name: p.Manifest.Name, File: f, MTLS: true})
	if err != nil {
		return func() {}, err
	}
	_, err = proc.Describe(ctx)
	return func() { _ = proc.Close() }, err
}

func startTheirs(ctx context.Context, p *pluginhost.Plugin) (func(), error) {
	sum := make([]byte, sha256.Size)
	if _, err := fmt.Sscanf(p.Sum, "%x", &sum); err != nil {
		return func() {}, err
	}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: pluginv1.ProtocolVersion, MagicCookieKey: pluginv1.CookieKey, MagicCookieValue: pluginv1.CookieValue},
		Plugins:          plugin.PluginSet{pluginv1.SetName: carrier{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Cmd:              exec.Command(p.Binary),
		AutoMTLS:         true,
		SecureConfig:     &plugin.SecureConfig{Checksum: sum, Hash: sha256.New()},
		Logger:           hclog.NewNullLogger(),
	})
	protocol, err := client.Client()
	if err != nil {
		return client.Kill, err
	}
	raw, err := protocol.Dispense(pluginv1.SetName)
	if err != nil {
		return client.Kill, err
	}
	_, err = raw.(pluginv1.PluginServiceClient).Describe(ctx, &pluginv1.DescribeRequest{})
	return client.Kill, err
}

// carrier makes a client of a plugin's connection.
type carrier struct{ plugin.NetRPCUnsupportedPlugin }

// GRPCServer is the plugin's side, which is not here.
func (carrier) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the benchmark serves no plugin")
}

// GRPCClient is the host's side.
//
//nolint:unparam // the signature is go-plugin's
func (carrier) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return pluginv1.NewPluginServiceClient(c), nil
}
