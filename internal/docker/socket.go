package docker

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// Socket is one line of /proc/net/tcp, udp and their v6 forms.
type Socket struct {
	Addr  netip.AddrPort // the local address
	State string         // the kernel's number in hex
	Inode uint64
}

// States of proc(5), which are those of the kernel's net/tcp_states.h.
const (
	stateListen = "0A"
	stateBound  = "07" // of UDP
)

// Waits reports whether the socket takes what others send.
func (s Socket) Waits() bool { return s.State == stateListen || s.State == stateBound }

// Sockets reads such a table; lines it does not understand are left out. The
// columns are slot, local, remote, state, queues, timer, retransmits, uid,
// time-out, inode. Source: proc(5).
func Sockets(table string) []Socket {
	var list []Socket
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 10 {
			continue
		}
		addr, ok := socketAddr(f[1])
		inode, err := strconv.ParseUint(f[9], 10, 64)
		if ok && err == nil {
			list = append(list, Socket{Addr: addr, State: f[3], Inode: inode})
		}
	}
	return list
}

// socketAddr reads "0100007F:1538": 32-bit words in the machine's own order,
// little-endian on all that
// Docker runs on but s390x, and a port in plain hex.
func socketAddr(text string) (netip.AddrPort, bool) {
	words, port, found := strings.Cut(text, ":")
	raw, err := hex.DecodeString(words)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if !found || err != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.LittleEndian.Uint32(raw[i:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok
}
