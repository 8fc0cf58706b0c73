package process

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/go-plugin"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// maxHandshake is the longest first line, in bytes: a certificate has its place
// in it.
const maxHandshake = 16 << 10

// judge finds what is wrong with a handshake, before go-plugin reads it: its
// errors have no codes, and it would connect to whatever address it is told.
//
//	CORE|VERSION|NETWORK|ADDRESS|PROTOCOL|CERTIFICATE[|…]
func judge(line, dir string, mtls bool) *verdict {
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 {
		return &verdict{BadHandshake, "its first line on stdout is no handshake: " + quote([]byte(line))}
	}
	if bad := judgeVersions(parts[0], parts[1]); bad != nil {
		return bad
	}
	if parts[4] != string(plugin.ProtocolGRPC) {
		return &verdict{BadHandshake, fmt.Sprintf("it speaks %q, not gRPC", cut(clean(parts[4]), 40))}
	}
	// go-plugin takes what is longer than 50 bytes for a certificate, and has no
	// place to put it without TLS.
	if certificate := len(parts) > 5 && len(parts[5]) > 50; certificate && !mtls {
		return &verdict{BadHandshake, "it answers with a certificate that nobody asked for"}
	}
	return judgeAddress(parts[2], parts[3], dir, mtls)
}

func judgeVersions(core, version string) *verdict {
	c, err := strconv.Atoi(core)
	v, err2 := strconv.Atoi(version)
	switch {
	case err != nil || err2 != nil:
		return &verdict{BadHandshake, fmt.Sprintf("its handshake has no versions: %q", cut(clean(core+"|"+version), 40))}
	case c != plugin.CoreProtocolVersion:
		return &verdict{APIVersion, fmt.Sprintf("it speaks version %d of go-plugin's protocol, this Spellbook %d", c, plugin.CoreProtocolVersion)}
	case v != pluginv1.ProtocolVersion:
		return &verdict{APIVersion, fmt.Sprintf("it speaks version %d of the plugin protocol, this Spellbook %d", v, pluginv1.ProtocolVersion)}
	}
	return nil
}

// judgeAddress lets the host connect to the private directory, or to this
// machine where TLS keeps others out.
func judgeAddress(network, address, dir string, mtls bool) *verdict {
	switch network {
	case "unix":
		if filepath.Dir(filepath.Clean(address)) == dir {
			return nil
		}
		return &verdict{BadHandshake, "it listens outside its socket directory"}
	case "tcp":
		at, err := netip.ParseAddrPort(address)
		switch {
		case err != nil || !at.Addr().IsLoopback():
			return &verdict{BadHandshake, "it listens on an address that is not this machine's own"}
		case !mtls:
			return &verdict{BadHandshake, "it listens on TCP without TLS, where any user can call it"}
		}
		return nil
	}
	return &verdict{BadHandshake, fmt.Sprintf("it listens on an unknown network %q", cut(clean(network), 40))}
}

func quote(line []byte) string { return strconv.Quote(cut(clean(strings.TrimSpace(string(line))), 60)) }
