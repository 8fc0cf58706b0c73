package sdk_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func values() sdk.Values {
	return sdk.Values{
		Config:    map[string]string{"BOX_PORT": "7001", "OTHER": "not declared"},
		Secrets:   map[string]string{"BOX_PASSWORD": "open"},
		Endpoints: map[string]string{"box": "127.0.0.1:7001"},
	}
}

func TestTheManifestHasWhatTheValueHas(t *testing.T) {
	t.Parallel()
	answer, err := sdktest.Serve(t, fixture()).Describe(t.Context(), &pluginv1.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if want := sdk.ToManifest(fixture()); !proto.Equal(answer.GetManifest(), want) {
		t.Errorf("got %v, want %v", answer.GetManifest(), want)
	}
	if got := answer.GetManifest().GetCapabilities(); !slices.Equal(got, []string{"validate", "probe", "hooks", "commands", "backup"}) {
		t.Errorf("capabilities %q", got)
	}
	flags := answer.GetManifest().GetCommands()[0].GetFlags()
	if flags[0].GetType() != pluginv1.FlagType_FLAG_TYPE_INT || flags[3].GetType() != pluginv1.FlagType_FLAG_TYPE_STRING {
		t.Errorf("flags %v", flags)
	}
}

func TestAPluginSeesDeclaredValuesAndDefaultsOnly(t *testing.T) {
	t.Parallel()
	answer, err := sdktest.Serve(t, fixture()).Validate(t.Context(), &pluginv1.ValidateRequest{
		Config: map[string]string{"BOX_IMAGE": "", "BOX_PASSWORD": "leaked"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := answer.GetDiagnostics()
	if len(d) != 1 || d[0].GetSummary() != "box:1" || d[0].GetSeverity() != pluginv1.Severity_SEVERITY_WARNING {
		t.Errorf("got %v", d)
	}
}

func TestAPanicIsADiagnosticAndThePluginLivesOn(t *testing.T) {
	t.Parallel()
	client := sdktest.Serve(t, fixture())
	answer, err := client.Validate(t.Context(), &pluginv1.ValidateRequest{Config: map[string]string{"BOX_PORT": "1"}})
	if err != nil || len(answer.GetDiagnostics()) != 1 || answer.GetDiagnostics()[0].GetCode() != sdk.CodePanic {
		t.Errorf("got %v, %v", answer, err)
	}
	if _, err := client.Render(t.Context(), &pluginv1.RenderRequest{}); err != nil {
		t.Error(err)
	}
	end, err := sdktest.Command(t.Context(), t, fixture(), sdktest.Typed{Command: "panic"}, values())
	wantCode(t, end, err, 1, sdk.CodePanic)
}

func TestProbeSaysReadyNotYetOrFatal(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]struct {
		readiness pluginv1.Readiness
		text      string
	}{
		"":      {pluginv1.Readiness_READINESS_READY, "at 127.0.0.1:7001 with open"},
		"slow":  {pluginv1.Readiness_READINESS_NOT_YET, "context deadline exceeded"},
		"deaf":  {pluginv1.Readiness_READINESS_NOT_YET, "no answer in time"},
		"empty": {pluginv1.Readiness_READINESS_NOT_YET, "no reason given"},
		"bad":   {pluginv1.Readiness_READINESS_FATAL, "BAD_BOX"},
		"panic": {pluginv1.Readiness_READINESS_FATAL, "PANIC"},
	} {
		t.Run(image, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			if image == "slow" || image == "deaf" { // these end with the call's time
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 2*time.Second)
				defer cancel()
			}
			v := values()
			v.Config["BOX_IMAGE"] = image
			answer, err := sdktest.Probe(ctx, t, fixture(), "box", v)
			if err != nil {
				t.Fatal(err)
			}
			text := answer.GetDetail() + answer.GetReason() + answer.GetDiagnostic().GetCode()
			if answer.GetReadiness() != want.readiness || !strings.Contains(text, want.text) {
				t.Errorf("got %v", answer)
			}
		})
	}
}

func TestWhatThePluginDoesNotHaveIsSaidInACode(t *testing.T) {
	t.Parallel()
	bare := sdk.Plugin{Name: "bare", Version: "1.0.0", Services: []sdk.Service{{Name: "bare"}}, Fragment: "services: {bare: {image: x}}"}
	for name, test := range map[string]struct {
		plugin sdk.Plugin
		want   codes.Code
	}{"no capability": {bare, codes.Unimplemented}, "no such name": {fixture(), codes.NotFound}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sdktest.Probe(t.Context(), t, test.plugin, "nothing", values())
			wantStatus(t, err, test.want)
			_, err = sdktest.Command(t.Context(), t, test.plugin, sdktest.Typed{Command: "nothing"}, values())
			wantStatus(t, err, test.want)
			_, err = sdktest.Hook(t.Context(), t, test.plugin, pluginv1.Phase_PHASE_PRE_UP, values())
			wantStatus(t, err, test.want)
		})
	}
	_, err := sdktest.Serve(t, bare).Validate(t.Context(), &pluginv1.ValidateRequest{})
	wantStatus(t, err, codes.Unimplemented)
	_, err = sdktest.Serve(t, fixture()).Probe(t.Context(), &pluginv1.ProbeRequest{Service: "box"})
	wantStatus(t, err, codes.InvalidArgument)
	_, err = sdktest.Serve(t, fixture()).Cancel(t.Context(), &pluginv1.CancelRequest{})
	wantStatus(t, err, codes.InvalidArgument)
}

