package health

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// hello opens a Bolt connection: the magic bytes, and the versions that are
// offered, each as {0, how many minors below, minor, major}: 5.0 to 5.8, 4.2
// to 4.4. https://neo4j.com/docs/bolt/current/bolt/handshake/
var hello = []byte{0x60, 0x60, 0xB0, 0x17, 0, 8, 8, 5, 0, 2, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0}

// Bolt shakes hands with the Neo4j at an address (host:port). That needs no
// password, so health holds none.
func Bolt(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("connect to Neo4j: %w", err)
		}
		defer func() { _ = conn.Close() }()
		// A context that ends makes the connection's reads and writes return.
		defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
		if err := shake(conn); err != nil {
			return fmt.Errorf("shake hands with Neo4j: %w", errors.Join(err, ctx.Err()))
		}
		return nil
	}
}

func shake(conn io.ReadWriter) error {
	if _, err := conn.Write(hello); err != nil {
		return err
	}
	var chosen [4]byte
	if _, err := io.ReadFull(conn, chosen[:]); err != nil {
		return err
	}
	switch major := chosen[3]; {
	case bytes.Equal(chosen[:], []byte("HTTP")):
		return errors.New("this is an HTTP port")
	case major != 4 && major != 5:
		return fmt.Errorf("no version of Bolt in common: it answered % x", chosen)
	}
	return nil
}
