package kit_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

const fragment = `services:
  box:
    image: ${BOX_IMAGE:-box:1}
    environment: {PASSWORD: "${BOX_PASSWORD:?}"}
`

// sound is a plugin that keeps every rule.
func sound() sdk.Plugin {
	return sdk.Plugin{
		Name: "box", Version: "1.2.3", Summary: "a box",
		Services: []sdk.Service{{Name: "box", Summary: "keeps things", Probe: func(ctx context.Context, run *sdk.Run) sdk.Status {
			if err := greet(ctx, run); err != nil {
				return sdk.NotYet(err)
			}
			return sdk.Ready("open")
		}}},
		Variables: []sdk.Variable{
			{Name: "BOX_IMAGE", Summary: "its image", Default: "box:1"},
			{Name: "BOX_PASSWORD", Summary: "its password", Secret: true, Required: true},
		},
		Endpoints: []sdk.Endpoint{{Name: "box", Service: "box", Port: 7000}},
		Commands: []sdk.Command{{Name: "tail", Summary: "waits for its end", Endless: true, Run: func(ctx context.Context, _ *sdk.Call) error {
			<-ctx.Done()
			return ctx.Err()
		}}},
		Hooks: []sdk.Hook{{Phase: sdk.PostReady, Summary: "greets", Run: func(ctx context.Context, run *sdk.Run) error {
			run.Existed("box", "one")
			return greet(ctx, run)
		}}},
		Fragment: fragment,
		Validate: func(sdk.Config) []sdk.Diagnostic { return nil },
		Backup: func(_ context.Context, _ *sdk.Run, dir string) error {
			return errors.Join(os.WriteFile(filepath.Join(dir, "a"), []byte("a"), 0o600), os.WriteFile(filepath.Join(dir, "b"), []byte("b"), 0o600))
		},
		Restore: func(context.Context, *sdk.Run, string) error { return nil },
	}
}

