package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

// The fragments on a real engine, with real etcd and a real S3 server: Milvus
// alone, then beside the plugin minio, then sharing that, with authorization.
func TestMilvusKeepsItsDatabasesAloneBesideAndWithThePluginMinIO(t *testing.T) {
	t.Parallel()
	s := newStack(t, []string{"etcd", "s3", "milvus"},
		"ETCD_IMAGE=lab/etcd:3.4", "MINIO_IMAGE=lab/s3:1", "MILVUS_IMAGE=lab/milvus:1",
		"MINIO_ROOT_PASSWORD="+testSecret, "MILVUS_ROOT_PASSWORD="+testSecret,
		"MILVUS_PORT=0", "MILVUS_WEBUI_PORT=0", "MINIO_PORT=0", "MINIO_CONSOLE_PORT=0")
	own, _ := render(sdk.Config{})
	s.use(own)
	s.do("up", "--detach", "--wait")
	values := s.values()
	expectProbe(t, values, pluginv1.Readiness_READINESS_READY, "v2.6.18-lab, healthy")
	for _, want := range []string{"created", "existed"} {
		end, err := sdktest.Hook(t.Context(), t, plugin(), pluginv1.Phase_PHASE_POST_READY, values)
		if err != nil || end.Code != 0 || !slices.Equal(end.Resources(), []string{want + " database articles", want + " database images"}) {
			t.Fatalf("hook: %v, %v, %v", end.Resources(), end.Diagnostics, err)
		}
	}
	run, _ := sdktest.NewRun(t, values)
	err := with(run, func(c *client) error {
		for _, name := range []string{"words", "titles"} {
			status, err := c.CreateCollection(t.Context(), &milvuspb.CreateCollectionRequest{DbName: "articles", CollectionName: name})
			if err := failed(status, err); err != nil {
				return err
			}
		}
		status, err := c.LoadCollection(t.Context(), &milvuspb.LoadCollectionRequest{DbName: "articles", CollectionName: "words"})
		return failed(status, err)
	})
	if err != nil {
		t.Fatal(err)
	}
	expectREADME(t, values)

	s.do("stop", "milvus-minio")
	expectProbe(t, values, pluginv1.Readiness_READINESS_NOT_YET, "v2.6.18-lab is not healthy: MinIO: ")

	ofMinIO, err := os.ReadFile("../minio/fragment.yml")
	if err != nil {
		t.Fatal(err)
	}
	s.use(own, string(ofMinIO))
	s.do("up", "--detach", "--wait")
	expectProbe(t, s.values(), pluginv1.Readiness_READINESS_READY, "v2.6.18-lab, healthy")
	shared, _ := render(sdk.Config{"MILVUS_MINIO": "shared", "MILVUS_AUTHORIZATION": "true"})
	s.use(shared, string(ofMinIO))
	s.do("up", "--detach", "--wait", "--remove-orphans")
	if running := strings.Fields(s.do("ps", "--services")); !slices.Equal(slices.Sorted(slices.Values(running)), []string{"etcd", "milvus", "minio"}) {
		t.Errorf("%v run", running)
	}
	values = s.values()
	values.Config["MILVUS_AUTHORIZATION"] = "true"
	expectProbe(t, values, pluginv1.Readiness_READINESS_READY, "v2.6.18-lab, healthy")
	expectREADME(t, values)
	values.Secrets = map[string]string{"MILVUS_ROOT_PASSWORD": "another-password"}
	expectProbe(t, values, pluginv1.Readiness_READINESS_FATAL, "Milvus refuses the password of root")
}

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)

func (s *stack) values() sdk.Values {
	s.t.Helper()
	return sdk.Values{
		Config:    map[string]string{"MILVUS_DATABASES": "articles,images"},
		Secrets:   map[string]string{"MILVUS_ROOT_PASSWORD": testSecret},
		Endpoints: map[string]string{"grpc": s.do("port", "milvus", "19530")},
	}
}

func expectProbe(t *testing.T, values sdk.Values, readiness pluginv1.Readiness, text string) {
	t.Helper()
	got, err := sdktest.Probe(t.Context(), t, plugin(), "milvus", values)
	if err != nil || got.GetReadiness() != readiness || !strings.HasPrefix(got.GetDetail()+got.GetReason(), text) {
		t.Errorf("probe: %v, %v, want %v %q", got, err, readiness, text)
	}
}
