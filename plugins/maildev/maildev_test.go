package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/smtp"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// server runs the lab's server, and gives a client of the plugin with its
// endpoints.
func server(t *testing.T) sdk.Values {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "lab-maildev")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/infinitescribe/spellbook/scripts/lab/maildev").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "MAILDEV_WEB_PORT=0", "MAILDEV_SMTP_PORT=0")
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	var webPort, smtpPort int
	if _, err := fmt.Fscanf(out, "MailDev webapp running at http://localhost:%d/\nMailDev SMTP Server running at localhost:%d\n", &webPort, &smtpPort); err != nil {
		t.Fatalf("the server does not say where it listens: %v", err)
	}
	return sdk.Values{Endpoints: map[string]string{web: fmt.Sprintf("127.0.0.1:%d", webPort), smtpName: fmt.Sprintf("127.0.0.1:%d", smtpPort)}}
}

// version3 has the API of a server where MailDev 3 has it: below /api, and
// nowhere else.
func version3(t *testing.T, v sdk.Values) sdk.Values {
	t.Helper()
	inner := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: v.Endpoints[web]})
	}}
	mux := http.NewServeMux()
	mux.Handle("/api/", http.StripPrefix("/api", inner))
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	return sdk.Values{Endpoints: map[string]string{web: front.Listener.Addr().String(), smtpName: v.Endpoints[smtpName]}}
}

// nobody is an address that nothing listens on: TCPMUX's, which is not given to
// who asks for a free port.
const nobody = "127.0.0.1:1"

func run(t *testing.T, v sdk.Values, command string, flags map[string]string, arguments ...string) sdktest.Ended {
	t.Helper()
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: command, Arguments: arguments, Flags: flags}, v)
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// ready probes until the server is.
func ready(t *testing.T, v sdk.Values, detail string) {
	t.Helper()
	for ctx := t.Context(); ; {
		r, err := sdktest.Probe(ctx, t, plugin(), "maildev", v)
		if err != nil {
			t.Fatal(err)
		}
		if r.GetReadiness().String() == "READINESS_READY" {
			if r.GetDetail() != detail {
				t.Errorf("detail is %q, want %q", r.GetDetail(), detail)
			}
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal(r.GetReason())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestWhatIsSentIsInTheInbox(t *testing.T) {
	for name, of := range map[string]func(*testing.T, sdk.Values) sdk.Values{
		"version 2": func(_ *testing.T, v sdk.Values) sdk.Values { return v },
		"version 3": version3,
	} {
		t.Run(name, func(t *testing.T) { inboxOf(t, of(t, server(t))) })
	}
}

func inboxOf(t *testing.T, v sdk.Values) {
	t.Helper()
	ready(t, v, "0 messages")
	if out := run(t, v, "inbox", nil).Stdout(); out != "no messages: send some to smtp://"+v.Endpoints[smtpName]+"\n" {
		t.Errorf("an empty inbox is %q", out)
	}
	for _, to := range []string{"anna@example.org", "ben@example.org"} {
		text := "Subject: Hello\x1b[31m " + to + "\r\nFrom: app@example.org\r\n\r\nDear " + to + "\r\n"
		if err := smtp.SendMail(v.Endpoints[smtpName], nil, "app@example.org", []string{to}, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	ready(t, v, "2 messages")
	list := strings.Split(strings.TrimSpace(run(t, v, "inbox", nil).Stdout()), "\n")
	if len(list) != 3 || !strings.Contains(list[1], "ben@") || strings.Contains(list[1], "\x1b") {
		t.Fatalf("the inbox is %q", list)
	}
	if out := run(t, v, "inbox", map[string]string{"to": "anna"}).Stdout(); strings.Contains(out, "ben@") || !strings.Contains(out, "Hello[31m anna@") {
		t.Errorf("anna's is %q", out)
	}
	id := strings.Fields(list[1])[0]
	if out := run(t, v, "show", nil, id[:6]).Stdout(); !strings.Contains(out, "To:      ben@example.org\n") || !strings.HasSuffix(out, "\n\nDear ben@example.org\n") {
		t.Errorf("the message is %q", out)
	}
	if out := run(t, v, "clear", nil).Stderr(); out != "would delete 2 messages: mage maildev:clear -yes\n" {
		t.Errorf("clear says %q", out)
	}
	run(t, v, "clear", map[string]string{"yes": "true"})
	ready(t, v, "0 messages")
}

func TestMistakesHaveCodes(t *testing.T) {
	v := server(t)
	ready(t, v, "0 messages")
	closed := sdk.Values{Endpoints: map[string]string{web: nobody, smtpName: nobody}}
	for _, c := range []struct {
		values sdk.Values
		id     string
		code   string
	}{{v, "none", "UNKNOWN_MESSAGE"}, {closed, "none", "UNREACHABLE"}, {sdk.Values{}, "none", "ENDPOINT_NOT_PUBLISHED"}} {
		end := run(t, c.values, "show", nil, c.id)
		if end.Code == 0 || len(end.Diagnostics) != 1 || end.Diagnostics[0].GetCode() != c.code {
			t.Errorf("%s: code %d, %v", c.code, end.Code, end.Diagnostics)
		}
	}
}

func TestTheManifestIsSound(t *testing.T) {
	if found := sdk.Check(plugin()); len(found) > 0 {
		t.Error(found)
	}
}

// The header names some of those to whom a message was sent; MailDev lists the
// others as calculatedBcc.
func TestWhoseMessageItIsTheEnvelopeSays(t *testing.T) {
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`[{"id":"1","subject":"hidden","from":[{"address":"app@example.org"}],"to":[{"address":"anna@example.org"}],"calculatedBcc":[{"address":"ben@example.org"}]}]`))
	}))
	defer front.Close()
	v := sdk.Values{Endpoints: map[string]string{web: front.Listener.Addr().String()}}
	if out := run(t, v, "inbox", map[string]string{"to": "ben"}).Stdout(); !strings.Contains(out, "hidden") {
		t.Errorf("ben's is %q", out)
	}
	if out := run(t, v, "show", nil, "1").Stdout(); !strings.Contains(out, "To:      anna@example.org, ben@example.org\n") {
		t.Errorf("the message is %q", out)
	}
}
