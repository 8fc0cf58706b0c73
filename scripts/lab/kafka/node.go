package main

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
)

// node is a running broker with all its listeners.
type node struct {
	cluster *kfake.Cluster
	doors   []net.Listener // in the order of the settings
}

// start listens on every address of the settings and serves one kfake behind all of them.
func start(s settings) (*node, error) {
	n := &node{}
	broker := &funnel{connections: make(chan net.Conn), closed: make(chan struct{})}
	for _, l := range s.listeners {
		door, err := net.Listen("tcp", l.address)
		if err != nil {
			n.shut()
			return nil, fmt.Errorf("listen for %s: %w", l.name, err)
		}
		n.doors = append(n.doors, door)
	}
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.ClusterID(s.cluster), kfake.DefaultNumPartitions(s.partitions),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return broker, nil })}
	if s.autoCreate {
		opts = append(opts, kfake.AllowAutoTopicCreation())
	}
	if s.directory != "" {
		opts = append(opts, kfake.DataDir(s.directory))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		n.shut()
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	n.cluster = cluster
	for i, door := range n.doors {
		go broker.admit(door, s.listeners[i].advertised)
	}
	return n, nil
}

// close ends all connections, and writes down what has to outlive the process.
func (n *node) close() {
	n.shut()
	n.cluster.Close()
}

func (n *node) shut() {
	for _, door := range n.doors {
		_ = door.Close()
	}
}

// funnel is the one listener that kfake knows; connections reach it from all the real ones.
type funnel struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

// admit hands on every connection of door, with a relay in between that tells the client the advertised
// address.
func (f *funnel) admit(door net.Listener, advertised string) {
	for {
		client, err := door.Accept()
		if err != nil {
			return
		}
		near, far := net.Pipe()
		select {
		case f.connections <- far:
			go relay(client, near, advertised)
		case <-f.closed:
			_ = client.Close()
			return
		}
	}
}

// Accept waits for a connection of any listener.
func (f *funnel) Accept() (net.Conn, error) {
	select {
	case c := <-f.connections:
		return c, nil
	case <-f.closed:
		return nil, net.ErrClosed
	}
}

// Close makes Accept return.
func (f *funnel) Close() error {
	err := errors.New("closed already")
	f.once.Do(func() { close(f.closed); err = nil })
	return err
}

// Addr is what kfake writes into its answers; the relay writes over it.
func (f *funnel) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
