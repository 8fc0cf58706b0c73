// Package pluginv1 is the contract between Spellbook and its plugins as Go: what
// scripts/proto/gen.sh makes of plugin.proto, and the handshake of go-plugin
// that both sides must agree on. It imports gRPC and protobuf only.
package pluginv1

// The handshake. The cookie is no secret: it tells a host's start from a
// person's, who is told what the file is.
const (
	CookieKey   = "SPELLBOOK_PLUGIN"
	CookieValue = "spellbook.plugin.v1"
	// ProtocolVersion is go-plugin's, and the number in this package's name.
	ProtocolVersion = 1
	// SetName is the plugin's name in go-plugin's set.
	SetName = "plugin"
	// LifelineKey names the variable with the number of an inherited
	// descriptor, the read end of a pipe: at its end the host is gone, and the
	// plugin ends its calls, removes its socket and exits.
	LifelineKey = "SPELLBOOK_LIFELINE"
	// IdentityKey names the variable with the number of an inherited descriptor
	// that holds a certificate and its key in PEM, made by the host for this
	// process; go-plugin's PLUGIN_CLIENT_CERT is the host's. A plugin that does
	// not know it answers as go-plugin's AutoMTLS does.
	IdentityKey = "SPELLBOOK_TLS"
	// SocketDirKey names go-plugin's variable with the directory for the
	// plugin's socket.
	SocketDirKey = "PLUGIN_UNIX_SOCKET_DIR"
	// MaxMessage is the size in bytes of the largest message either way.
	MaxMessage = 64 << 20
	// MaxChunk is the size in bytes of the largest piece of output or input.
	MaxChunk = 1 << 20
)

// CodeCancelled is the code of a diagnostic of what the host, or a signal, ended.
const CodeCancelled = "CANCELLED"

// The capabilities of version 1.
const (
	CanValidate = "validate"
	CanProbe    = "probe"
	CanHooks    = "hooks"
	CanCommands = "commands"
	CanBackup   = "backup"
)
