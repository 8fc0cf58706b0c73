package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// backends are etcd's gateway over a map, and an S3 server that knows buckets;
// down makes both fail.
type backends struct {
	mu      sync.Mutex
	keys    map[string][]byte
	buckets map[string]bool
	down    bool
}

func (b *backends) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if method, ok := strings.CutPrefix(r.URL.Path, "/v3/kv/"); ok {
		b.etcd(w, r, method)
		return
	}
	name := strings.Trim(r.URL.Path, "/")
	switch {
	case r.Method == http.MethodPut:
		b.buckets[name] = true
	case !b.buckets[name]:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (b *backends) etcd(w http.ResponseWriter, r *http.Request, method string) {
	var request struct {
		pair
		RangeEnd []byte `json:"range_end"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var found []pair
	for key, value := range b.keys {
		if key == string(request.Key) || request.RangeEnd != nil && key >= string(request.Key) && key < string(request.RangeEnd) {
			found = append(found, pair{[]byte(key), value})
		}
	}
	switch method {
	case "put":
		b.keys[string(request.Key)] = request.Value
	case "deleterange":
		delete(b.keys, string(request.Key))
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"kvs": found})
}

func (b *backends) fail(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

// start serves a stand-in on a free port until the test ends.
func start(t *testing.T, environment map[string]string) (milvuspb.MilvusServiceClient, *server, *backends) {
	t.Helper()
	b := &backends{keys: map[string][]byte{}, buckets: map[string]bool{}}
	web := httptest.NewServer(b)
	t.Cleanup(web.Close)
	s, err := newServer(func(name string) string {
		if name == "ETCD_ENDPOINTS" || name == "MINIO_ADDRESS" {
			return web.Listener.Addr().String()
		}
		return environment[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := grpc.NewServer(grpc.UnaryInterceptor(s.intercept))
	milvuspb.RegisterMilvusServiceServer(api, s)
	done := make(chan error, 1)
	go func() { done <- api.Serve(l) }()
	connection, err := grpc.NewClient("passthrough:///"+l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		api.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return milvuspb.NewMilvusServiceClient(connection), s, b
}

func TestNothingIsServedBeforeEtcdAndTheBucketAreThere(t *testing.T) {
	t.Parallel()
	client, s, b := start(t, map[string]string{"MINIO_BUCKET_NAME": "vectors"})
	b.fail(true)
	booted := make(chan error, 1)
	go func() { booted <- s.boot(t.Context()) }()
	if _, err := client.GetVersion(t.Context(), &milvuspb.GetVersionRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("GetVersion before: %v", err)
	}
	if got := healthz(s); got != http.StatusServiceUnavailable {
		t.Errorf("/healthz before: %d", got)
	}
	b.fail(false)
	select {
	case err := <-booted:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it does not start")
	}
	if !b.buckets["vectors"] || healthz(s) != http.StatusOK {
		t.Errorf("buckets %v, /healthz %d", b.buckets, healthz(s))
	}
	b.fail(true)
	health, err := client.CheckHealth(t.Context(), &milvuspb.CheckHealthRequest{})
	if err != nil || health.GetIsHealthy() || len(health.GetReasons()) != 2 {
		t.Errorf("CheckHealth without backends: %v, %v", health, err)
	}
}

func healthz(s *server) int {
	w := httptest.NewRecorder()
	s.web().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	return w.Code
}

func TestDatabasesAndCollectionsBehaveAsThoseOfTheRealServer(t *testing.T) {
	t.Parallel()
	client, s, _ := start(t, nil)
	if err := s.boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	schema, err := proto.Marshal(&schemapb.CollectionSchema{Name: "words"})
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		do   func() (*commonpb.Status, error)
		code int32
	}{
		{"create a database", func() (*commonpb.Status, error) {
			return client.CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: "articles"})
		}, 0},
		{"create it again", func() (*commonpb.Status, error) {
			return client.CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: "articles"})
		}, codeUnexpected},
		{"create a collection in no database", func() (*commonpb.Status, error) {
			return client.CreateCollection(ctx, &milvuspb.CreateCollectionRequest{DbName: "nowhere", CollectionName: "words"})
		}, codeDatabaseNotFound},
		{"create a collection", func() (*commonpb.Status, error) {
			return client.CreateCollection(ctx, &milvuspb.CreateCollectionRequest{DbName: "articles", CollectionName: "words", Schema: schema})
		}, 0},
		{"drop what is not empty", func() (*commonpb.Status, error) {
			return client.DropDatabase(ctx, &milvuspb.DropDatabaseRequest{DbName: "articles"})
		}, codeUnexpected},
		{"load it", func() (*commonpb.Status, error) {
			return client.LoadCollection(ctx, &milvuspb.LoadCollectionRequest{DbName: "articles", CollectionName: "words"})
		}, 0},
		{"load none", func() (*commonpb.Status, error) {
			return client.LoadCollection(ctx, &milvuspb.LoadCollectionRequest{DbName: "articles", CollectionName: "none"})
		}, codeCollectionNotFound},
	}
	for _, step := range steps {
		if got, err := step.do(); err != nil || got.GetCode() != step.code {
			t.Errorf("%s: %v, %v, want code %d", step.name, got, err, step.code)
		}
	}
	databases, err := client.ListDatabases(ctx, &milvuspb.ListDatabasesRequest{})
	if err != nil || !slices.Equal(databases.GetDbNames(), []string{"articles", "default"}) {
		t.Errorf("databases: %v, %v", databases, err)
	}
	collections, err := client.ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{DbName: "articles"})
	if err != nil || !slices.Equal(collections.GetCollectionNames(), []string{"words"}) || len(collections.GetCreatedUtcTimestamps()) != 1 {
		t.Errorf("collections: %v, %v", collections, err)
	}
	described, err := client.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{DbName: "articles", CollectionName: "words"})
	if err != nil || described.GetSchema().GetName() != "words" {
		t.Errorf("described: %v, %v", described, err)
	}
	state, err := client.GetLoadState(ctx, &milvuspb.GetLoadStateRequest{DbName: "articles", CollectionName: "words"})
	if err != nil || state.GetState() != commonpb.LoadState_LoadStateLoaded {
		t.Errorf("state: %v, %v", state, err)
	}
	if _, err := client.Search(ctx, &milvuspb.SearchRequest{}); status.Code(err) != codes.Unimplemented || !strings.Contains(err.Error(), "stand-in") {
		t.Errorf("search: %v", err)
	}
}

func TestThePasswordIsAskedForWhereItIsWanted(t *testing.T) {
	t.Parallel()
	client, s, _ := start(t, map[string]string{"COMMON_SECURITY_AUTHORIZATIONENABLED": "true", "COMMON_SECURITY_DEFAULTROOTPASSWORD": "secret"})
	if err := s.boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]codes.Code{"": codes.Unauthenticated, "cm9vdDp3cm9uZw==": codes.Unauthenticated, "cm9vdDpzZWNyZXQ=": codes.OK} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", header)
		if _, err := client.Connect(ctx, &milvuspb.ConnectRequest{}); status.Code(err) != want {
			t.Errorf("%q: %v, want %v", header, err, want)
		}
	}
}
