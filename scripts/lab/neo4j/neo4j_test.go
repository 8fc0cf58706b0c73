package main

import (
	"context"
	"net"
	"reflect"
	"strings"
	"testing"
)

func TestTheShellAndTheServerUnderstandEachOther(t *testing.T) {
	t.Setenv("NEO4J_USERNAME", "neo4j")
	t.Setenv("NEO4J_PASSWORD", "correct horse")
	address := "bolt://" + testServer(t, auth{"neo4j", "correct horse"})
	tests := []struct {
		name, script, want, wantErr string
		args                        []string
	}{
		{name: "a literal as an argument", args: []string{"RETURN 1"}, want: "1\n1\n"},
		{name: "a script on standard input", script: "RETURN 'a;b' AS x;\nRETURN 1000;", want: "x\n\"a;b\"\n1000\n1000\n"},
		{name: "a wrong password", args: []string{"-p", "wrong", "RETURN 1"}, wantErr: "unauthorized"},
		{name: "a query that needs a database", args: []string{"MATCH (n) RETURN n"}, wantErr: "stand-in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			err := shell(t.Context(), append([]string{"-a", address}, tt.args...), strings.NewReader(tt.script), &out)
			if tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Fatalf("shell: %v, want error %q", err, tt.wantErr)
			}
			if out.String() != tt.want {
				t.Errorf("printed %q, want %q", out.String(), tt.want)
			}
		})
	}
}

func TestAfterAFailureEverythingIsIgnoredUntilAReset(t *testing.T) {
	c, err := dial(t.Context(), testServer(t, auth{}), map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if _, err := c.call(msgRun, "nonsense", map[string]any{}, map[string]any{}); err == nil {
		t.Fatal("nonsense must fail")
	}
	if _, err := c.call(msgRun, "RETURN 1", map[string]any{}, map[string]any{}); err == nil || !strings.Contains(err.Error(), "ignored") {
		t.Fatalf("RUN after a failure: %v, want it ignored", err)
	}
	if _, err := c.call(msgReset); err != nil {
		t.Fatal(err)
	}
	if err := c.print(&strings.Builder{}, "RETURN 1"); err != nil {
		t.Fatal(err)
	}
}

func TestShortPasswordsAreRefusedAsByTheRealServer(t *testing.T) {
	if _, err := parseAuth("neo4j/short"); err == nil {
		t.Error("a password of 5 characters must be refused")
	}
	if a, err := parseAuth("neo4j/with/slashes/"); err != nil || a.password != "with/slashes/" {
		t.Errorf("parseAuth = %+v, %v", a, err)
	}
}

func FuzzDecodedValuesSurviveEncoding(f *testing.F) {
	f.Add(encode(nil, []any{nil, true, int64(-17), int64(1 << 40), 1.5, strings.Repeat("x", 300), map[string]any{"k": int64(1)}, structure{1, []any{}}}))
	f.Add([]byte{0xC8, 0x80})
	f.Add([]byte{0xD6, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		value, _, err := decode(b, 0)
		if err != nil {
			return
		}
		again, rest, err := decode(encode(nil, value), 0)
		if err != nil || len(rest) != 0 || !reflect.DeepEqual(value, again) && !strings.Contains(string(encode(nil, value)), "\xC1") { // NaN
			t.Errorf("%#v became %#v, %v", value, again, err)
		}
	})
}

// testServer serves Bolt on a free port until the test ends, and returns its address.
func testServer(t *testing.T, users auth) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, users, "127.0.0.1:0", address) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return address
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatal(err)
		default:
		}
	}
}