// greet waits until the box says something.
func greet(ctx context.Context, run *sdk.Run) error {
	at, err := run.Endpoint("box")
	if err != nil {
		return err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", at)
	if err != nil {
		return sdk.Diagnostic{Code: "BOX_UNREACHABLE", Summary: "no box at " + at}
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err = conn.Read(make([]byte, 1))
	return err
}

// defect spoils one thing of a sound plugin, and is found by one check. Either
// plugin or server spoils it, or transport.
type defect struct {
	check     string
	live      bool
	plugin    func(*sdk.Plugin)
	server    func(pluginv1.PluginServiceServer) pluginv1.PluginServiceServer
	transport func(*transport)
}

// transport is what Serve of the SDK does for its authors.
type transport struct {
	first    string // on stdout, before the handshake
	lifeline bool
	lasting  bool // does not exit after Shutdown
	code     int  // of the exit
	options  []grpc.ServerOption
	tls      func() (*tls.Config, error)
}

// anybody may connect who trusts the plugin's own certificate.
func anybody() (*tls.Config, error) {
	if os.Getenv(pluginv1.IdentityKey) == "" {
		return nil, nil
	}
	data, err := io.ReadAll(os.NewFile(4, "identity"))
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(data, data)
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}, err
}

func defects() map[string]defect {
	count, own := 0, os.Stdout
	return map[string]defect{
		"none":        {},
		"takes time":  {plugin: restore(aMinute)},
		"talks first": {check: "handshake", transport: func(t *transport) { t.first = "welcome\n" }},
		"never the same": {check: "describe", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer {
			return &changing{PluginServiceServer: s}
		}},
		"of this process":   {check: "describe", plugin: func(p *sdk.Plugin) { p.Docs = fmt.Sprint(os.Getpid()) }},
		"describes another": {check: "describe", plugin: func(p *sdk.Plugin) { p.Docs = fmt.Sprint(len(os.Args)) }},
		"bad name":          {check: "manifest", plugin: func(p *sdk.Plugin) { p.Name = "Box!" }},
		"moody": {check: "render is pure", plugin: func(p *sdk.Plugin) {
			p.Render = func(sdk.Config) (string, []sdk.Diagnostic) {
				count++
				return fmt.Sprintf("%sx-n: %d\n", fragment, count), nil
			}
		}},
		"more services":          {check: "fragment", plugin: func(p *sdk.Plugin) { p.Fragment += "  lid: {image: lid}\n" }},
		"secret in the fragment": {check: "fragment", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return leaking{s} }},
		"misses nothing": {check: "required variables", plugin: func(p *sdk.Plugin) {
			p.Variables = append(p.Variables, sdk.Variable{Name: "BOX_ID", Summary: "its number", Required: true})
		}},
		"bad defaults": {check: "defaults are valid", plugin: func(p *sdk.Plugin) {
			p.Validate = func(sdk.Config) []sdk.Diagnostic { return []sdk.Diagnostic{{Code: "NO", Summary: "no"}} }
		}},
		"knows everything": {check: "unknown method", transport: func(t *transport) {
			t.options = append(t.options, grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error { return s.SendMsg(&pluginv1.CancelResponse{}) }))
		}},
		"does what it cannot": {check: "absent capabilities", plugin: func(p *sdk.Plugin) { p.Validate = nil }, server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return lenient{s} }},
		"ready whoever asks":  {check: "unknown names", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return lenient{s} }},
		"falls over":          {check: "bad requests", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return fragile{s} }},
		"small":               {check: "large request", transport: func(t *transport) { t.options = append(t.options, grpc.MaxRecvMsgSize(4<<20)) }},
		"always ready":        {check: "probe: closed endpoint", plugin: probe(func(context.Context, *sdk.Run) sdk.Status { return sdk.Ready("") })},
		"gives up": {check: "probe: closed endpoint", plugin: probe(func(context.Context, *sdk.Run) sdk.Status {
			return sdk.Fatal(sdk.Diagnostic{Code: "NO", Summary: "no"})
		})},
		"waits for ever": {check: "probe: silent endpoint", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return hanging{s} }},
		"panics":         {check: "hooks: closed endpoint", plugin: hook(func(context.Context, *sdk.Run) error { panic("no box") })},
		"fails silently": {check: "hooks: closed endpoint", plugin: hook(func(context.Context, *sdk.Run) error { return sdk.ExitError(3) })},
		"hook hangs":     {check: "hooks: silent endpoint", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return hanging{s} }},
		"cancels nothing": {check: "cancel", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer {
			return deaf{s}
		}},
		"heeds no signal": {check: "signals", plugin: command(func(ctx context.Context, call *sdk.Call) error {
			<-context.WithoutCancel(ctx).Done()
			return nil
		})},
		"heeds a signal as any error": {check: "signals", server: func(s pluginv1.PluginServiceServer) pluginv1.PluginServiceServer { return plain{s} }},
		"trusts anybody":              {check: "mutual TLS", transport: func(t *transport) { t.tls = anybody }},
		"stays":                       {check: "shutdown", transport: func(t *transport) { t.lasting = true }},
		"orphaned":                    {check: "lifeline", transport: func(t *transport) { t.lifeline = false }},
		"noisy": {check: "stdout", plugin: probe(func(context.Context, *sdk.Run) sdk.Status {
			return sdk.NotYet(errors.Join(errors.New("noise"), ignore(io.WriteString(own, "noise\n"))))
		})},
		"says its secret": {check: "secrets", plugin: probe(func(_ context.Context, run *sdk.Run) sdk.Status {
			return sdk.NotYet(errors.New("refused " + run.Secret("BOX_PASSWORD")))
		})},
		"logs its secret": {check: "secrets", plugin: probe(func(_ context.Context, run *sdk.Run) sdk.Status {
			run.Log.Info("trying", "with", run.Secret("BOX_PASSWORD"))
			return sdk.NotYet(errors.New("refused"))
		})},
		"never ready": {check: "probe: live", live: true, plugin: probe(func(context.Context, *sdk.Run) sdk.Status { return sdk.NotYet(errors.New("no")) })},
		"makes it again": {check: "hooks twice", live: true, plugin: hook(func(_ context.Context, run *sdk.Run) error {
			run.Created("box", "one")
			return nil
		})},
		"leaves a file out": {check: "backup and restore", live: true, server: lists(func(_ string, r *pluginv1.Result) { r.Files = r.GetFiles()[:1] })},
		"lists an odd name": {check: "backup and restore", live: true, server: lists(twice)},
		"backs up a link":   {check: "backup and restore", live: true, server: lists(link)},
		"restores nothing":  {check: "backup and restore", live: true, plugin: restore(func(context.Context, *sdk.Run, string) error { return sdk.ExitError(3) })},
		"restores for ever": {live: true, plugin: restore(forEver)},
		"loses data": {check: "backup and restore", live: true, plugin: func(p *sdk.Plugin) {
			p.Backup = func(_ context.Context, _ *sdk.Run, dir string) error {
				count++
				return os.WriteFile(filepath.Join(dir, "a"), fmt.Append(nil, count), 0o600)
			}
		}},
	}
}

func ignore(int, error) error { return nil }

func probe(f func(context.Context, *sdk.Run) sdk.Status) func(*sdk.Plugin) {
	return func(p *sdk.Plugin) { p.Services[0].Probe = f }
}

func hook(f func(context.Context, *sdk.Run) error) func(*sdk.Plugin) {
	return func(p *sdk.Plugin) { p.Hooks[0].Run = f }
}

func command(f func(context.Context, *sdk.Call) error) func(*sdk.Plugin) {
	return func(p *sdk.Plugin) { p.Commands[0].Run = f }
}

