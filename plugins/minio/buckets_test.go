package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestBucketsAreReadFromAList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		list, wantErr string
		want          []bucket
	}{
		{list: ""},
		{list: " , ,"},
		{list: "uploads", want: []bucket{{"uploads", false}}},
		{list: " uploads , archive:versioned ", want: []bucket{{"uploads", false}, {"archive", true}}},
		{list: "a,b", wantErr: `bucket "a": `},
		{list: "Uploads", wantErr: `bucket "Uploads": `},
		{list: "uploads:public", wantErr: `the option "public" is not known`},
		{list: "uploads:", wantErr: `the option "" is not known`},
		{list: "uploads,uploads:versioned", wantErr: `"uploads" is listed twice`},
		{list: "127.0.0.1", wantErr: "IP address"},
	}
	for _, tt := range tests {
		got, err := parseBuckets(tt.list)
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.wantErr)) {
			t.Errorf("parseBuckets(%q) = %v, %v, want %v, %q", tt.list, got, err, tt.want, tt.wantErr)
		}
	}
}

func FuzzParsedBucketsAreDifferentAndReadTheSameAgain(f *testing.F) {
	for _, list := range []string{"", "uploads,archive:versioned", "a:b:c", ",,x.y-z", "xn--abc"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		buckets, err := parseBuckets(list)
		if err != nil {
			return
		}
		var parts []string
		seen := map[string]bool{}
		for _, b := range buckets {
			if seen[b.name] {
				t.Errorf("%q gives %q twice", list, b.name)
			}
			seen[b.name] = true
			parts = append(parts, b.name+map[bool]string{true: ":versioned"}[b.versioned])
		}
		if again, err := parseBuckets(strings.Join(parts, ",")); err != nil || !slices.Equal(again, buckets) {
			t.Errorf("%q gives %v, then %v, %v", list, buckets, again, err)
		}
	})
}

func TestMistakesInValuesAreFoundWithoutAServer(t *testing.T) {
	t.Parallel()
	var codes []string
	for _, d := range validate(sdk.Config{"MINIO_BUCKETS": "UPPER", "MINIO_ROOT_USER": "me"}) {
		codes = append(codes, d.Code+" "+d.Path)
	}
	want := []string{"MINIO_BUCKETS_INVALID MINIO_BUCKETS", "MINIO_USER_TOO_SHORT MINIO_ROOT_USER"}
	if !slices.Equal(codes, want) {
		t.Errorf("found %v, want %v", codes, want)
	}
	if found := validate(sdk.Config{"MINIO_BUCKETS": "uploads", "MINIO_ROOT_USER": "minioadmin"}); len(found) > 0 {
		t.Errorf("found %v in good values", found)
	}
}

func TestListedBucketsAreCreatedOnce(t *testing.T) {
	t.Parallel()
	values := server(t)
	values.Config = maps.Clone(values.Config)
	rounds := []struct {
		list string
		dry  bool
		want []string
	}{
		{"uploads", true, []string{"created bucket uploads"}},
		{"uploads,archive:versioned", false, []string{"created bucket uploads", "created bucket archive"}},
		{"uploads,archive:versioned", false, []string{"existed bucket uploads", "existed bucket archive"}},
		{"uploads:versioned", true, []string{"updated bucket uploads"}},
		{"uploads:versioned", false, []string{"updated bucket uploads"}},
		{"uploads,archive", false, []string{"existed bucket uploads", "existed bucket archive"}},
		{"", false, nil},
	}
	for _, r := range rounds {
		values.Config["MINIO_BUCKETS"], values.DryRun = r.list, r.dry
		end, err := sdktest.Hook(t.Context(), t, plugin(), pluginv1.Phase_PHASE_POST_READY, values)
		if err != nil || end.Code != 0 || !slices.Equal(end.Resources(), r.want) {
			t.Errorf("%q: %v, %v, %v, want %v", r.list, end.Resources(), end.Diagnostics, err, r.want)
		}
	}
	if versioned, err := isVersioned(t.Context(), clientOf(t, values), "uploads"); err != nil || !versioned {
		t.Errorf("uploads is versioned: %v, %v", versioned, err)
	}
}
