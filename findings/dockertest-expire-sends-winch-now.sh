#!/usr/bin/env bash
# dockertest: Expire sends the container SIGWINCH now, and every container of dockertest has that as its stop signal; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
name=finding-$$-$RANDOM
export NAME=$name
remove() { docker rm -fv "$name" >/dev/null 2>&1; docker rmi -f "$name" >/dev/null 2>&1; }
shell_image "$name"

cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

// server does on WINCH what Apache and nginx do: it serves no more requests.
const server = `trap 'echo TERM: shutting down; exit 0' TERM; trap 'echo WINCH: no more requests; touch /told' WINCH
touch /serving; while :; do sleep 0.1; done`

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	pool, err := dockertest.NewPool("")
	check(err)
	resource, err := pool.RunWithOptions(&dockertest.RunOptions{Name: os.Getenv("NAME"), Repository: os.Getenv("NAME"), Cmd: []string{"sh", "-c", server}})
	check(err)
	wait := func(file string) {
		for code := 1; code != 0; {
			code, err = resource.Exec([]string{"test", "-e", file}, dockertest.ExecOptions{})
			check(err)
			time.Sleep(100 * time.Millisecond)
		}
	}
	wait("/serving")
	began := time.Now()
	check(resource.Expire(20))
	wait("/told")
	fmt.Println("told within a few seconds of Expire(20):", time.Since(began) < 10*time.Second)
	code, err := pool.Client.WaitContainer(resource.Container.ID)
	check(err)
	fmt.Println("exit code", code)
	var out bytes.Buffer
	check(pool.Client.Logs(docker.LogsOptions{Container: resource.Container.ID, OutputStream: &out, Stdout: true}))
	fmt.Println(strings.TrimSpace(out.String()))
	check(pool.Purge(resource))
}
GO

go_build github.com/ory/dockertest/v3@v3.12.0
guess "nothing happens for 20 seconds, then the container is killed: the manual says that Expire tells Docker to kill it then"
seen "a server that says which signal it was sent, and Expire(20)" 'told within a few seconds of Expire(20): true
exit code 137
WINCH: no more requests' "$(./program)"
matters "Apache and nginx stop their workers on WINCH, so that a container with Expire(120) serves nothing from the first second on; and the
          image's own stop signal is gone for docker stop too: it waits its ten seconds, then kills, whatever had to be flushed"
