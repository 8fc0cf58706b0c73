#!/usr/bin/env bash
# testcontainers-go: a file that is copied in without FileMode has mode 0, and links of a directory stay behind; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
image=finding-$$-$RANDOM
export IMAGE=$image TESTCONTAINERS_RYUK_DISABLED=true
remove() { docker rm -f "$image" >/dev/null 2>&1; docker rmi -f "$image" >/dev/null 2>&1; }
shell_image "$image"
mkdir conf conf/conf.d
echo a >conf/app.conf
echo b >conf/conf.d/b.conf
ln -s app.conf conf/current.conf
printf '#!/bin/sh\n' >conf/run
chmod 755 conf conf/conf.d conf/run
chmod 644 conf/app.conf conf/conf.d/b.conf

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/exec"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	server, err := testcontainers.Run(ctx, os.Getenv("IMAGE"), testcontainers.WithName(os.Getenv("IMAGE")),
		testcontainers.WithCmd("sleep", "1000"),
		testcontainers.WithFiles(
			testcontainers.ContainerFile{HostFilePath: "conf/app.conf", ContainerFilePath: "/etc/app.conf"},
			testcontainers.ContainerFile{HostFilePath: "conf", ContainerFilePath: "/etc/conf", FileMode: 0o644},
		))
	check(err)
	for _, command := range []string{"cat /etc/app.conf", "cat /etc/conf/conf.d/b.conf"} {
		_, out, err := server.Exec(ctx, []string{"sh", "-c", command}, exec.WithUser("1000"), exec.Multiplexed())
		check(err)
		text, err := io.ReadAll(out)
		check(err)
		fmt.Print(command, " as user 1000: ", string(text))
	}
	_, out, err := server.Exec(ctx, []string{"sh", "-c", "cd /etc; find app.conf conf | sort | xargs stat -c '%a %n'"}, exec.Multiplexed())
	check(err)
	text, err := io.ReadAll(out)
	check(err)
	fmt.Print(string(text))
	check(testcontainers.TerminateContainer(server))
}
GO

go_build github.com/testcontainers/testcontainers-go@v0.45.0
guess "the mode is \"optional\": without it that of the file here, as with docker cp; and a directory is copied as it is, links too"
seen "app.conf (644) without FileMode; a directory with FileMode 0644 of two files, a script (755), a link and a directory" "cat /etc/app.conf as user 1000: cat: can't open '/etc/app.conf': Permission denied
cat /etc/conf/conf.d/b.conf as user 1000: cat: can't open '/etc/conf/conf.d/b.conf': Permission denied
0 app.conf
644 conf
644 conf/app.conf
644 conf/conf.d
644 conf/conf.d/b.conf
644 conf/run" "$(./program 2>said)"
matters "the image's user (postgres, redis, nginx) cannot read its configuration, which root can: entrypoints that begin as root go on and the
          server fails later; one mode for a directory makes its scripts plain files or its files programs, and current.conf is missing"
