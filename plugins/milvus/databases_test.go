package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
	"github.com/infinitescribe/spellbook/plugins/sdk/sdktest"
)

func TestDatabasesAreReadFromAList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		list, wantErr string
		want          []string
	}{
		{list: ""},
		{list: " , "},
		{list: "articles, images_2 ,", want: []string{"articles", "images_2"}},
		{list: "2images", wantErr: "no digit first"},
		{list: "a-b", wantErr: `database "a-b"`},
		{list: "a;drop", wantErr: `database "a;drop"`},
		{list: "a,a", wantErr: "listed twice"},
		{list: strings.Repeat("a", 256), wantErr: "255 characters at most"},
	}
	for _, tt := range tests {
		got, err := parseDatabases(tt.list)
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.wantErr == "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
			t.Errorf("parseDatabases(%q) = %q, %v", tt.list, got, err)
		}
		if found := validate(sdk.Config{"MILVUS_DATABASES": tt.list}); (len(found) > 0) != (err != nil) {
			t.Errorf("validate %q: %v", tt.list, found)
		}
	}
}

func FuzzParsedDatabasesReadTheSameAgain(f *testing.F) {
	for _, list := range []string{"", "articles,images", "a,,_b", "ü", "a\nb"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		names, err := parseDatabases(list)
		if err != nil {
			return
		}
		again, err := parseDatabases(strings.Join(names, ","))
		if err != nil || !slices.Equal(again, names) || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
			t.Errorf("%q gives %q, then %q, %v", list, names, again, err)
		}
	})
}

func TestListedDatabasesAreCreatedOnce(t *testing.T) {
	t.Parallel()
	server := &fake{databases: []string{"default", "old"}}
	values := server.serve(t)
	rounds := []struct {
		list       string
		dry, rival bool
		want       []string
	}{
		{list: "old,new", dry: true, want: []string{"existed database old", "created database new"}},
		{list: "old,new", want: []string{"existed database old", "created database new"}},
		{list: "old,new", want: []string{"existed database old", "existed database new"}},
		{list: "contested", rival: true, want: []string{"existed database contested"}},
		{list: ""},
	}
	for _, r := range rounds {
		server.rival, values.DryRun, values.Config = r.rival, r.dry, map[string]string{"MILVUS_DATABASES": r.list}
		end, err := sdktest.Hook(t.Context(), t, plugin(), pluginv1.Phase_PHASE_POST_READY, values)
		if err != nil || end.Code != 0 || !slices.Equal(end.Resources(), r.want) {
			t.Errorf("%q: %v, %v, %v, want %v", r.list, end.Resources(), end.Diagnostics, err, r.want)
		}
	}
	values.Config = map[string]string{"MILVUS_DATABASES": "forbidden"}
	end, err := sdktest.Hook(t.Context(), t, plugin(), pluginv1.Phase_PHASE_POST_READY, values)
	if err != nil || end.Code != 1 || end.Diagnostics[0].GetSummary() != `create database "forbidden": exceeded the limit number of database` {
		t.Errorf("forbidden: %d, %v, %v", end.Code, end.Diagnostics, err)
	}
}

func TestListsAreTablesOrSayThatThereIsNothing(t *testing.T) {
	t.Parallel()
	values := (&fake{databases: []string{"default", "articles", "empty"}, collections: map[string][]string{"articles": {"words", "titles"}, "default": {"x"}}}).serve(t)
	tests := []struct {
		command, want string
		flags         map[string]string
	}{
		{"databases", "DATABASE  COLLECTIONS\narticles  2\ndefault   1\nempty     0\n", nil},
		{"collections", "DATABASE  COLLECTION  ROWS  STATE     CREATED\n" +
			"articles  titles      6     released  2027-01-15 08:00\n" +
			"articles  words       5     loaded    2027-01-15 08:00\n" +
			"default   x           1     released  2027-01-15 08:00\n", nil},
		{"collections", "DATABASE  COLLECTION  ROWS  STATE     CREATED\ndefault   x           1     released  2027-01-15 08:00\n", map[string]string{"database": "default"}},
		{"collections", "No collections.\n", map[string]string{"database": "empty"}},
	}
	for _, tt := range tests {
		end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: tt.command, Flags: tt.flags}, values)
		if err != nil || end.Code != 0 || end.Stdout() != tt.want {
			t.Errorf("%s %v: %d, %v, %v\n%s", tt.command, tt.flags, end.Code, end.Diagnostics, err, end.Stdout())
		}
	}
	end, err := sdktest.Command(t.Context(), t, plugin(), sdktest.Typed{Command: "collections", Flags: map[string]string{"database": "nowhere"}}, values)
	if err != nil || end.Code != 1 || end.Diagnostics[0].GetCode() != "MILVUS_NO_SUCH_DATABASE" || end.Diagnostics[0].GetHint() == "" {
		t.Errorf("nowhere: %d, %v, %v", end.Code, end.Diagnostics, err)
	}
}
