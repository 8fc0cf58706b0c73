//go:build unix

package sdk_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// started is a plugin process, as a host sees it.
type started struct {
	cmd      *exec.Cmd
	host     *grpc.ClientConn
	client   pluginv1.PluginServiceClient
	errs     io.Closer // the read end of its stderr
	sockets  string
	lifeline *os.File
	stdout   chan []byte // what comes after the handshake, to its end
	stderr   chan []byte
}

func start(t *testing.T) *started {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	sockets, err := os.MkdirTemp("/tmp", "sb") //nolint:usetesting // t.TempDir is too long for a socket's path, 104 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets); _ = write.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	p := &started{cmd: exec.CommandContext(ctx, os.Args[0]), sockets: sockets, lifeline: write, stdout: make(chan []byte, 1), stderr: make(chan []byte, 1)}
	p.cmd.Env = []string{
		"TEST_PLUGIN=1", pluginv1.CookieKey + "=" + pluginv1.CookieValue, pluginv1.LifelineKey + "=3",
		pluginv1.SocketDirKey + "=" + sockets, "PLUGIN_PROTOCOL_VERSIONS=1",
		"GORACE=atexit_sleep_ms=0", // the race detector waits for a second before a process may end
	}
	p.cmd.ExtraFiles = []*os.File{read}
	out, err1 := p.cmd.StdoutPipe()
	errs, err2 := p.cmd.StderrPipe()
	if err := errors.Join(err1, err2, p.cmd.Start(), read.Close()); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	line, err := reader.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go drain(reader, p.stdout)
	go drain(errs, p.stderr)
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[0] != "1" || parts[1] != "1" || parts[2] != "unix" || parts[4] != "grpc" {
		t.Fatalf("handshake %q", line)
	}
	connection, err := grpc.NewClient("unix:"+parts[3], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	p.host, p.client, p.errs = connection, pluginv1.NewPluginServiceClient(connection), errs
	return p
}

func drain(r io.Reader, to chan<- []byte) {
	all, _ := io.ReadAll(r)
	to <- all
}

// ended waits for the process and gives the time that took.
func (p *started) ended(t *testing.T) (out, errs []byte, took time.Duration) {
	t.Helper()
	begin := time.Now()
	out, errs = <-p.stdout, <-p.stderr
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the plugin ended with %v\n%s", err, errs)
	}
	return out, errs, time.Since(begin)
}

func TestThePluginEndsWithItsHost(t *testing.T) {
	t.Parallel()
	cleaned := false
	for range 5 { // a call has milliseconds to clean up, which may be too few on a busy machine
		p := start(t)
		mark := p.atWork(t, "")
		if err := p.lifeline.Close(); err != nil {
			t.Fatal(err)
		}
		_, _, took := p.ended(t)
		t.Logf("ended %s after its host", took)
		if took > time.Second {
			t.Errorf("ended %s after its host", took)
		}
		if _, err := os.Stat(p.sockets); !os.IsNotExist(err) {
			t.Errorf("the directory of its socket is still there: %v", err)
		}
		_, err := os.Stat(mark)
		cleaned = cleaned || err == nil
	}
	if !cleaned {
		t.Error("the hook could not clean up")
	}
}

// atWork starts the hook that waits for its end, and gives the mark that it
// leaves then, in the environment "slow" a little later.
func (p *started) atWork(t *testing.T, environment string) string {
	t.Helper()
	dir := t.TempDir()
	stream, err := p.client.RunHook(t.Context(), &pluginv1.RunHookRequest{Run: &pluginv1.Run{Id: "x", Project: dir, Environment: environment}, Phase: pluginv1.Phase_PHASE_PRE_DOWN})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "cleaned")
}

func (p *started) command(t *testing.T, name string) pluginv1.PluginService_InvokeClient {
	t.Helper()
	stream, err := p.client.Invoke(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: &pluginv1.Start{Run: &pluginv1.Run{Id: "x"}, Command: name}}}); err != nil {
		t.Fatal(err)
	}
	return stream
}

