package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/infinitescribe/spellbook/plugins/sdk"
)

// fake answers as a test says.
type fake struct {
	milvuspb.UnimplementedMilvusServiceServer
	databases   []string
	collections map[string][]string
	unhealthy   []string
	login       string // wanted in the header
	booting     bool
	rival       bool // somebody else creates each database first
	seen        []string
}

func (f *fake) intercept(ctx context.Context, r any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if f.booting {
		return nil, status.Error(codes.Unavailable, "service not ready[proxy=1: Initializing]")
	}
	headers, _ := metadata.FromIncomingContext(ctx)
	if got := strings.Join(headers.Get("authorization"), ""); got != f.login {
		f.seen = append(f.seen, got)
		return nil, status.Error(codes.Unauthenticated, "auth check failure, please check username and password are correct")
	}
	return handle(ctx, r)
}

func (f *fake) GetVersion(context.Context, *milvuspb.GetVersionRequest) (*milvuspb.GetVersionResponse, error) {
	return &milvuspb.GetVersionResponse{Status: &commonpb.Status{}, Version: "v2.6.18"}, nil
}

func (f *fake) CheckHealth(context.Context, *milvuspb.CheckHealthRequest) (*milvuspb.CheckHealthResponse, error) {
	return &milvuspb.CheckHealthResponse{Status: &commonpb.Status{}, IsHealthy: len(f.unhealthy) == 0, Reasons: f.unhealthy}, nil
}

func (f *fake) ListDatabases(context.Context, *milvuspb.ListDatabasesRequest) (*milvuspb.ListDatabasesResponse, error) {
	return &milvuspb.ListDatabasesResponse{Status: &commonpb.Status{}, DbNames: f.databases}, nil
}

func (f *fake) CreateDatabase(_ context.Context, r *milvuspb.CreateDatabaseRequest) (*commonpb.Status, error) {
	if r.GetDbName() == "forbidden" {
		return &commonpb.Status{Code: 801, Reason: "exceeded the limit number of database"}, nil
	}
	f.databases = append(f.databases, r.GetDbName())
	if f.rival {
		return &commonpb.Status{Code: 65535, Reason: "database already exist: " + r.GetDbName()}, nil
	}
	return &commonpb.Status{}, nil
}

func (f *fake) ShowCollections(_ context.Context, r *milvuspb.ShowCollectionsRequest) (*milvuspb.ShowCollectionsResponse, error) {
	if !slices.Contains(f.databases, r.GetDbName()) {
		return &milvuspb.ShowCollectionsResponse{Status: &commonpb.Status{Code: databaseNotFound, Reason: fmt.Sprintf("database not found[database=%s]", r.GetDbName())}}, nil
	}
	answer := &milvuspb.ShowCollectionsResponse{Status: &commonpb.Status{}, CollectionNames: f.collections[r.GetDbName()]}
	for range answer.CollectionNames {
		answer.CreatedUtcTimestamps = append(answer.CreatedUtcTimestamps, 1_800_000_000_000)
	}
	return answer, nil
}

func (f *fake) GetCollectionStatistics(_ context.Context, r *milvuspb.GetCollectionStatisticsRequest) (*milvuspb.GetCollectionStatisticsResponse, error) {
	return &milvuspb.GetCollectionStatisticsResponse{Status: &commonpb.Status{}, Stats: []*commonpb.KeyValuePair{
		{Key: "other", Value: "x"}, {Key: "row_count", Value: fmt.Sprint(len(r.GetCollectionName()))},
	}}, nil
}

func (f *fake) GetLoadState(_ context.Context, r *milvuspb.GetLoadStateRequest) (*milvuspb.GetLoadStateResponse, error) {
	state := commonpb.LoadState_LoadStateNotLoad
	if r.GetCollectionName() == "words" {
		state = commonpb.LoadState_LoadStateLoaded
	}
	return &milvuspb.GetLoadStateResponse{Status: &commonpb.Status{}, State: state}, nil
}

// serve runs the fake over TCP until the test ends, and returns what a plugin's
// run knows of it.
func (f *fake) serve(t *testing.T) sdk.Values {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.UnaryInterceptor(f.intercept))
	milvuspb.RegisterMilvusServiceServer(s, f)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return sdk.Values{Endpoints: map[string]string{"grpc": l.Addr().String()}, Config: map[string]string{}}
}
