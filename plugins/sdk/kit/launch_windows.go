package kit

import "os"

// inherit has nothing to give: Windows has no such descriptors, and so neither
// lifeline nor identity.
func (p *process) inherit() ([]*os.File, error) {
	p.identity = nil
	return nil, nil
}

func (p *process) kill() { _ = p.cmd.Process.Kill() }
