package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/gateway"
)

// said is a gateway that answers each command with what is said of it; nil says nothing, and closes nothing.
func said(answers map[string]string) gateway.Runtime {
	return gateway.Runtime{Dial: func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			command, err := bufio.NewReader(server).ReadString('\n')
			if err != nil || answers == nil {
				return
			}
			_, _ = io.WriteString(server, answers[strings.TrimSpace(command)])
			_ = server.Close()
		}()
		return client, nil
	}}
}

// Columns in another order than 2.6 has them, and some that it has not.
const (
	stats = "# pxname,svname,new,last_chk,check_code,check_status,scur,lastchg\n" +
		"api-80,FRONTEND,,,,,9,\n" +
		"api-80,a,,\"HTTP status, wrong\",500,* L7STS,3,61\n\n"
	servers = "1\n# be_id be_name srv_name srv_admin_state srv_op_state srv_fqdn srv_addr srv_port new\n" +
		"3 api-80 a 72 0 api-r1 10.0.0.9 8000 x\n" +
		"3 api-80 b 32 2 api-r2 - 8000 x\n" +
		"4 maintenance switch 0 2 - 192.0.2.1 1 x\n\n"
)

func TestStateIsReadByTheNamesOfColumns(t *testing.T) {
	got, err := said(map[string]string{"show stat": stats, "show servers state": servers}).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := gateway.ServerState{
		Backend: "api-80", Slot: "a", Name: "api-r1", IP: "10.0.0.9", Port: 8000, Draining: true,
		Check: "L7STS/500", Detail: "HTTP status, wrong", Sessions: 3, Since: 61 * time.Second,
	}
	if got.Slot("api-80", "a") != want {
		t.Errorf("%+v", got.Slot("api-80", "a"))
	}
	if b := got.Slot("api-80", "b"); b.Up || b.IP != "" || !b.Ready {
		t.Errorf("a name that is not resolved: %+v", b)
	}
	if !got.Maintenance {
		t.Error("maintenance is on")
	}
}

func TestAGatewayThatDoesNotAnswerIsLeftWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("interrupted")
	time.AfterFunc(time.Millisecond, func() { cancel(stop) })
	if _, err := said(nil).State(ctx); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func FuzzState(f *testing.F) {
	f.Add(stats, servers)
	f.Add("# ", "# ")
	f.Add("Unknown command\n", "")
	f.Fuzz(func(t *testing.T, stats, servers string) {
		state, err := said(map[string]string{"show stat": stats, "show servers state": servers}).State(t.Context())
		if err != nil {
			return
		}
		for _, s := range state.Servers {
			if s.Up && (s.IP == "" || !s.Ready && !s.Draining) {
				t.Errorf("%+v is up", s)
			}
		}
	})
}
