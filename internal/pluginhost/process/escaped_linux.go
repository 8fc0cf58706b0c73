package process

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// killEscaped ends the descendants that left the group by setsid: whose
// environment, inherited from the plugin, names its socket directory. It returns
// when all are gone, those of the group as well, or after reapTime.
func killEscaped(dir string) {
	late := time.NewTimer(reapTime)
	defer late.Stop()
	for {
		pids := withEnvironment(pluginv1.SocketDirKey + "=" + dir)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		select {
		case <-late.C:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// withEnvironment are the processes that have a variable.
func withEnvironment(variable string) (pids []int) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		environ, err := os.ReadFile("/proc/" + name + "/environ")
		if err == nil && slices.ContainsFunc(bytes.Split(environ, []byte{0}), func(pair []byte) bool { return string(pair) == variable }) {
			pids = append(pids, pid)
		}
	}
	return pids
}
