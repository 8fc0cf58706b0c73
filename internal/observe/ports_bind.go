package observe

import (
	"errors"
	"net"
	"strconv"
	"strings"
)

// bind is the outcome of trying to listen.
type bind int

const (
	bindFree bind = iota // or unknown: the engine may do what we may not
	bindTaken
	bindNoAddress
)

// tryBind listens for an instant, on both families where every address is
// meant, as the engine will.
func tryBind(ip string, port uint16, proto string) bind {
	hosts := []string{ip}
	if ip == "" {
		hosts = []string{"0.0.0.0", "::"}
	}
	for _, host := range hosts {
		if b := outcome(listen(network(host, proto), net.JoinHostPort(host, strconv.Itoa(int(port))))); b == bindTaken || len(hosts) == 1 {
			return b
		}
	}
	return bindFree
}

func network(host, proto string) string {
	if strings.Contains(host, ":") {
		return proto + "6"
	}
	return proto + "4"
}

func listen(network, address string) error {
	if strings.HasPrefix(network, "udp") {
		conn, err := net.ListenPacket(network, address)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	l, err := net.Listen(network, address)
	if err == nil {
		_ = l.Close()
	}
	return err
}

func outcome(err error) bind {
	switch {
	case err == nil:
		return bindFree
	case errors.Is(err, errInUse):
		return bindTaken
	case errors.Is(err, errNoAddress):
		return bindNoAddress
	}
	return bindFree
}

// Free reports whether nobody listens on a TCP port of this machine, on any of
// its addresses. Where that cannot be told it is taken for free.
func Free(port uint16) bool { return tryBind("", port, "tcp") == bindFree }
