#!/usr/bin/env bash
# BuildKit: an ARG overrides the ENV before it, though ENV "always" wins, and a stage has the ARGs of the one that it is made from.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
touch of-env of-arg of-default
# copied LINE… is what COPY of-$X copies after these lines, with X=arg given.
copied() {
	# shellcheck disable=SC2016 # BuildKit expands it
	printf '%s\n' "$@" 'COPY of-$X /found/' >Dockerfile
	docker buildx build -q --build-arg X=arg -o type=tar,dest=built . >/dev/null 2>log || { tail -n 3 log; return; }
	tar -tf built | grep -o 'of-.*'
}
version "engine $(docker version --format '{{.Server.Version}}')"
guess "ENV always overrides an ARG of its name, as Docker's reference says; a child stage has the parent's ENV and not its ARG"
seen "COPY of-\$X with --build-arg X=arg" 'ARG, then ENV: of-env
ENV, then ARG: of-arg
ENV of the parent, ARG: of-arg
ARG of the parent: of-arg' "ARG, then ENV: $(copied 'FROM scratch' 'ARG X=default' 'ENV X=env')
ENV, then ARG: $(copied 'FROM scratch' 'ENV X=env' 'ARG X=default')
ENV of the parent, ARG: $(copied 'FROM scratch AS p' 'ENV X=env' 'FROM p' 'ARG X')
ARG of the parent: $(copied 'FROM scratch AS p' 'ARG X' 'FROM p')"
matters "what an image or a parent stage sets in ENV, a build argument of that name replaces: a path or a URL that seems fixed is whatever was given"
