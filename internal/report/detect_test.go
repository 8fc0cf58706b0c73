package report_test

import (
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/internal/report"
)

func TestTheModeFollowsTheEnvironment(t *testing.T) {
	type env = map[string]string
	for name, c := range map[string]struct {
		env            env
		terminal, json bool
		mode           report.Mode
		color          bool
	}{
		"a terminal":                      {env{}, true, false, report.Terminal, true},
		"no terminal":                     {env{}, false, false, report.Plain, false},
		"a dumb terminal":                 {env{"TERM": "dumb"}, true, false, report.Plain, false},
		"CI on a terminal":                {env{"CI": "true"}, true, false, report.Plain, false},
		"GitHub Actions":                  {env{"GITHUB_ACTIONS": "true", "CI": "true"}, false, false, report.GitHub, false},
		"GitHub Actions with colour":      {env{"GITHUB_ACTIONS": "true", "FORCE_COLOR": "1"}, false, false, report.GitHub, true},
		"JSON before GitHub Actions":      {env{"GITHUB_ACTIONS": "true"}, true, true, report.JSON, false},
		"JSON has no colour":              {env{"FORCE_COLOR": "1"}, true, true, report.JSON, false},
		"NO_COLOR on a terminal":          {env{"NO_COLOR": "1"}, true, false, report.Terminal, false},
		"any NO_COLOR":                    {env{"NO_COLOR": "0"}, true, false, report.Terminal, false},
		"NO_COLOR before FORCE_COLOR":     {env{"NO_COLOR": "1", "FORCE_COLOR": "1"}, false, false, report.Plain, false},
		"an empty NO_COLOR is none":       {env{"NO_COLOR": ""}, true, false, report.Terminal, true},
		"forced colour":                   {env{"CLICOLOR_FORCE": "1"}, false, false, report.Plain, true},
		"forced colour switched off by 0": {env{"FORCE_COLOR": "0"}, false, false, report.Plain, false},
		"FORCE_COLOR=0 on a terminal":     {env{"FORCE_COLOR": "0"}, true, false, report.Terminal, false},
		"CLICOLOR=0 on a terminal":        {env{"CLICOLOR": "0"}, true, false, report.Terminal, false},
		"CLICOLOR=0 and forced colour":    {env{"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, true, false, report.Terminal, true},
		"CLICOLOR=1 without a terminal":   {env{"CLICOLOR": "1"}, false, false, report.Plain, false},
	} {
		mode, color := report.Detect(func(k string) string { return c.env[k] }, c.terminal, c.json)
		if mode != c.mode || color != c.color {
			t.Errorf("%s: mode %d, colour %t; want %d, %t", name, mode, color, c.mode, c.color)
		}
	}
}

func TestDurationsArePrintedShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		449_600 * time.Microsecond: "450ms", 3_260 * time.Millisecond: "3.3s", 61_400 * time.Millisecond: "1m1s",
	} {
		if got := report.Took(d); got != want {
			t.Errorf("%s is %s, want %s", d, got, want)
		}
	}
}
