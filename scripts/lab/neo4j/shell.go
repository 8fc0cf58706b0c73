package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// shell is cypher-shell: it runs the statements of its arguments, or of standard input, and prints
// their results as `--format plain` does.
func shell(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("cypher-shell", flag.ContinueOnError)
	user := flags.String("u", or(os.Getenv("NEO4J_USERNAME"), "neo4j"), "user")
	password := flags.String("p", os.Getenv("NEO4J_PASSWORD"), "password: better NEO4J_PASSWORD, which no process list shows")
	address := flags.String("a", or(os.Getenv("NEO4J_ADDRESS"), "bolt://localhost:7687"), "address")
	_ = flags.String("d", "neo4j", "database; there is only one here")
	_ = flags.String("format", "plain", "format; there is only one here")
	if err := flags.Parse(args); err != nil {
		return err
	}
	script := strings.Join(flags.Args(), " ")
	if script == "" {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		script = string(text)
	}

	c, err := dial(ctx, *address, map[string]any{"scheme": "basic", "principal": *user, "credentials": *password})
	if err != nil {
		return err
	}
	defer c.close()
	for _, statement := range statements(script) {
		if err := c.print(stdout, statement); err != nil {
			return err
		}
	}
	return nil
}

// client is a signed-in connection.
type client struct {
	conn
	close func()
}

func dial(ctx context.Context, address string, token map[string]any) (client, error) {
	_, host, found := strings.Cut(address, "://")
	if !found {
		host = address
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "7687")
	}
	stream, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", host)
	if err != nil {
		return client{}, fmt.Errorf("connect to %s: %w", host, err)
	}
	c := client{conn{stream}, func() { _ = stream.Close() }}
	if err := c.signIn(token); err != nil {
		c.close()
		return client{}, err
	}
	return c, nil
}

func (c client) signIn(token map[string]any) error {
	if err := c.propose(); err != nil {
		return err
	}
	if _, err := c.call(msgHello, map[string]any{"user_agent": "cypher-shell/lab"}); err != nil {
		return err
	}
	_, err := c.call(msgLogon, token)
	return err
}

// print runs a statement and prints a line of column names and a line for every row.
func (c client) print(w io.Writer, statement string) error {
	head, err := c.call(msgRun, statement, map[string]any{}, map[string]any{})
	if err != nil {
		return err
	}
	columns, _ := head["fields"].([]any)
	if _, err := fmt.Fprintln(w, row(columns, "%v")); err != nil {
		return err
	}
	if err := c.send(msgPull, map[string]any{"n": int64(-1)}); err != nil {
		return err
	}
	for {
		m, err := c.receive()
		if err != nil {
			return err
		}
		if m.tag != msgRecord {
			_, err := outcome(m)
			return err
		}
		values, _ := field[[]any](m, 0)
		if _, err := fmt.Fprintln(w, row(values, "%#v")); err != nil {
			return err
		}
	}
}

// call sends a message that has one reply.
func (c client) call(tag byte, fields ...any) (map[string]any, error) {
	if err := c.send(tag, fields...); err != nil {
		return nil, err
	}
	reply, err := c.receive()
	if err != nil {
		return nil, err
	}
	return outcome(reply)
}

func outcome(m structure) (map[string]any, error) {
	metadata, _ := field[map[string]any](m, 0)
	switch m.tag {
	case msgSuccess:
		return metadata, nil
	case msgFailure:
		return nil, fmt.Errorf("%v", metadata["message"])
	}
	return nil, errors.New("the server ignored the request")
}

func row(values []any, format string) string {
	cells := make([]string, len(values))
	for i, value := range values {
		if cells[i] = "NULL"; value != nil {
			cells[i] = fmt.Sprintf(format, value)
		}
	}
	return strings.Join(cells, ", ")
}
