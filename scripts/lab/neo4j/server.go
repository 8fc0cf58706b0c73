package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// version is the Neo4j that the stand-in claims to be to drivers.
const version = "5.26.0"

// serve answers on both ports until ctx ends.
func serve(ctx context.Context, users auth, httpAddress, boltAddress string) error {
	bolt, err := net.Listen("tcp", boltAddress)
	if err != nil {
		return fmt.Errorf("listen for Bolt: %w", err)
	}
	web, err := net.Listen("tcp", httpAddress)
	if err != nil {
		return fmt.Errorf("listen for HTTP: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = bolt.Close(); _ = web.Close() })()
	server := http.Server{Handler: http.HandlerFunc(discover), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(web) }()

	fmt.Println("Bolt enabled on", bolt.Addr())
	fmt.Println("HTTP enabled on", web.Addr())
	fmt.Println("Started.")
	for {
		c, err := bolt.Accept()
		if errors.Is(err, net.ErrClosed) {
			fmt.Println("Stopped.")
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept Bolt: %w", err)
		}
		go func() {
			defer func() { _ = c.Close() }()
			_ = (&session{conn: conn{c}, users: users}).run()
		}()
	}
}

// discover is the document that clients find the Bolt port with.
func discover(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = or(r.Host, "localhost")
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"bolt_routing":"neo4j://%[1]s:7687","bolt_direct":"bolt://%[1]s:7687",`+
		`"neo4j_version":%[2]q,"neo4j_edition":"community","lab":"stand-in"}`+"\n", host, version)
}

// session is one client's connection.
type session struct {
	conn
	users    auth
	signedIn bool
	failed   bool  // everything is ignored until the client resets
	result   []any // the row that waits for PULL
}

func (s *session) run() error {
	major, minor, err := s.accept()
	if err != nil {
		return err
	}
	logonFollows := major == 5 && minor >= 1 // before that, HELLO carries the password
	for {
		message, err := s.receive()
		if err != nil {
			return err
		}
		if err := s.handle(message, logonFollows); err != nil {
			return err
		}
	}
}

func (s *session) handle(m structure, logonFollows bool) error {
	switch {
	case m.tag == msgGoodbye:
		return io.EOF
	case m.tag == msgReset:
		s.failed, s.result = false, nil
		return s.succeed(nil)
	case s.failed:
		return s.send(msgIgnored)
	case m.tag == msgHello && logonFollows:
		return s.succeed(map[string]any{"server": "Neo4j/" + version, "connection_id": "bolt-lab", "hints": map[string]any{}})
	case m.tag == msgHello || m.tag == msgLogon:
		return s.signIn(m)
	case !s.signedIn:
		return s.fail("Neo.ClientError.Security.Unauthorized", "Sign in first.")
	}
	return s.work(m)
}

func (s *session) work(m structure) error {
	switch m.tag {
	case msgRun:
		return s.query(m)
	case msgPull:
		if s.result != nil {
			if err := s.send(msgRecord, s.result); err != nil {
				return err
			}
		}
		fallthrough
	case msgDiscard:
		s.result = nil
		return s.succeed(map[string]any{"type": "r", "db": "neo4j"})
	case msgRoute:
		return s.fail("Neo.ClientError.Procedure.ProcedureNotFound", "No routing here: connect with bolt:// instead of neo4j://.")
	case msgLogoff:
		s.signedIn = false
		fallthrough
	case msgBegin, msgCommit, msgRollback, msgTelemetry:
		return s.succeed(nil)
	}
	return s.fail("Neo.ClientError.Request.Invalid", fmt.Sprintf("Unknown message 0x%02X.", m.tag))
}

func (s *session) signIn(m structure) error {
	token, _ := field[map[string]any](m, 0)
	if s.signedIn = s.users.accepts(token); s.signedIn {
		return s.succeed(map[string]any{"server": "Neo4j/" + version, "connection_id": "bolt-lab"})
	}
	return s.fail("Neo.ClientError.Security.Unauthorized", "The client is unauthorized due to authentication failure.")
}

func (s *session) query(m structure) error {
	query, _ := field[string](m, 0)
	parameters, _ := field[map[string]any](m, 1)
	column, value, err := answer(query, parameters)
	if err != nil {
		return s.fail("Neo.ClientError.Statement.SyntaxError", err.Error())
	}
	s.result = []any{value}
	return s.succeed(map[string]any{"fields": []any{column}, "t_first": int64(0)})
}

func (s *session) succeed(metadata map[string]any) error {
	return s.send(msgSuccess, metadata)
}

func (s *session) fail(code, message string) error {
	s.failed = true
	return s.send(msgFailure, map[string]any{"code": code, "message": message})
}

// field returns a message's nth field when it is there and of that type.
func field[T any](m structure, n int) (value T, ok bool) {
	if n < len(m.fields) {
		value, ok = m.fields[n].(T)
	}
	return value, ok
}