func wantStatus(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if status.Code(err) != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

func wantCode(t *testing.T, end sdktest.Ended, err error, exit int, code string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if end.Code != exit || len(end.Diagnostics) != 1 || end.Diagnostics[0].GetCode() != code {
		t.Errorf("got exit code %d and %v, want %d and %s", end.Code, end.Diagnostics, exit, code)
	}
}

func TestAHookTellsWhatBecameOfThings(t *testing.T) {
	t.Parallel()
	end, err := sdktest.Hook(t.Context(), t, fixture(), pluginv1.Phase_PHASE_POST_READY, values())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"created thing one\uFFFD", "existed thing two", "updated thing three", "deleted thing four"}
	if got := end.Resources(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if p := end.All()[0].GetProgress(); p.GetText() != "making" || p.GetDone() != 1 || p.GetTotal() != 2 {
		t.Errorf("progress %v", p)
	}
	end, err = sdktest.Hook(t.Context(), t, fixture(), pluginv1.Phase_PHASE_POST_READY, sdk.Values{})
	wantCode(t, end, err, 1, "ENDPOINT_NOT_PUBLISHED")
}

func TestACommandGetsWhatWasTyped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flags map[string]string
		want  string
	}{
		"defaults": {nil, "hello 2 false 1s you false false 80"},
		"given":    {map[string]string{"times": "3", "loud": "true", "wait": "2m", "to": ""}, "hello 3 true 2m0s  true true 80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end, err := sdktest.Command(t.Context(), t, fixture(), sdktest.Typed{Command: "say", Arguments: []string{"hello"}, Flags: test.flags, Width: 80}, values())
			if err != nil || end.Code != 0 {
				t.Fatalf("exit code %d: %v", end.Code, err)
			}
			if end.Stdout() != test.want || end.Stderr() != "said" || !slices.Equal(end.Logs(), []string{"WARN saying"}) {
				t.Errorf("got %q, %q, %q", end.Stdout(), end.Stderr(), end.Logs())
			}
		})
	}
}

func TestACommandLineThatDoesNotFitRunsNothing(t *testing.T) {
	t.Parallel()
	for code, typed := range map[string]sdktest.Typed{
		"WRONG_ARGUMENTS": {Command: "say"},
		"UNKNOWN_FLAG":    {Command: "say", Arguments: []string{"x"}, Flags: map[string]string{"no": "1"}},
		"BAD_FLAG":        {Command: "say", Arguments: []string{"x"}, Flags: map[string]string{"times": "many"}},
	} {
		end, err := sdktest.Command(t.Context(), t, fixture(), typed, values())
		wantCode(t, end, err, 2, code)
		if end.Stdout() != "" {
			t.Errorf("%s: ran", code)
		}
	}
}

func TestInputOutputAndExitCodes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcdef", 100_000) // more than a piece of output may have
	end, err := sdktest.Command(t.Context(), t, fixture(), sdktest.Typed{Command: "cat", Stdin: long}, values())
	if err != nil || end.Stdout() != long {
		t.Errorf("%d bytes came back of %d: %v", len(end.Stdout()), len(long), err)
	}
	end, err = sdktest.Command(t.Context(), t, fixture(), sdktest.Typed{Command: "exit"}, values())
	if err != nil || end.Code != 7 || len(end.Diagnostics) != 0 {
		t.Errorf("exit code %d, %v, %v", end.Code, end.Diagnostics, err)
	}
}

func TestADeadlineEndsACallThatHeedsNothing(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"tail", "deaf"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		end, err := sdktest.Command(ctx, t, fixture(), sdktest.Typed{Command: command}, values())
		cancel()
		wantCode(t, end, err, 124, sdk.CodeDeadline)
	}
}

