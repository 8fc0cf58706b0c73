package deploy_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
)

func TestAReleaseThatDoesNotFitBesideTheOneThatServesIsRefused(t *testing.T) {
	t.Parallel()
	p := loaded(t, `
name: shop
services:
  api: {image: a, mem_reservation: 300m}
  worker: {image: a, deploy: {resources: {reservations: {memory: 100m}}}}
  page: {image: a}
`)
	all := deploy.Release{Services: map[string]deploy.Service{"api": {}, "page": {}, "worker": {}, "migrate": {OneShot: true}, "scheduler": {StopFirst: true}}}
	used := map[string]int64{"api": 10 << 20, "page": 50 << 20, "worker": 120 << 20, "migrate": 1 << 40, "scheduler": 1 << 40}
	if err := deploy.CheckMemory(p, all, used, 470<<20); err != nil {
		t.Errorf("300 + 50 + 120 MiB do not fit into 470: %v", err)
	}
	err := deploy.CheckMemory(p, all, used, 470<<20-1)
	if err == nil || !strings.Contains(err.Error(), "api, page, worker") {
		t.Errorf("one byte too little: %v", err)
	}
	if err := deploy.CheckMemory(p, deploy.Release{Services: map[string]deploy.Service{"api": {}}}, nil, 200<<20); err == nil {
		t.Error("a service of the first release needs nothing")
	}
}

func TestAvailableMemoryIsWhatTheKernelSays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:    2048 kB\n": 2 << 20,
		"MemAvailable: x kB\n":                 0,
		"MemAvailable: 99999999999999999 kB\n": 0,
		"MemTotal: 1 kB\n":                     0,
	} {
		if got := deploy.AvailableMemory(text); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
	if runtime.GOOS == "linux" {
		read, err := os.ReadFile("/proc/meminfo")
		if err != nil || deploy.AvailableMemory(string(read)) == 0 {
			t.Errorf("this machine's is not read: %v", err)
		}
	}
}
