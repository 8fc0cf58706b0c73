package deploy

import (
	"bytes"
	"context"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/host/ssh"
)

// checkMemory asks whether the server has the memory for both releases. A kernel that
// does not say what is available is not asked again.
func (r *rollout) checkMemory(ctx context.Context) error {
	var meminfo bytes.Buffer
	if err := r.Server.Run(ctx, ssh.Command{Argv: []string{"cat", "/proc/meminfo"}, Stdout: &meminfo}); err != nil {
		return err
	}
	available := deploy.AvailableMemory(meminfo.String())
	if available == 0 {
		return nil
	}
	used := map[string]int64{}
	for _, c := range r.Seen.Of(r.from.ID) {
		if c.State != "running" {
			continue
		}
		n, err := r.Engine.MemoryUsed(ctx, c.Name)
		if err != nil {
			return err
		}
		used[c.Labels[deploy.LabelService]] += int64(n)
	}
	return deploy.CheckMemory(r.Project, r.release, used, available)
}
