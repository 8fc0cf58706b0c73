package pluginv1

import (
	"slices"
	"strings"
)

// Reserved says why no plugin may declare a variable of this name, "" where one
// may. What a plugin declares is written into an environment's file, which
// Spellbook, Compose and what they start read: these names decide what is run,
// from where, and on which machine.
func Reserved(name string) string {
	name = strings.ToUpper(name)
	for _, r := range reserved {
		if slices.Contains(r.names, name) || slices.ContainsFunc(r.prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return r.why
		}
	}
	if strings.HasPrefix(name, "GO") && !strings.Contains(name, "_") {
		return ofGo // GOFLAGS, GOPROXY, GO111MODULE; not GOTIFY_PORT
	}
	return ""
}

// reservation is a kind of names, whole or by what they begin with.
type reservation struct {
	why             string
	names, prefixes []string
}

const ofGo = "it decides how Go programs are built and run"

var reserved = []reservation{
	{"it decides which engine is used, and with whose credentials", []string{"CONTAINER_HOST", "CONTAINERD_ADDRESS"}, []string{"DOCKER_"}},
	{"it decides which project Compose loads, and from which files", []string{"COMPOSE"}, []string{"COMPOSE_"}},
	{"it decides how images are built", nil, []string{"BUILDX_", "BUILDKIT_", "BUILDCTL_"}},
	{"it decides where a deployment goes", nil, []string{"DEPLOY_"}},
	{"it is Spellbook's own", []string{"PLUGINS"}, []string{"SPELLBOOK_", "PLUGIN_"}},
	{"it decides how targets are built and called", []string{"CI"}, []string{"MAGEFILE_"}},
	{"it decides which programs are found, and as whom they run", []string{"PATH", "PATHEXT", "HOME", "USER", "LOGNAME", "PWD", "OLDPWD", "TMPDIR", "TMP", "TEMP", "LANG", "TERM", "COMSPEC",
		"EDITOR", "VISUAL", "PAGER", "BROWSER", "CDPATH"}, []string{"XDG_", "LC_", "SUDO_"}},
	{"it decides what a shell runs", []string{"SHELL", "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND", "PS4"}, []string{"BASH_FUNC_"}},
	{"it decides which code a program loads", []string{"NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE", "PERL5LIB", "PERL5OPT", "RUBYLIB", "RUBYOPT", "CLASSPATH",
		"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "MALLOC_CHECK_", "GCONV_PATH", "LOCPATH"}, []string{"LD_", "DYLD_", "PYTHON", "GLIBC_", "NPM_CONFIG_", "PNPM_"}},
	{ofGo, []string{"CC", "CXX"}, []string{"GO_", "CGO_", "GCCGO"}},
	{"it decides what Git runs, and where it fetches from", []string{"GNUPGHOME"}, []string{"GIT_", "SSH_"}},
	{"it decides through whom connections go, and whom they trust", []string{"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
		"NODE_TLS_REJECT_UNAUTHORIZED", "NODE_EXTRA_CA_CERTS", "RES_OPTIONS", "HOSTALIASES"}, []string{"SSL_", "OPENSSL_"}},
	{"it decides which keys open a secret, or a cluster", []string{"KUBECONFIG"}, []string{"SOPS_", "AGE_"}},
}
