package process

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAHandshakeIsJudged(t *testing.T) {
	t.Parallel()
	certificate := strings.Repeat("A", 200)
	for _, c := range []struct {
		line string
		mtls bool
		want Code
	}{
		{"1|1|unix|/tmp/sb-1/plugin2|grpc", false, ""},
		{"1|1|unix|/tmp/sb-1/plugin2|grpc|", false, ""},
		{"1|1|unix|/tmp/sb-1/plugin2|grpc|" + certificate + "|true", true, ""},
		{"1|1|tcp|127.0.0.1:10000|grpc", true, ""},
		{"1|1|tcp|[::1]:10000|grpc", true, ""},
		{"1|1|tcp|127.0.0.1:10000|grpc", false, BadHandshake},
		{"1|1|tcp|10.0.0.1:10000|grpc", true, BadHandshake},
		{"1|1|tcp|example.com:80|grpc", true, BadHandshake},
		{"1|1|unix|/tmp/sb-1/../plugin2|grpc", false, BadHandshake},
		{"1|1|unix|/tmp/sb-1/x/plugin2|grpc", false, BadHandshake},
		{"1|1|unix|plugin2|grpc", false, BadHandshake},
		{"1|1|unix|/tmp/sb-1/plugin2|grpc|" + certificate, false, BadHandshake},
		{"1|1|vsock|3:1|grpc", true, BadHandshake},
		{"1|1|unix|/tmp/sb-1/plugin2", false, BadHandshake},
		{"1|1|unix|/tmp/sb-1/plugin2|netrpc", false, BadHandshake},
		{"1|one|unix|/tmp/sb-1/plugin2|grpc", false, BadHandshake},
		{"", false, BadHandshake},
		{"1|2|unix|/tmp/sb-1/plugin2|grpc", false, APIVersion},
		{"2|1|unix|/tmp/sb-1/plugin2|grpc", false, APIVersion},
	} {
		var got Code
		if bad := judge(c.line+"\n", "/tmp/sb-1", c.mtls); bad != nil {
			got = bad.code
		}
		if got != c.want {
			t.Errorf("%q with mTLS %v: %q, want %q", c.line, c.mtls, got, c.want)
		}
	}
}

func TestLogLinesAreCutCleanedAndLevelled(t *testing.T) {
	t.Parallel()
	var got []string
	o := &output{log: func(level, message string, fields map[string]string) {
		got = append(got, fmt.Sprint(level, " ", len(message), " ", cut(message, 20), " ", fields))
	}}
	l := o.lines("info")
	long := strings.Repeat("x", 3*maxLine)
	for _, piece := range []string{
		"half", " a line\r\n\n", `{"@level":"error","@message":"gone","topic":"orders"}` + "\n", `{"@level":"loud","@message":"?"}` + "\n",
		`{"no":"message"}` + "\n", long, long + "\n", "\x1b[31mred\x1b[0m\n", "panic: no\n", "goroutine 1\n", "never ended",
	} {
		if n, err := l.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	want := []string{
		"info 11 half a line map[]", "error 4 gone map[topic:orders]", "info 1 ? map[]", `info 16 {"no":"message"} map[]`,
		"info 65536 xxxxxxxxxxxxxxxxxxxx… map[]", "info 10 [31mred[0m map[]", "error 9 panic: no map[]", "error 11 goroutine 1 map[]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if cap(l.buffer) > 4*maxLine {
		t.Errorf("it keeps %d bytes", cap(l.buffer))
	}
}

func TestAPluginMayWriteMuchButNotOnAndOn(t *testing.T) {
	t.Parallel()
	o, now := &output{}, time.Unix(0, 0)
	for range 100 {
		if !o.allow(floodRate, now) {
			t.Fatal("the rate is too much")
		}
		now = now.Add(time.Second)
	}
	if !o.allow(floodBurst-floodRate, now) {
		t.Error("a burst is too much")
	}
	if o.allow(floodRate+1, now) {
		t.Error("there is no end")
	}
}

func TestTheErrorIsOneLine(t *testing.T) {
	t.Parallel()
	e := &Error{Plugin: "kafka", Phase: "hook post_ready", Summary: "no answer within 10s", Output: []string{"secret"}}
	if got, want := e.Error(), `plugin "kafka", hook post_ready: no answer within 10s`; got != want {
		t.Errorf("got %s", got)
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("1|1|unix|/tmp/sb-1/plugin2|grpc|")
	f.Add("1|1|tcp|127.0.0.1:1|grpc")
	f.Fuzz(func(t *testing.T, line string) {
		if judge(line, "/tmp/sb-1", false) == nil && !strings.Contains(line, "|/tmp/sb-1/") {
			t.Errorf("%q is let in", line)
		}
	})
}

func TestOnlyTheDirectoriesOfDeadHostsAreRemoved(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for name, mode := range map[string]os.FileMode{"sb-dead": 0o700, "sb-held": 0o700, "sb-new": 0o700, "sb-open": 0o755, "other": 0o700} {
		path := filepath.Join(base, name)
		if err := os.Mkdir(path, mode); err != nil {
			t.Fatal(err)
		}
		if name != "sb-new" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	held, err := lockDir(filepath.Join(base, "sb-held"))
	if err != nil {
		t.Fatal(err)
	}
	removeStale(base, time.Now())
	entries, err := os.ReadDir(base)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"other", "sb-held", "sb-new", "sb-open"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	_ = held.Close()
}