// go-plugin's Shutdown cuts the connections at once.
func TestACallCleansUpBeforeShutdownEndsThePlugin(t *testing.T) {
	t.Parallel()
	p := start(t)
	mark := p.atWork(t, "slow")
	_ = p.host.Invoke(t.Context(), "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{}) // its answer may be cut off too
	p.ended(t)
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("the hook could not clean up: %v", err)
	}
	if left, err := os.ReadDir(p.sockets); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestACallThatHeedsNothingDoesNotKeepThePlugin(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.command(t, "deaf")
	if _, err := p.client.Describe(t.Context(), &pluginv1.DescribeRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := p.lifeline.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, took := p.ended(t); took > time.Second {
		t.Errorf("ended %s after its host", took)
	}
}

// A host that was killed has closed the log before the plugin has noticed.
func TestALogThatNobodyReadsDoesNotKillThePlugin(t *testing.T) {
	t.Parallel()
	p := start(t)
	if err := p.errs.Close(); err != nil {
		t.Fatal(err)
	}
	// A process that another test is just starting may hold the pipe for a moment.
	end := lastResult(t, p.command(t, "print"))
	for end.GetExitCode() == 0 {
		end = lastResult(t, p.command(t, "print"))
	}
	if code(end) != sdk.CodeFailed {
		t.Errorf("got %v", end)
	}
	if err := p.lifeline.Close(); err != nil {
		t.Fatal(err)
	}
	p.ended(t)
	if _, err := os.Stat(p.sockets); !os.IsNotExist(err) {
		t.Errorf("the directory of its socket is still there: %v", err)
	}
}

func TestSIGTERMEndsThePluginAndRemovesItsSocket(t *testing.T) {
	t.Parallel()
	p := start(t)
	if _, err := p.client.Describe(t.Context(), &pluginv1.DescribeRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ended(t)
	if _, err := os.Stat(p.sockets); !os.IsNotExist(err) {
		t.Errorf("the directory of its socket is still there: %v", err)
	}
}

func TestNothingThatIsPrintedIsLostOrHasMeaning(t *testing.T) {
	t.Parallel()
	p := start(t)
	if end := lastResult(t, p.command(t, "print")); end.GetExitCode() != 0 {
		t.Errorf("print ended with %v", end)
	}
	run := &pluginv1.Run{Id: "x", Endpoints: map[string]string{"box": "here:1"}}
	if _, err := p.client.Probe(t.Context(), &pluginv1.ProbeRequest{Run: run, Service: "box"}); err != nil {
		t.Fatal(err)
	}
	if err := p.lifeline.Close(); err != nil {
		t.Fatal(err)
	}
	out, errs, _ := p.ended(t)
	if len(out) > 0 {
		t.Errorf("stdout after the handshake: %q", out)
	}
	written, probed := bytes.Contains(errs, []byte("stray\n")), false
	for line := range bytes.Lines(errs) {
		var entry map[string]any
		if json.Unmarshal(line, &entry) == nil && entry["@message"] == "probed" {
			probed = entry["@level"] == "info" && entry["@module"] == "box" && entry["at"] == "here:1"
		}
	}
	if !written || !probed {
		t.Errorf("stderr: %s", errs)
	}
}

func TestDescribePrintsTheManifest(t *testing.T) {
	t.Parallel()
	describe := func() []byte {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "describe")
		cmd.Env = []string{"TEST_PLUGIN=1"}
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := describe()
	var answer pluginv1.DescribeResponse
	if err := protojson.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(answer.GetManifest(), sdk.ToManifest(fixture())) {
		t.Errorf("got %s", out)
	}
	if again := describe(); !bytes.Equal(again, out) {
		t.Errorf("first %s, then %s", out, again)
	}
}

func TestAPluginStartedByHandSaysWhatItIs(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{"TEST_PLUGIN=1"}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || len(out) > 0 {
		t.Errorf("ended with %v and %q", err, out)
	}
	if !strings.HasPrefix(errs.String(), "box is a plugin of Spellbook: ") || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("said %q", errs.String())
	}
}
