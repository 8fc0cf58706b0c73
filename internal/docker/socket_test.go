package docker

import (
	"testing"
)

const tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 41234 1 0000000000000000 100 0 0 10 0
   1: 00000000:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41235 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1538 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000   999        0 41236 1 0000000000000000 20 4 30 10 -1
`

const tcp6Table = `   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1
   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6 1
   2: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1
`

func TestSocketsAreReadFromTheKernelsTable(t *testing.T) {
	var got string
	for _, s := range Sockets(tcpTable + tcp6Table) {
		got += s.Addr.String() + " " + s.State + "\n"
	}
	const want = `127.0.0.1:5432 0A
0.0.0.0:6379 0A
127.0.0.1:5432 01
[::1]:8080 0A
127.0.0.1:8081 0A
[::]:8082 0A
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLoopbackCountsOnlyOnTheHostsNetwork(t *testing.T) {
	for port, want := range map[uint16][2]bool{
		5432: {false, true}, 6379: {true, true}, 8080: {false, true}, 8081: {false, true}, 8082: {true, true}, 9: {false, false},
	} {
		for i, loopback := range []bool{false, true} {
			if got := len(listening(tcpTable+tcp6Table, []uint16{port}, loopback)) > 0; got != want[i] {
				t.Errorf("port %d, loopback %v: got %v", port, loopback, got)
			}
		}
	}
}

func FuzzSockets(f *testing.F) {
	f.Add(tcpTable)
	f.Add(tcp6Table)
	f.Add("0: 00:00 00:00 0A 0 0 0 0 0 1\n")
	f.Fuzz(func(t *testing.T, table string) {
		for _, s := range Sockets(table) {
			if !s.Addr.Addr().IsValid() {
				t.Errorf("no address in %q", table)
			}
		}
	})
}
