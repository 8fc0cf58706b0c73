#!/usr/bin/env bash
# testcontainers-go's compose module: the shell's variables are always in force, WithOsEnv changes only whether WithEnv fails; needs an engine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
export TESTCONTAINERS_RYUK_DISABLED=true
name=finding-$$-$RANDOM
export NAME=$name
remove() {
	docker ps -aq --filter "label=com.docker.compose.project=$name" | xargs -r docker rm -f >/dev/null
	docker network rm "${name}_default" >/dev/null 2>&1
	docker rmi -f "$name" >/dev/null 2>&1
}
busybox_image "$name"
cat >compose.yaml <<YAML
services:
  web: {image: $name, command: [/busybox, sleep, "1000"], environment: ["TAG=\${TAG:-default}"]}
  extra: {image: $name, command: [/busybox, sleep, "1000"], profiles: [extra]}
YAML

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/testcontainers/testcontainers-go/modules/compose"
)

func try(what string, environment func(compose.ComposeStack) compose.ComposeStack) {
	ctx := context.Background()
	stack, err := compose.NewDockerComposeWith(compose.StackIdentifier(os.Getenv("NAME")), compose.WithStackFiles("compose.yaml"))
	if err != nil {
		panic(err)
	}
	if err := environment(stack).Up(ctx); err != nil {
		fmt.Println(what+":", err)
		return
	}
	web, err := stack.ServiceContainer(ctx, "web")
	if err != nil {
		panic(err)
	}
	inspect, err := web.Inspect(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(what+":", len(stack.Services()), "services,", strings.Join(inspect.Config.Env[:1], " "))
	if err := stack.Down(ctx, compose.RemoveOrphans(true)); err != nil {
		panic(err)
	}
}

func main() {
	env := map[string]string{"TAG": "test"}
	try("nothing", func(s compose.ComposeStack) compose.ComposeStack { return s })
	try("WithOsEnv", func(s compose.ComposeStack) compose.ComposeStack { return s.WithOsEnv() })
	try("WithEnv", func(s compose.ComposeStack) compose.ComposeStack { return s.WithEnv(env) })
	try("WithEnv, WithOsEnv", func(s compose.ComposeStack) compose.ComposeStack { return s.WithEnv(env).WithOsEnv() })
	try("WithOsEnv, WithEnv", func(s compose.ComposeStack) compose.ComposeStack { return s.WithOsEnv().WithEnv(env) })
}
GO

go_build github.com/testcontainers/testcontainers-go/modules/compose@v0.45.0
guess "without WithOsEnv the shell has no say, with it and WithEnv the test's value comes before the shell's"
seen "a shell with TAG=shell and COMPOSE_PROFILES=extra, WithEnv of TAG=test: how many services, and web's TAG" 'nothing: 2 services, TAG=shell
WithOsEnv: 2 services, TAG=shell
WithEnv: 2 services, TAG=test
WithEnv, WithOsEnv: 2 services, TAG=test
WithOsEnv, WithEnv: load project: environment with key TAG already set' \
	"$(TAG=shell COMPOSE_PROFILES=extra ./program 2>said)"
matters "a test is not apart from the shell that runs it: what a developer has exported, or a .env, starts other images and services than on CI;
          and WithOsEnv().WithEnv(…) fails on the machine that has the variable set, and only there"
