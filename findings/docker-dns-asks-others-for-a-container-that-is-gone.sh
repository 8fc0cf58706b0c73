#!/usr/bin/env bash
# Docker's DNS hands a name without dots on to the name servers behind it once the container that had it is stopped: whoever has it there gets the connections.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian dnsmasq=dnsmasq-base

# It needs a Docker engine of this machine: one image, one network and two containers of it, all of this name, and a name server on that network.
name=finding-$$-$RANDOM
remove() {
	docker rm --force "$name-db" >/dev/null
	kill "$(cat dns)"
	docker network rm "$name" >/dev/null
	docker image rm "$name:1" >/dev/null
}

mkdir ask root
cat >ask/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	if len(os.Args) == 1 {
		time.Sleep(time.Hour)
	}
	got, err := (&net.Resolver{PreferGo: true}).LookupIPAddr(context.Background(), os.Args[1])
	if err != nil {
		fmt.Println("unknown")
		return
	}
	fmt.Println(got[0].String())
}
GO
CGO_ENABLED=0 go build -o root/ask ask/main.go
tar -cf image.tar -C root ask
docker import image.tar "$name:1" >/dev/null
docker network create "$name" >/dev/null
gateway=$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' "$name")
dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --listen-address="$gateway" --bind-interfaces --port=53 --pid-file="$dir/dns" --host-record=db,192.0.2.7
docker run --detach --name "$name-db" --network "$name" --network-alias db "$name:1" /ask >/dev/null
ask() { docker run --rm --network "$name" --dns "$gateway" "$name:1" /ask "$1"; }

version "Docker engine $(docker version --format '{{.Server.Version}}')"
guess "a name without dots in a network of the user's is a container's or nobody's"
seen "db, while the container runs" "the container" \
	"$([ "$(ask db)" = "$(docker inspect -f "{{(index .NetworkSettings.Networks \"$name\").IPAddress}}" "$name-db")" ] && echo the container)"
docker stop --time 0 "$name-db" >/dev/null
seen "db, once the container is stopped" 192.0.2.7 "$(ask db)"
matters "in a company whose DNS has a host of that name, an application whose database is down signs in to that one, with its password;
          and who goes on asking for containers that are gone, as a proxy does, asks the world"
