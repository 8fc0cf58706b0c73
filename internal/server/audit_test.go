package server_test

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/deploy"
	"github.com/infinitescribe/spellbook/internal/server"
)

func TestAReleaseHasServedWhereTheLogOrWhatServesSaysSo(t *testing.T) {
	entry := func(release, from, result string) server.Entry {
		return server.Entry{Action: "deploy", Release: release, From: from, Result: result}
	}
	for name, c := range map[string]struct {
		current      string
		log          []server.Entry
		served, left string
	}{
		"nothing was ever switched to":           {"", nil, "", "r3 r2 r1"},
		"the last run was cut short":             {"r2", []server.Entry{entry("r1", "", "ok"), entry("r2", "r1", "ok")}, "r2 r1", "r3"},
		"cut short after the switch":             {"r3", []server.Entry{entry("r1", "", "ok"), entry("r2", "r1", "ok"), entry("r3", "r2", "ok")}, "r3 r2 r1", ""},
		"another failed":                         {"r2", []server.Entry{entry("r2", "r1", "ok"), entry("r3", "r2", "failed")}, "r2 r1", "r3"},
		"rolled back from one":                   {"r1", []server.Entry{entry("r2", "r1", "ok"), entry("r1", "r2", "ok")}, "r2 r1", "r3"},
		"switched to and cut short, then failed": {"r2", []server.Entry{entry("r1", "", "ok"), entry("r3", "r2", "failed")}, "r2 r1", "r3"},
		"the log is not that of what serves":     {"r2", []server.Entry{entry("r1", "", "ok")}, "r3 r2 r1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			served, left := server.Served([]deploy.Release{{ID: "r3"}, {ID: "r2"}, {ID: "r1"}}, c.current, c.log)
			if ids(served) != c.served || ids(left) != c.left {
				t.Errorf("served %q, left %q", ids(served), ids(left))
			}
		})
	}
}

func ids(list []deploy.Release) string {
	var all []string
	for _, r := range list {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}
