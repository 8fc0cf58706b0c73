package ssh

import "slices"

// Login is the command that opens a shell of whom it signs in as, in a directory of
// the server, or in the home directory where that is not there. It is the user's own ssh
// with its own questions; it ends with the shell's exit code, or 255 where there is
// no connection. With terminal the shell has one.
func Login(destination, dir string, terminal bool) ([]string, error) {
	target, err := parseDestination(destination)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(target, "-T"); terminal {
		target[i] = "-t"
	}
	shell := Quote("/bin/sh", "-c", `cd "$1" 2>/dev/null || echo "$1 is not there yet" >&2; exec "${SHELL:-/bin/sh}" -l`, "sh", dir)
	return append(append([]string{"ssh"}, target...), "exec "+shell), nil
}
