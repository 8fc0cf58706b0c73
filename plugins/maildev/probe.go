package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// probe wants both doors open: the API, and SMTP with its greeting.
func probe(ctx context.Context, run *sdk.Run) sdk.Status {
	list, err := messages(ctx, run)
	if err == nil {
		err = greeted(ctx, run)
	}
	if err != nil {
		return sdk.NotYet(err)
	}
	if len(list) == 1 {
		return sdk.Ready("1 message")
	}
	return sdk.Ready("%d messages", len(list))
}

// greeted reads the line that an SMTP server begins with, RFC 5321 3.1, and
// takes its leave.
func greeted(ctx context.Context, run *sdk.Run) error {
	at, err := run.Endpoint(smtpName)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = conn.Close() }()
	if limit, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(limit); err != nil {
			return unreachable(err)
		}
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return unreachable(fmt.Errorf("no SMTP greeting: %w", err))
	}
	if !strings.HasPrefix(line, "220") {
		return unreachable(fmt.Errorf("the SMTP greeting is %q", strings.TrimSpace(line)))
	}
	_, err = conn.Write([]byte("QUIT\r\n"))
	return err
}
