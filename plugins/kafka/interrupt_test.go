package main

import (
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"google.golang.org/grpc"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// session is a command that somebody types to and reads from.
type session struct {
	t      *testing.T
	stream grpc.BidiStreamingClient[pluginv1.InvokeRequest, pluginv1.InvokeResponse]
}

func (b broker) begin(line string) session {
	b.t.Helper()
	stream, err := sdktest.Serve(b.t, plugin()).Invoke(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	typed := parse(line)
	s := session{b.t, stream}
	s.send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: &pluginv1.Start{
		Run:     &pluginv1.Run{Id: b.t.Name(), Endpoints: b.values().Endpoints},
		Command: typed.Command, Arguments: typed.Arguments, Flags: typed.Flags,
	}}})
	return s
}

func (s session) send(m *pluginv1.InvokeRequest) {
	s.t.Helper()
	if err := s.stream.Send(m); err != nil {
		s.t.Fatal(err)
	}
}

func (s session) line(text string) {
	s.send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Stdin{Stdin: []byte(text + "\n")}})
}

func (s session) interrupt() {
	s.send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Signal{Signal: 2}})
}

// read waits until the output has the text; event by event, so it ends with the test.
func (s session) read(text string) {
	s.t.Helper()
	for got := ""; !strings.Contains(got, text); {
		m, err := s.stream.Recv()
		if err != nil {
			s.t.Fatalf("%v while waiting for %q, after %q", err, text, got)
		}
		if r := m.GetEvent().GetResult(); r != nil {
			s.t.Fatalf("it ended with %v while waiting for %q, after %q", r, text, got)
		}
		got += string(m.GetEvent().GetOutput().GetData())
	}
}

// end is how it ended.
func (s session) end() *pluginv1.Result {
	s.t.Helper()
	for {
		m, err := s.stream.Recv()
		if err != nil {
			s.t.Fatal(err)
		}
		if r := m.GetEvent().GetResult(); r != nil {
			return r
		}
	}
}

func TestTailPrintsWhatComesUntilItIsInterrupted(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(2, "orders"))
	b.write("orders", "before")
	s := b.begin("tail orders")
	s.read("reading orders from its end\n")
	b.write("orders", "first")
	s.read("first\n")
	b.write("orders", "second")
	s.read("second\n")
	s.interrupt()
	if got := s.end().GetExitCode(); got != 130 {
		t.Errorf("after Ctrl-C the exit code is %d", got)
	}
}

func TestTailOutlivesARestartOfItsBroker(t *testing.T) {
	directory := t.TempDir()
	first, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(directory), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	b := broker{t, first.ListenAddrs()[0]}
	s := b.begin("tail orders")
	s.read("reading orders from its end\n")
	b.write("orders", "before")
	s.read("before\n")
	first.Close()
	// The endpoint stays, as a published port does.
	second := startBroker(t, kfake.DataDir(directory), kfake.ListenFn(func(network, _ string) (net.Listener, error) { return net.Listen(network, b.at) }))
	second.write("orders", "after")
	s.read("after\n")
	s.interrupt()
	if got := s.end().GetExitCode(); got != 130 {
		t.Errorf("after Ctrl-C the exit code is %d", got)
	}
}

func TestTailEndsWhenItsTopicIsDeleted(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	s := b.begin("tail orders")
	s.read("reading orders from its end\n")
	wants(t, b.run("delete orders -yes"), 0, "topic orders with 0 messages deleted\n", "")
	got := s.end()
	if got.GetExitCode() != 1 || len(got.GetDiagnostics()) != 1 || !strings.HasPrefix(got.GetDiagnostics()[0].GetCode(), "UNKNOWN_TOPIC") {
		t.Errorf("it ends with %v", got)
	}
}

func TestWhatWasTypedBeforeAnInterruptIsWritten(t *testing.T) {
	b := startBroker(t, kfake.SeedTopics(1, "orders"))
	reader := b.begin("tail orders")
	reader.read("reading orders from its end\n")
	s := b.begin("produce orders")
	s.line("one")
	reader.read("one\n")
	s.interrupt()
	s.read("1 message written to orders\n")
	if got := s.end().GetExitCode(); got != 130 {
		t.Errorf("after Ctrl-C the exit code is %d", got)
	}
	reader.interrupt()
	reader.end()
}
