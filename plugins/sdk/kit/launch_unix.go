//go:build unix

package kit

import (
	"os"
	"syscall"

	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

// inherit gives the process its lifeline, its identity if it has one, and a
// group of its own. The files are closed once it has started.
func (p *process) inherit() ([]*os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.lifeline = write
	p.cmd.ExtraFiles = []*os.File{read}
	p.cmd.Env = append(p.cmd.Env, pluginv1.LifelineKey+"=3")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.identity == nil {
		return p.cmd.ExtraFiles, nil
	}
	key, err := p.identity.give(p)
	if err != nil {
		return []*os.File{read}, err
	}
	return []*os.File{read, key}, nil
}

// kill ends the whole group of a process that has not been waited for: later its
// number may be another's.
func (p *process) kill() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
