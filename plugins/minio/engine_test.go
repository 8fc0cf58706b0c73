package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// The fragment on a real engine: health check, dropped capabilities, a volume
// that outlives its container, and a backup that outlives the volume.
func TestTheServiceKeepsItsDataAndComesBackFromABackup(t *testing.T) {
	t.Parallel()
	s := newStack(t, []string{"s3"}, "MINIO_IMAGE=lab/s3:1", "MINIO_ROOT_USER="+testUser, "MINIO_ROOT_PASSWORD="+testSecret, "MINIO_PORT=0", "MINIO_CONSOLE_PORT=0")
	s.use(fragment)
	s.do("up", "--detach", "--wait")
	values := s.values()
	end, err := sdktest.Hook(t.Context(), t, plugin(), pluginv1.Phase_PHASE_POST_READY, values)
	if err != nil || end.Code != 0 || !slices.Equal(end.Resources(), []string{"created bucket archive", "created bucket uploads"}) {
		t.Fatalf("hook: %v, %v, %v", end.Resources(), end.Diagnostics, err)
	}
	await(t, "http://"+s.do("port", "minio", "9001")+"/")

	fill(t, clientOf(t, values))
	before := snapshot(t, clientOf(t, values))
	s.do("up", "--detach", "--wait", "--force-recreate")
	values = s.values()
	if after := snapshot(t, clientOf(t, values)); !maps.Equal(before, after) {
		t.Errorf("after a new container there is\n%v\nwant\n%v", after, before)
	}

	dir := t.TempDir()
	if err := backup(t.Context(), runOf(t, values), dir); err != nil {
		t.Fatal(err)
	}
	s.do("down", "--volumes", "--timeout=5")
	s.do("up", "--detach", "--wait")
	values = s.values()
	if err := restore(t.Context(), runOf(t, values), dir); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, clientOf(t, values)); !maps.Equal(before, after) {
		t.Errorf("restored\n%v\nwant\n%v", after, before)
	}
	ready, err := sdktest.Probe(t.Context(), t, plugin(), "minio", values)
	if err != nil || ready.GetDetail() != "2 buckets" {
		t.Errorf("probe: %v, %v", ready, err)
	}
}

func (s *stack) values() sdk.Values {
	s.t.Helper()
	return sdk.Values{
		Config:    map[string]string{"MINIO_ROOT_USER": testUser, "MINIO_BUCKETS": "archive:versioned,uploads"},
		Secrets:   map[string]string{"MINIO_ROOT_PASSWORD": testSecret},
		Endpoints: map[string]string{"api": s.do("port", "minio", "9000")},
	}
}
