package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The messages of Bolt that are spoken here: https://neo4j.com/docs/bolt/current/bolt/message/
const (
	msgHello     = 0x01
	msgGoodbye   = 0x02
	msgReset     = 0x0F
	msgRun       = 0x10
	msgBegin     = 0x11
	msgCommit    = 0x12
	msgRollback  = 0x13
	msgDiscard   = 0x2F
	msgPull      = 0x3F
	msgTelemetry = 0x54
	msgRoute     = 0x66
	msgLogon     = 0x6A
	msgLogoff    = 0x6B
	msgSuccess   = 0x70
	msgRecord    = 0x71
	msgIgnored   = 0x7E
	msgFailure   = 0x7F
)

const longestMessage = 1 << 20 // bytes

var magic = []byte{0x60, 0x60, 0xB0, 0x17}

// spoken are the versions of Bolt understood here, as major and highest minor.
var spoken = map[byte]byte{5: 4, 4: 4}

// conn speaks whole Bolt messages over a stream.
type conn struct{ io.ReadWriter }

// accept is the server's side of the handshake: it picks the first proposal that is spoken here.
func (c conn) accept() (major, minor byte, err error) {
	var hello [20]byte
	if _, err := io.ReadFull(c, hello[:]); err != nil {
		return 0, 0, err
	}
	if !bytes.Equal(hello[:4], magic) {
		return 0, 0, errors.New("this is not Bolt")
	}
	for p := hello[4:]; len(p) > 0; p = p[4:] {
		span, highest, major := p[1], p[2], p[3]
		best, known := spoken[major]
		if minor := min(highest, best); known && minor+span >= highest {
			_, err := c.Write([]byte{0, 0, minor, major})
			return major, minor, err
		}
	}
	_, _ = c.Write([]byte{0, 0, 0, 0})
	return 0, 0, errors.New("no version of Bolt in common")
}

// propose is the client's side of the handshake, for Bolt 5.1 to 5.4.
func (c conn) propose() error {
	if _, err := c.Write(append(magic[:4:4], 0, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)); err != nil {
		return err
	}
	var chosen [4]byte
	if _, err := io.ReadFull(c, chosen[:]); err != nil {
		return err
	}
	if chosen[3] != 5 || chosen[2] < 1 {
		return fmt.Errorf("the server speaks Bolt %d.%d", chosen[3], chosen[2])
	}
	return nil
}

// send writes a message in chunks of at most 64 KiB, and the empty one that ends it.
func (c conn) send(tag byte, fields ...any) error {
	message := encode(nil, structure{tag, fields})
	var out []byte
	for len(message) > 0 {
		n := min(len(message), 0xFFFF)
		out = append(binary.BigEndian.AppendUint16(out, uint16(n)), message[:n]...)
		message = message[n:]
	}
	_, err := c.Write(append(out, 0, 0))
	return err
}

func (c conn) receive() (structure, error) {
	var message []byte
	for {
		var head [2]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return structure{}, err
		}
		size := int(binary.BigEndian.Uint16(head[:]))
		switch {
		case size == 0 && len(message) == 0:
			continue // a keep-alive
		case size == 0:
			return parse(message)
		case len(message)+size > longestMessage:
			return structure{}, errors.New("the message is too long")
		}
		chunk := make([]byte, size)
		if _, err := io.ReadFull(c, chunk); err != nil {
			return structure{}, err
		}
		message = append(message, chunk...)
	}
}

func parse(message []byte) (structure, error) {
	value, _, err := decode(message, 0)
	if err != nil {
		return structure{}, err
	}
	s, ok := value.(structure)
	if !ok {
		return structure{}, errMalformed
	}
	return s, nil
}
