package pluginv1_test

import (
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

func TestAVariableThatSteersOtherProgramsIsNoPlugins(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "BUILDX_BUILDER", "BUILDKIT_HOST", "DEPLOY_HOST",
		"SPELLBOOK_CACHE", "PLUGINS", "MAGEFILE_GOCMD", "CI", "PATH", "HOME", "SHELL", "XDG_CONFIG_HOME", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES",
		"GOFLAGS", "GOPROXY", "GO111MODULE", "GOTOOLCHAIN", "CGO_CFLAGS", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK", "NODE_OPTIONS", "PYTHONPATH",
		"PYTHONSTARTUP", "BASH_ENV", "ENV", "IFS", "HTTP_PROXY", "https_proxy", "no_proxy", "ALL_PROXY", "SSL_CERT_FILE", "NPM_CONFIG_REGISTRY", "KUBECONFIG",
	} {
		if pluginv1.Reserved(name) == "" {
			t.Errorf("%s may be a plugin's", name)
		}
	}
	for _, name := range []string{"KAFKA_PORT", "BIND_ADDRESS", "POSTGRES_PASSWORD", "ETCD_IMAGE", "GOTIFY_PORT", "GOOGLE_PROJECT", "ENVIRONMENT", "PATHS", "DOCKERHUB", "NODE_ENV", "LDAP_PORT"} {
		if why := pluginv1.Reserved(name); why != "" {
			t.Errorf("%s is reserved: %s", name, why)
		}
	}
}
