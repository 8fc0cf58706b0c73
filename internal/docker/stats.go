package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Usage is what a running container takes. Sizes are in bytes.
type Usage struct {
	CPU         float64 // percent of one core
	Memory      uint64  // without the page cache that the kernel can take back
	MemoryLimit uint64  // of the container, else of the machine
	NetworkIn   uint64
	NetworkOut  uint64
	DiskRead    uint64
	DiskWritten uint64
	Processes   uint64
}

// Usage takes two samples a second apart, because the share of the CPU is
// what lies between two. It returns after one to two seconds.
func (c *Client) Usage(ctx context.Context, name string) (Usage, error) {
	s, err := c.sample(ctx, name, true)
	return usageOf(s), err
}

// MemoryUsed is Usage's Memory alone, in bytes, at once.
func (c *Client) MemoryUsed(ctx context.Context, name string) (uint64, error) {
	s, err := c.sample(ctx, name, false)
	return memoryOf(s.MemoryStats), err
}

func (c *Client) sample(ctx context.Context, name string, twice bool) (s container.StatsResponse, err error) {
	got, err := c.api.ContainerStats(ctx, name, client.ContainerStatsOptions{IncludePreviousSample: twice})
	if err != nil {
		return s, fmt.Errorf("read usage of %q: %w", name, err)
	}
	defer func() { _ = got.Body.Close() }()
	if err := json.NewDecoder(got.Body).Decode(&s); err != nil {
		return s, fmt.Errorf("read usage of %q: %w", name, err)
	}
	return s, nil
}

func usageOf(s container.StatsResponse) Usage {
	u := Usage{CPU: cpuOf(s), Memory: memoryOf(s.MemoryStats), MemoryLimit: s.MemoryStats.Limit, Processes: s.PidsStats.Current}
	for _, n := range s.Networks {
		u.NetworkIn += n.RxBytes
		u.NetworkOut += n.TxBytes
	}
	for _, e := range s.BlkioStats.IoServiceBytesRecursive {
		switch strings.ToLower(e.Op) {
		case "read":
			u.DiskRead += e.Value
		case "write":
			u.DiskWritten += e.Value
		}
	}
	return u
}

// cpuOf is the container's part of the machine's time between two samples,
// times the cores. Source: docker/cli cli/command/container/stats_helpers.go.
func cpuOf(s container.StatsResponse) float64 {
	used := float64(s.CPUStats.CPUUsage.TotalUsage) - float64(s.PreCPUStats.CPUUsage.TotalUsage)
	total := float64(s.CPUStats.SystemUsage) - float64(s.PreCPUStats.SystemUsage)
	cores := float64(s.CPUStats.OnlineCPUs)
	if cores == 0 {
		cores = float64(len(s.CPUStats.CPUUsage.PercpuUsage))
	}
	if used <= 0 || total <= 0 || s.PreCPUStats.SystemUsage == 0 {
		return 0
	}
	return used / total * cores * 100
}

// memoryOf leaves out the inactive page cache, as the Docker CLI does: cgroup
// v1 has total_inactive_file, v2 inactive_file.
func memoryOf(m container.MemoryStats) uint64 {
	for _, name := range []string{"total_inactive_file", "inactive_file"} {
		if cache, ok := m.Stats[name]; ok && cache < m.Usage {
			return m.Usage - cache
		}
	}
	return m.Usage
}