func TestACommandThatOnlyWritesEndsWithItsCall(t *testing.T) {
	t.Parallel()
	stream, err := sdktest.Serve(t, fixture()).Invoke(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run := &pluginv1.Run{Id: "one", Deadline: timestamppb.New(time.Now().Add(200 * time.Millisecond))}
	if err := stream.Send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: &pluginv1.Start{Run: run, Command: "flood"}}}); err != nil {
		t.Fatal(err)
	}
	if last := lastResult(t, stream); code(last) != sdk.CodeDeadline {
		t.Errorf("got %v", last)
	}
	if err := <-flooded; err == nil {
		t.Error("it wrote, and nobody was there")
	}
}

func TestSignalsAndCancelEndACall(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command string
		end     func(pluginv1.PluginServiceClient, pluginv1.PluginService_InvokeClient) error
		code    int
	}{
		"interrupt": {"tail", signal(2), 130},
		"terminate": {"tail", signal(15), 143},
		"cancel":    {"tail", cancelRun, 130},
		"deaf":      {"deaf", cancelRun, 130},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := sdktest.Serve(t, fixture())
			stream, err := client.Invoke(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			start := &pluginv1.Start{Run: &pluginv1.Run{Id: "one"}, Command: test.command}
			if err := stream.Send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Start{Start: start}}); err != nil {
				t.Fatal(err)
			}
			if test.command == "tail" {
				if _, err := stream.Recv(); err != nil { // it is at work
					t.Fatal(err)
				}
			}
			if err := test.end(client, stream); err != nil {
				t.Fatal(err)
			}
			last := lastResult(t, stream)
			if int(last.GetExitCode()) != test.code || code(last) != sdk.CodeCancelled {
				t.Errorf("got %v", last)
			}
		})
	}
}

func signal(n int32) func(pluginv1.PluginServiceClient, pluginv1.PluginService_InvokeClient) error {
	return func(_ pluginv1.PluginServiceClient, s pluginv1.PluginService_InvokeClient) error {
		return s.Send(&pluginv1.InvokeRequest{Kind: &pluginv1.InvokeRequest_Signal{Signal: n}})
	}
}

// cancelRun cancels until the answer is there: the command may not have begun
// when the first Cancel comes.
func cancelRun(c pluginv1.PluginServiceClient, s pluginv1.PluginService_InvokeClient) error {
	go func() {
		for s.Context().Err() == nil {
			_, _ = c.Cancel(s.Context(), &pluginv1.CancelRequest{RunId: "one", Grace: durationpb.New(10 * time.Millisecond)})
		}
	}()
	return nil
}

// code is that of the first diagnostic, "" without one.
func code(r *pluginv1.Result) string {
	if len(r.GetDiagnostics()) == 0 {
		return ""
	}
	return r.GetDiagnostics()[0].GetCode()
}

func lastResult(t *testing.T, s pluginv1.PluginService_InvokeClient) (last *pluginv1.Result) {
	t.Helper()
	for {
		m, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return last
		}
		if err != nil {
			t.Fatal(err)
		}
		last = m.GetEvent().GetResult()
	}
}

func TestABackupListsItsFilesAndRestoreReadsThem(t *testing.T) {
	t.Parallel()
	client, dir := sdktest.Serve(t, fixture()), t.TempDir()
	backup, err := client.Backup(t.Context(), &pluginv1.BackupRequest{Run: &pluginv1.Run{Id: "b"}, Directory: dir})
	if err != nil {
		t.Fatal(err)
	}
	m, err := backup.Recv()
	if err != nil {
		t.Fatal(err)
	}
	files := m.GetEvent().GetResult().GetFiles()
	if len(files) != 1 || files[0].GetPath() != "sub/a" || files[0].GetSize() != 1 || files[0].GetSha256() != "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" {
		t.Errorf("files %v", files)
	}
	restore, err := client.Restore(t.Context(), &pluginv1.RestoreRequest{Run: &pluginv1.Run{Id: "r"}, Directory: dir})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := restore.Recv(); err != nil || r.GetEvent().GetResource().GetName() != "a" {
		t.Errorf("got %v, %v", r, err)
	}
	bad, err := client.Backup(t.Context(), &pluginv1.BackupRequest{Run: &pluginv1.Run{Id: "b"}, Directory: "relative"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := bad.Recv(); err != nil || code(r.GetEvent().GetResult()) != "NO_DIRECTORY" {
		t.Errorf("got %v, %v", r, err)
	}
}
