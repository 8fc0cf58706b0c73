package gateway_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/gateway"
)

// A dialler tells its deadline in words of its own, and before ctx does.
func TestADeadlineWhileDiallingIsTheCallers(t *testing.T) {
	late := errors.New("the release is late")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, late)
	defer cancel()
	run := gateway.Runtime{Dial: func(context.Context) (net.Conn, error) {
		return (&net.Dialer{Deadline: time.Unix(1, 0)}).Dial("tcp", "127.0.0.1:1")
	}}
	if _, err := run.State(ctx); !errors.Is(err, late) {
		t.Errorf("got %v", err)
	}
}
