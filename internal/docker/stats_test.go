package docker

import (
	"encoding/json"
	"testing"

	"github.com/moby/moby/api/types/container"
)

const sample = `{
 "cpu_stats": {"cpu_usage": {"total_usage": 3000}, "system_cpu_usage": 20000, "online_cpus": 2},
 "precpu_stats": {"cpu_usage": {"total_usage": 1000}, "system_cpu_usage": 10000, "online_cpus": 2},
 "memory_stats": {"usage": 500, "limit": 1000, "stats": {"total_inactive_file": 100}},
 "pids_stats": {"current": 3},
 "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
 "blkio_stats": {"io_service_bytes_recursive": [
  {"op": "Read", "value": 5}, {"op": "read", "value": 6}, {"op": "Write", "value": 7}, {"op": "Sync", "value": 99}]}
}`

func TestUsageIsWhatLiesBetweenTwoSamples(t *testing.T) {
	var s container.StatsResponse
	if err := json.Unmarshal([]byte(sample), &s); err != nil {
		t.Fatal(err)
	}
	want := Usage{CPU: 40, Memory: 400, MemoryLimit: 1000, NetworkIn: 11, NetworkOut: 22, DiskRead: 11, DiskWritten: 7, Processes: 3}
	if got := usageOf(s); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	s.PreCPUStats = container.CPUStats{}
	if got := usageOf(s).CPU; got != 0 {
		t.Errorf("one sample alone gives %v %%: it would be the average of the container's life", got)
	}
}
