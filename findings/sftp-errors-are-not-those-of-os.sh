#!/usr/bin/env bash
# pkg/sftp: os.IsExist is never true, and RemoveAll of what is not there is an error.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

# OpenSSH's own server, spoken to by its standard input and output: no sshd is needed.
server=/usr/lib/openssh/sftp-server
debian "$server=openssh-sftp-server"

cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/pkg/sftp"
)

func main() {
	server := exec.Command(os.Args[1])
	in, _ := server.StdinPipe()
	out, _ := server.StdoutPipe()
	if err := server.Start(); err != nil {
		panic(err)
	}
	remote, err := sftp.NewClientPipe(out, in)
	if err != nil {
		panic(err)
	}
	const exclusive = os.O_CREATE | os.O_EXCL | os.O_WRONLY
	for range 2 {
		_, err = remote.OpenFile(os.Args[2]+"/lock", exclusive)
	}
	fmt.Println("second O_EXCL:", err, os.IsExist(err))
	_, err = os.OpenFile(os.Args[2]+"/lock", exclusive, 0o600)
	fmt.Println("of os:", os.IsExist(err))

	_ = remote.Mkdir(os.Args[2] + "/release")
	err = remote.Mkdir(os.Args[2] + "/release")
	fmt.Println("second Mkdir:", err, os.IsExist(err))

	fmt.Println("RemoveAll of nothing:", remote.RemoveAll(os.Args[2]+"/nothing"))
	fmt.Println("of os:", os.RemoveAll(os.Args[2]+"/nothing"))
}
GO

go_build github.com/pkg/sftp@v1.13.12
version "openssh-sftp-server $(dpkg-query -W -f '${Version}' openssh-sftp-server)"
guess "the functions that are named as those of package os fail as they do: IsExist is true, RemoveAll of nothing is nil"
seen "the program" 'second O_EXCL: sftp: "Failure" (SSH_FX_FAILURE) false
of os: true
second Mkdir: sftp: "Failure" (SSH_FX_FAILURE) false
RemoveAll of nothing: file does not exist
of os: <nil>' "$(mkdir there && ./program "$server" "$dir/there")"
matters "a lock file or a release's directory on a server: 'somebody has it' looks the same as 'the disk is full', so code that waits
          for a lock waits for the wrong thing, and clean-up that may be repeated fails the second time"
