package deploy

import (
	"context"

	"github.com/infinitescribe/spellbook/internal/command/remote"
	"github.com/infinitescribe/spellbook/magefiles/internal/target"
)

// Logs shows the logs of the release that serves and of the infrastructure, the gateway included, in one order of time.
func (Deploy) Logs(ctx context.Context,
	env string, // the environment
	services *string, // only these, comma separated
	follow *bool, // go on with what is logged from now on, until Ctrl-C
	tail *int, // how many lines of each container, -1 for all (100, or all with -since)
	since *string, // only what is younger: 10m, or 2026-01-31T15:04:05
	grep *string, // only lines that match a regular expression
	release *string, // only of this release; what was kept, where its containers are gone
	json *bool, // a JSON object a line on standard output
) error {
	return target.Exit(remote.Logs(ctx, target.Run(), remote.LogsOptions{Env: env, Release: target.Value(release),
		LogFlags: remote.LogFlags{Services: target.List(services), Follow: target.Value(follow), Tail: tail, Since: target.Value(since), Grep: target.Value(grep), JSON: target.Value(json)}}))
}

// Exec runs a shell line in a service's container on the server: mage deploy:exec dev postgres "ls /".
func (Deploy) Exec(ctx context.Context, env, service, command string) error {
	return target.Exit(remote.Exec(ctx, target.Run(), env, service, command))
}

// Shell opens a shell in a service's container on the server: mage deploy:shell dev postgres.
func (Deploy) Shell(ctx context.Context, env, service string) error {
	return target.Exit(remote.Shell(ctx, target.Run(), env, service))
}

// Forward makes the server's databases reachable on free ports of this machine until Ctrl-C: mage deploy:forward dev postgres,redis.
func (Deploy) Forward(ctx context.Context,
	env string, // the environment
	services string, // which, comma separated; SERVICE:PORT where its port is not known
	envfile *string, // write the variables for code on this machine to this file instead of printing them
) error {
	return target.Exit(remote.Forward(ctx, target.Run(), remote.ForwardOptions{Env: env, Services: target.List(&services), EnvFile: target.Value(envfile)}))
}

// Env says how the server's variables differ from those of the environment's file, and with -pull writes them there.
func (Deploy) Env(ctx context.Context,
	env string, // the environment
	pull *bool, // write the server's variables to env/.env.ENV
	yes *bool, // do not ask
	json *bool, // a document of what differs
) error {
	return remote.Env(ctx, target.Run(), remote.EnvOptions{Env: env, Pull: target.Value(pull), Yes: target.Value(yes), JSON: target.Value(json)})
}

// Ssh opens your own ssh to the server, in the project's directory there.
func (Deploy) Ssh(ctx context.Context, //nolint:revive // Mage would call SSH deploy:sSH
	env string, // the environment
) error {
	return target.Exit(remote.SSH(ctx, target.Run(), env))
}
