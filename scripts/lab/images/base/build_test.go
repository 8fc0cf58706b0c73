// Package base_test runs build.sh with programs that stand for debootstrap, apt-get and docker.
package base_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs write their words to $OUT; debootstrap makes the directories that the script fills.
var programs = map[string]string{
	"apt-get": `cat "$OUT/targets"`,
	"debootstrap": `echo "$*" | sed "s| $4||" >"$OUT/debootstrap"
mkdir -p "$4/etc/apt/apt.conf.d" "$4/etc/dpkg/dpkg.cfg.d" "$4/etc/ssl/certs" "$4/usr/sbin" "$4/usr/share" "$4/var"
echo "deb ${5:-http://default.test/debian} bookworm main" >"$4/etc/apt/sources.list"`,
	"docker": `tar -x -O ./etc/apt/sources.list >"$OUT/sources.list"`,
}

func TestTheBasesPackagesComeFromWhereTheMachinesDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ targets, environ, mirror, list string }{
		"Debian": {targets: "tool http://tools.test/apt/\nbookworm http://one.test/debian/\nbookworm-updates http://one.test/debian/\nbookworm-security http://two.test/debian-security/\n",
			mirror: " http://one.test/debian", list: "http://one.test/debian http://two.test/debian-security"},
		"a later Debian":      {targets: "trixie https://one.test/debian\ntrixie http://other.test/debian\n", mirror: " https://one.test/debian", list: "https://one.test/debian https://one.test/debian-security"},
		"a file, then Debian": {targets: "bookworm file:/srv/debian/\nbookworm http://one.test/debian/\n", mirror: " http://one.test/debian", list: "http://one.test/debian http://one.test/debian-security"},
		"Ubuntu":              {targets: "noble http://one.test/ubuntu/\nnoble-security http://one.test/ubuntu/\n", list: "http://default.test/debian http://default.test/debian-security"},
		"its own words": {targets: "bookworm http://one.test/debian/\n", environ: "DEBIAN_MIRROR=http://three.test/debian DEBIAN_SECURITY_MIRROR=http://four.test/sec",
			mirror: " http://three.test/debian", list: "http://three.test/debian http://four.test/sec"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := build(t, c.targets, strings.Fields(c.environ))
			if got, want := read(t, out, "debootstrap"), "--variant=minbase --include=ca-certificates bookworm"+c.mirror+"\n"; got != want {
				t.Errorf("debootstrap %swant %s", got, want)
			}
			mirror, security, _ := strings.Cut(c.list, " ")
			want := "deb " + mirror + " bookworm main\ndeb " + mirror + " bookworm-updates main\ndeb " + security + " bookworm-security main\n"
			if got := read(t, out, "sources.list"); got != want {
				t.Errorf("sources.list:\n%swant\n%s", got, want)
			}
		})
	}
}

// build runs the script on a machine whose apt has these targets, and returns where its programs wrote.
func build(t *testing.T, targets string, environ []string) string {
	t.Helper()
	out, bin := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(out, "targets"), []byte(targets), 0o600))
	for name, script := range programs {
		must(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700)) // #nosec G306
	}
	cmd := exec.CommandContext(t.Context(), "./build.sh", "lab/base:test", "label=1")
	cmd.Env = append(append(os.Environ(), "OUT="+out, "PATH="+bin+":"+os.Getenv("PATH"), "DEBIAN_MIRROR=", "DEBIAN_SECURITY_MIRROR="), environ...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return string(text)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
