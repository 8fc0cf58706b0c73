package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// largest is the limit of a message that a broker has as well (socket.request.max.bytes).
const largest = 100 << 20

// asked are the requests of a connection whose answers name the broker's address, by correlation id.
type asked struct {
	mu   sync.Mutex
	kind map[int32]kmsg.Response
}

// relay copies frames between a client and the broker. kfake knows one address only, but which one a
// client is told depends on the listener it came in by: the answers that name it are rewritten here.
func relay(client, broker net.Conn, advertised string) {
	answers := &asked{kind: map[int32]kmsg.Response{}}
	var once sync.Once
	end := func() {
		_ = client.Close()
		_ = broker.Close()
	}
	go func() {
		defer once.Do(end)
		copyFrames(broker, client, answers.note)
	}()
	defer once.Do(end)
	copyFrames(client, broker, func(frame []byte) ([]byte, error) { return answers.rewrite(frame, advertised) })
}

// copyFrames hands frames from one side to the other, as edit returns them, until one side is gone.
func copyFrames(to io.Writer, from io.Reader, edit func([]byte) ([]byte, error)) {
	for {
		var size [4]byte
		if _, err := io.ReadFull(from, size[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(size[:])
		if n > largest {
			return
		}
		frame := make([]byte, n)
		if _, err := io.ReadFull(from, frame); err != nil {
			return
		}
		frame, err := edit(frame)
		if err != nil {
			return
		}
		whole := binary.BigEndian.AppendUint32(make([]byte, 0, len(frame)+4), uint32(len(frame)))
		if _, err := to.Write(append(whole, frame...)); err != nil {
			return
		}
	}
}

// note remembers a request whose answer is to be rewritten: key, version and id begin every frame.
func (a *asked) note(frame []byte) ([]byte, error) {
	if len(frame) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	key, version := int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
	if kmsg.RequestForKey(key) == nil {
		return nil, fmt.Errorf("no request has key %d", key) // kfake would panic
	}
	switch kmsg.Key(key) {
	case kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster:
		answer := kmsg.ResponseForKey(key)
		answer.SetVersion(version)
		a.mu.Lock()
		a.kind[int32(binary.BigEndian.Uint32(frame[4:]))] = answer
		a.mu.Unlock()
	}
	return frame, nil
}

// rewrite puts the advertised address into an answer that names the broker's.
func (a *asked) rewrite(frame []byte, advertised string) ([]byte, error) {
	if len(frame) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	id := int32(binary.BigEndian.Uint32(frame))
	a.mu.Lock()
	answer := a.kind[id]
	delete(a.kind, id)
	a.mu.Unlock()
	if answer == nil {
		return frame, nil
	}
	head := 4
	if answer.IsFlexible() {
		head++ // an empty list of tags
	}
	if len(frame) < head {
		return nil, io.ErrUnexpectedEOF
	}
	if err := answer.ReadFrom(frame[head:]); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if err := readdress(answer, advertised); err != nil {
		return nil, err
	}
	return answer.AppendTo(frame[:head:head]), nil
}

func readdress(answer kmsg.Response, advertised string) error {
	host, text, err := net.SplitHostPort(advertised)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return err
	}
	port := int32(n)
	switch r := answer.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = host, port
		}
	case *kmsg.DescribeClusterResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = host, port
		}
	case *kmsg.FindCoordinatorResponse:
		r.Host, r.Port = host, port
		for i := range r.Coordinators {
			r.Coordinators[i].Host, r.Coordinators[i].Port = host, port
		}
	}
	return nil
}
