package report

import (
	"strings"
	"testing"
)

func TestAPlanOfADeploymentIsReadInALineAThing(t *testing.T) {
	red, blue, bytes, none := "red", "blue", int64(2500), int64(0)
	d := DeployPlan{Environment: "live", Host: "srv", Path: "spellbook/shop", Changes: true, Release: &Release{ID: "r1"},
		Services: []PlannedService{
			{Name: "store", Part: "infrastructure", Action: "recreate", Cause: "definition", Interrupts: true, Volume: true},
			{Name: "cache", Part: "infrastructure", Action: "start", Cause: "exited"}, {Name: "old", Part: "infrastructure", Action: "remove", Cause: "no longer in the Compose files"},
			{Name: "db", Part: "infrastructure", Action: "keep"}, {Name: "api", Part: "application", Action: "recreate", Cause: "image"}},
		Images: []PlannedImage{{Service: "api", Image: "shop/api", Action: "send", Bytes: &bytes}, {Service: "db", Action: "keep", Bytes: &none},
			{Service: "page", Action: "build"}, {Service: "store", Image: "postgres:16", Action: "pull", Platform: "linux/arm64"}},
		Variables: []PlannedVariable{{Service: "api", Name: "COLOUR", Change: "changed", Old: &red, New: &blue}, {Service: "api", Name: "MORE", Change: "added", New: &red},
			{Service: "api", Name: "TOKEN", Change: "changed", Secret: true}},
		Files: []PlannedFile{{Path: "a.txt", Bytes: 4}}, Left: []string{"r0"}, Notes: []string{"volume shop_data: new"}}
	var out strings.Builder
	if err := DeployPlanText(Options{Out: &out, Width: 120}, d); err != nil {
		t.Fatal(err)
	}
	want := `live → srv (spellbook/shop)
  store: definition changed, made anew, which interrupts it (its data is in a volume)
  cache is exited: started
  old: no longer in the Compose files, removed, which ends it; volumes stay
  api: image
    COLOUR: "red" → "blue"
    MORE: (none) → "red"
    TOKEN differs
  image of api: 2.5 kB to send
  image of page: to be built
  image of store for linux/arm64: postgres:16 is not on this machine, and is pulled and compared first
  a.txt: file, 4 B to send
  left by a run that was cut short, removed: r0
  volume shop_data: new
  untouched: db
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if err := DeployPlanText(Options{Out: &out, Width: 50}, d); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if Columns(strings.TrimSuffix(line, "\n")) > 50 {
			t.Errorf("longer than the terminal is wide: %s", line)
		}
	}
}

// A rollback may be cut short and then repeated: of both entries the release serves.
func TestTheHistorySaysOfWhatFailedThatItDid(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	o := Options{Out: &out, Width: 80}
	entry := DeployEntry{Action: "rollback", Release: "r1", Result: "failed", Serves: true, Kept: true}
	again := entry
	again.Result = "ok"
	if err := DeployHistoryTable(o, DeployHistory{Entries: []DeployEntry{again, entry}}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(out.String(), "\n"); !strings.Contains(lines[1], " serves ") || !strings.Contains(lines[2], " failed ") {
		t.Errorf("got\n%s", &out)
	}
}