type changing struct {
	pluginv1.PluginServiceServer
	n int
}

func (c *changing) Describe(ctx context.Context, r *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	answer, err := c.PluginServiceServer.Describe(ctx, r)
	c.n++
	return &pluginv1.DescribeResponse{Manifest: &pluginv1.Manifest{Name: answer.GetManifest().GetName(), Docs: fmt.Sprint(c.n)}}, err
}

type leaking struct{ pluginv1.PluginServiceServer }

func (leaking) Render(_ context.Context, r *pluginv1.RenderRequest) (*pluginv1.RenderResponse, error) {
	secret := r.GetConfig()["BOX_PASSWORD"]
	return &pluginv1.RenderResponse{Fragment: []byte(fragment + "x-secret: " + secret + "\n")}, nil
}

type lenient struct{ pluginv1.PluginServiceServer }

func (lenient) Validate(context.Context, *pluginv1.ValidateRequest) (*pluginv1.ValidateResponse, error) {
	return &pluginv1.ValidateResponse{}, nil
}

func (lenient) Probe(context.Context, *pluginv1.ProbeRequest) (*pluginv1.ProbeResponse, error) {
	return &pluginv1.ProbeResponse{Readiness: pluginv1.Readiness_READINESS_NOT_YET, Reason: "not yet"}, nil
}

type fragile struct{ pluginv1.PluginServiceServer }

func (f fragile) Probe(ctx context.Context, r *pluginv1.ProbeRequest) (*pluginv1.ProbeResponse, error) {
	if r.GetRun() == nil {
		os.Exit(3)
	}
	return f.PluginServiceServer.Probe(ctx, r)
}

type hanging struct{ pluginv1.PluginServiceServer }

func (hanging) Probe(context.Context, *pluginv1.ProbeRequest) (*pluginv1.ProbeResponse, error) {
	select {}
}

func (hanging) RunHook(*pluginv1.RunHookRequest, grpc.ServerStreamingServer[pluginv1.RunHookResponse]) error {
	select {}
}

// plain ends a command with exit code 1 and its own words, whatever ended it.
type plain struct{ pluginv1.PluginServiceServer }

func (plain) Invoke(stream grpc.BidiStreamingServer[pluginv1.InvokeRequest, pluginv1.InvokeResponse]) error {
	for {
		if m, err := stream.Recv(); err != nil || m.GetSignal() != 0 {
			return stream.Send(&pluginv1.InvokeResponse{Event: &pluginv1.Event{Kind: &pluginv1.Event_Result{Result: &pluginv1.Result{
				ExitCode: 1, Diagnostics: []*pluginv1.Diagnostic{{Code: "OOPS", Summary: "interrupted"}}}}}})
		}
	}
}

type deaf struct{ pluginv1.PluginServiceServer }

func (deaf) Cancel(context.Context, *pluginv1.CancelRequest) (*pluginv1.CancelResponse, error) {
	return &pluginv1.CancelResponse{}, nil
}

// serve runs a plugin with a defect. A defect of the plugin alone is served by
// the SDK; the others by go-plugin, with as little as passes.
func serve(d defect) {
	p := sound()
	if d.plugin != nil {
		d.plugin(&p)
	}
	if d.server == nil && d.transport == nil {
		sdk.Serve(p)
		return
	}
	if len(os.Args) > 1 {
		os.Exit(2) // it has no argument describe
	}
	t := transport{lifeline: true, options: []grpc.ServerOption{grpc.MaxRecvMsgSize(pluginv1.MaxMessage)}}
	if d.transport != nil {
		d.transport(&t)
	}
	server := sdk.NewServer(p, slog.New(slog.DiscardHandler))
	if d.server != nil {
		server = d.server(server)
	}
	_, _ = io.Copy(os.Stdout, bytes.NewBufferString(t.first))
	if t.lifeline {
		go func() {
			_, _ = io.Copy(io.Discard, os.NewFile(3, "lifeline"))
			_ = os.RemoveAll(os.Getenv(pluginv1.SocketDirKey))
			os.Exit(0)
		}()
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: pluginv1.CookieKey, MagicCookieValue: pluginv1.CookieValue},
		TLSProvider:     t.tls,
		Plugins:         plugin.PluginSet{pluginv1.SetName: bare{server: server}},
		GRPCServer:      func(o []grpc.ServerOption) *grpc.Server { return grpc.NewServer(append(o, t.options...)...) },
	})
	if t.lasting {
		select {}
	}
	os.Exit(t.code)
}

type bare struct {
	plugin.NetRPCUnsupportedPlugin
	server pluginv1.PluginServiceServer
}

func (b bare) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterPluginServiceServer(s, b.server)
	return nil
}

func (bare) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("no host")
}
