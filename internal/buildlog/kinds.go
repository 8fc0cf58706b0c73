package buildlog

import (
	"strings"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

// buildKind is a kind of failure that only its words tell, with what to do.
type buildKind struct {
	name   string
	doing  *lazyregexp.Regexp // what BuildKit was at; nil is anything
	text   *lazyregexp.Regexp
	output bool // the words may be in the command's output as well
	line   bool // the first submatch is a line of the Dockerfile
	word   bool // it is a word of it
	reason string
	hint   string
	code   failure.Code
}

// within is where the kind's words are looked for. Those of a command are not
// looked at for what BuildKit says of itself.
func (k buildKind) within(f *Failure, text, first string) string {
	switch {
	case k.output:
		return text + "\n" + strings.Join(f.Output, "\n")
	case exitCode.MatchString(text):
		return text[strings.LastIndex(text, "exit code: "):]
	}
	return first
}

var (
	noBuildx      = lazyregexp.New(`^unknown shorthand flag: 'f' in -f|unknown command: docker buildx|'buildx' is not a docker command|^unknown flag: --progress`)
	atImage       = lazyregexp.New(`load metadata for |resolve image config for `)
	atPush        = lazyregexp.New(`^(?:\[\S+\] )?(?:pushing|exporting to image)`)
	atBoot        = lazyregexp.New(`internal\] booting buildkit`)
	atConnect     = lazyregexp.New(`internal\] waiting for connection`)
	otherPlatform = "for another platform: apt-get install qemu-user-static binfmt-support on the builder's machine, or FROM --platform=$BUILDPLATFORM for what only compiles"
	otherDrive    = "docker buildx create --use --driver docker-container makes a builder that can"
)

// buildKinds are looked through in this order.
var buildKinds = []buildKind{
	{name: "interrupted", text: lazyregexp.New(`^(?:Canceled: )?context canceled|: context canceled$`),
		reason: "the build was interrupted", hint: "run the same again: what was built is cached", code: failure.Interrupted},
	{name: "no space", output: true, text: lazyregexp.New(`(?i)no space left on device`),
		reason: "no space left on the builder's disk", hint: "docker system df shows what takes it, docker builder prune frees the build cache", code: failure.Preflight},
	{name: "killed", text: lazyregexp.New(`exit code: 137`),
		reason: "the command was killed (137): there may be too little memory", hint: "give the engine more memory, or build less at once", code: failure.Unexpected},
	{name: "another platform's program", output: true, text: lazyregexp.New(`exec format error`),
		reason: "the builder's machine runs no such program: exec format error", hint: otherPlatform, code: failure.Preflight},
	{name: "no buildx", text: noBuildx,
		reason: "the Docker CLI has no buildx", hint: "apt-get install docker-buildx-plugin, or see docs.docker.com/go/buildx", code: failure.Preflight},
	{name: "no engine", text: lazyregexp.New(`failed to connect to the docker API at (\S+);|Cannot connect to the Docker daemon at (\S+?)\.? Is`),
		reason: "no Docker engine answers at $1$2", hint: "docker version, then start the engine", code: failure.Preflight},
	{name: "builder does not start", doing: atBoot, text: lazyregexp.New(`(.*)`),
		reason: "the builder does not start: $1", hint: "docker buildx inspect --bootstrap, or docker buildx use default", code: failure.Preflight},
	{name: "builder does not answer", doing: atConnect, text: lazyregexp.New(`(.*)`),
		reason: "the builder does not answer: $1", hint: "docker buildx inspect --bootstrap, or docker buildx use default", code: failure.Preflight},
	{name: "no builder", text: lazyregexp.New(`no builder "(.+)" found`),
		reason: `there is no builder "$1"`, hint: "choose one of docker buildx ls, or unset BUILDX_BUILDER", code: failure.Preflight},
	{name: "no registry for an image", doing: atImage, text: lazyregexp.New(`lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout|Temporary failure)`),
		reason: "the builder does not have $doing, and finds no registry $1", hint: "is the image's name right? otherwise look at the builder's connection and DNS (mage env:lab on a machine without a registry)", code: failure.Preflight},
	{name: "no name", text: lazyregexp.New(`lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout|Temporary failure)`),
		reason: "no network: $1 has no address", hint: "look at the connection and the DNS of the builder, then run the same again", code: failure.Preflight},
	{name: "registry does not answer", text: lazyregexp.New(`failed to do request: \w+ "?https?://([^/"]+).*(?:connection refused|i/o timeout|handshake timeout|network is unreachable|no route to host|EOF)`),
		reason: "the registry $1 does not answer", hint: "curl https://$1/v2/ tells whether it is there", code: failure.Preflight},
	{name: "no rights to pull", doing: atImage, text: lazyregexp.New(`401 Unauthorized|403 Forbidden|pull access denied|authorization failed|no basic auth credentials|unauthorized`),
		reason: "the registry does not give $doing: it is not there, or you are not logged in", hint: "docker login, then docker pull $doing", code: failure.Preflight},
	{name: "no rights to push", doing: atPush, text: lazyregexp.New(`401 Unauthorized|403 Forbidden|unauthorized|denied|no basic auth credentials`),
		reason: "the registry does not take $doing: you may not push there", hint: "docker login at the registry, with an account that may push", code: failure.Preflight},
	{name: "no base image", doing: atImage, text: lazyregexp.New(`not found$|manifest unknown`),
		reason: "the image $doing is not there", hint: "docker pull $doing, or correct its name in the Dockerfile", code: failure.Preflight},
	{name: "no secret", text: lazyregexp.New(`secret (\S+?):? not found`),
		reason: "the Dockerfile needs the secret $1, and the build has none", hint: "add it to the service's build.secrets and to secrets: (file or environment)", code: failure.Preflight},
	{name: "no secret file", text: lazyregexp.New(`^failed to stat (\S+): .*no such file`),
		reason: "the file of a secret is not there: $1", hint: "create it, or correct secrets: in the Compose file", code: failure.Preflight},
	{name: "no ssh agent", text: lazyregexp.New(`invalid empty ssh agent socket`),
		reason: "the build wants the ssh agent, and none runs", hint: "eval $(ssh-agent) && ssh-add", code: failure.Preflight},
	{name: "no ssh key", text: lazyregexp.New(`failed to convert agent config for ID: "?(\S+?)"?: stat (\S+):`),
		reason: "the ssh key $1 is not there: $2", hint: "correct build.ssh in the Compose file", code: failure.Preflight},
	{name: "no file to copy", text: lazyregexp.New(`"/?([^"]*)"(?: not found)?: not found$`),
		reason: "$1 is not in the build context", hint: "correct COPY, or look whether .dockerignore leaves it out", code: failure.Preflight},
	{name: "bad Dockerfile", line: true, text: lazyregexp.New(`dockerfile parse error(?: on)? line (\d+): (.*)`),
		reason: "Dockerfile line $1: $2", hint: "correct line $1 of the Dockerfile", code: failure.Preflight},
	{name: "bad substitution", word: true, text: lazyregexp.New(`failed to process "(\$\{.+\})": (missing ':' in substitution|unsupported modifier .*)`),
		reason: "the Dockerfile's $1: $2", hint: "write ${NAME}, ${NAME:-default} or ${NAME:+other}", code: failure.Preflight},
	{name: "bad mount", word: true, text: lazyregexp.New(`unexpected key '\S+' in '([^']+)'`),
		reason: "the Dockerfile's $1 is no option", hint: "correct the --mount that has it", code: failure.Preflight},
	{name: "no stage", text: lazyregexp.New(`target stage "?(\S+?)"? could not be found`),
		reason: "the Dockerfile has no stage $1", hint: "correct build.target, or the name behind AS", code: failure.Preflight},
	{name: "no Dockerfile", text: lazyregexp.New(`failed to read dockerfile: open (?:\S*/)?([^\s/]+): no such file`),
		reason: "there is no $1 in the context", hint: "correct build.dockerfile in the Compose file", code: failure.Preflight},
	{name: "no context", text: lazyregexp.New(`unable to prepare context: path "(.+)" not found`),
		reason: "the build context is not there: $1", hint: "correct build.context in the Compose file", code: failure.Preflight},
	{name: "driver", text: lazyregexp.New(`^(Cache export|Attestation|Multi-platform build|OCI exporter|Docker exporter) is not supported for the (\S+) driver`),
		reason: "the builder of driver $2 cannot do this: $1", hint: otherDrive, code: failure.Preflight},
	{name: "platforms into the engine", text: lazyregexp.New(`docker exporter does not (?:currently )?support exporting manifest lists|multi-node push can't currently`),
		reason: "the engine holds an image of one platform only", hint: "-platform with one of them, or -push=REGISTRY with a builder of another driver: " + otherDrive, code: failure.Preflight},
	{name: "entitlement", text: lazyregexp.New(`granting entitlement (\S+) is not allowed|entitlement (\S+) is not allowed`),
		reason: "the builder does not allow $1$2", hint: "take it out of build.entitlements, or docker buildx create --use --buildkitd-flags '--allow-insecure-entitlement $1$2'", code: failure.Preflight},
	{name: "not allowed", text: lazyregexp.New(`additional privileges requested: pass "(.+)" to grant`),
		reason: "buildx wants to be allowed more: $1", hint: "this is for Spellbook to allow: please report it", code: failure.Unexpected},
	{name: "old BuildKit", text: lazyregexp.New(`unsupported frontend capability (\S+)|(.+) not supported by the current BuildKit daemon`),
		reason: "the builder is too old for this: $1$2", hint: "install Docker 23 or later, or: docker buildx create --use --driver docker-container", code: failure.Preflight},
	{name: "network", text: lazyregexp.New(`network mode "(.+)" not supported by buildkit`),
		reason: "a build has no network $1", hint: "build.network can be default, host or none", code: failure.Preflight},
	{name: "tag", text: lazyregexp.New(`invalid tag "(.+)": (.*)`),
		reason: "$1 is no image's name: $2", hint: "correct image: or build.tags in the Compose file", code: failure.Preflight},
}
