package server

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/failure"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

func TestWhyAServerDoesNotLetUsInIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*stacktest.SSHD)
		want  []string
	}{
		"an unknown host key": {func(d *stacktest.SSHD) { d.File("known", "", 0o600) },
			[]string{"the host key of ALIAS is not known yet", "it shows ssh-ed25519 KEY", "→ confirm it once by hand: ssh ALIAS"}},
		"another host key": {func(d *stacktest.SSHD) { d.OtherHostKey() },
			[]string{"the host key of ALIAS is not the one that is known", "it now shows ED25519 KEY", "ssh-keygen -f ", "ssh ALIAS"}},
		"a key that is not let in": {func(d *stacktest.SSHD) { d.File("user.pub", "", 0o600) },
			[]string{"no connection to ALIAS: ", "Permission denied (publickey)", "→ ssh ALIAS has to get in without a question"}},
		"no server": {func(d *stacktest.SSHD) { d.Kill() },
			[]string{"no connection to ALIAS: ssh: connect to host 127.0.0.1 port ", "Connection refused", "→ is sshd running there"}},
		"no such name": {func(d *stacktest.SSHD) { d.File("client", "", 0o600) },
			[]string{"no connection to ALIAS: ssh: Could not resolve hostname ALIAS", "→ correct the name"}},
		"no shell": {func(d *stacktest.SSHD) { d.Restart("ForceCommand echo not for you >&2; exit 1\n") },
			[]string{"no connection to ALIAS: not for you", "→ try: ssh ALIAS"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newSSHD(t)
			fingerprint := d.Fingerprint()
			c.spoil(d)
			_, err := ssh.Connect(t.Context(), d.Alias, environ(d))
			if failure.CodeOf(err) != failure.Preflight {
				t.Fatalf("got %v", err)
			}
			for _, want := range c.want {
				want = strings.NewReplacer("ALIAS", d.Alias, "KEY", fingerprint).Replace(want)
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v\nwant %s", err, want)
				}
			}
			typed(t, d, err.Error(), fingerprint)
		})
	}
}

// typed runs the commands that a message about a host key tells to type: on the
// server's console one shows the same key, and here one forgets what was known.
func typed(t *testing.T, d *stacktest.SSHD, message, fingerprint string) {
	t.Helper()
	if console := regexp.MustCompile(`ssh-keygen -lf \S+`).FindString(message); console != "" {
		out, err := exec.Command("sh", "-c", strings.Replace(console, "/etc/ssh/ssh_host_ed25519_key.pub", d.Dir+"/host.pub", 1)).CombinedOutput()
		if err != nil || !strings.Contains(string(out), fingerprint) {
			t.Errorf("%s: %v\n%s", console, err, out)
		}
	}
	if forget := regexp.MustCompile(`ssh-keygen -f "[^"]+" -R "[^"]+"|ssh-keygen -f '[^']+' -R '[^']+'`).FindString(message); forget != "" {
		if out, err := exec.Command("sh", "-c", forget).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", forget, err, out)
		}
		if _, err := ssh.Connect(t.Context(), d.Alias, environ(d)); err == nil || !strings.Contains(err.Error(), "is not known yet") {
			t.Errorf("after %s: %v", forget, err)
		}
	}
}
