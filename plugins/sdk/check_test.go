package sdk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/infinitescribe/spellbook/plugins/sdk"
	"github.com/infinitescribe/spellbook/plugins/sdk/pluginv1"
)

func TestAPluginWithoutMistakesHasNoFindings(t *testing.T) {
	t.Parallel()
	for _, d := range sdk.Check(fixture()) {
		if d.Code != "NO_SUMMARY" && d.Code != "SEEN" {
			t.Errorf("%s %s: %s", d.Code, d.Path, d.Summary)
		}
	}
}

func TestEveryMistakeOfAnAuthorIsFound(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, *sdk.Run) error { return nil }
	variable := func(v sdk.Variable) func(*sdk.Plugin) {
		v.Name, v.Summary = "BOX_NEW", "new"
		return func(p *sdk.Plugin) { p.Variables = append(p.Variables, v) }
	}
	command := func(c sdk.Command) func(*sdk.Plugin) {
		c.Run = func(context.Context, *sdk.Call) error { return nil }
		return func(p *sdk.Plugin) { p.Commands = append(p.Commands, c) }
	}
	for name, test := range map[string]struct {
		spoil func(*sdk.Plugin)
		want  string // CODE path
	}{
		"name":                 {func(p *sdk.Plugin) { p.Name = "Box-1" }, "BAD_NAME name"},
		"version":              {func(p *sdk.Plugin) { p.Version = "v1" }, "BAD_NAME version"},
		"full stop":            {func(p *sdk.Plugin) { p.Summary = "a box." }, "FULL_STOP summary"},
		"two lines":            {func(p *sdk.Plugin) { p.Summary = "a\nbox" }, "CONTROL_CHARACTER summary"},
		"escape in docs":       {func(p *sdk.Plugin) { p.Docs = "\x1b[2J" }, "CONTROL_CHARACTER docs"},
		"no services":          {func(p *sdk.Plugin) { p.Services = nil }, "NO_SERVICES services"},
		"service twice":        {func(p *sdk.Plugin) { p.Services = append(p.Services, p.Services[0]) }, "DUPLICATE services.box"},
		"service not there":    {func(p *sdk.Plugin) { p.Services = append(p.Services, sdk.Service{Name: "lid"}) }, "MISSING_SERVICE services.lid"},
		"unknown service":      {func(p *sdk.Plugin) { p.Fragment += "  lid: {image: x}\n" }, "UNDECLARED_SERVICE services.lid"},
		"no fragment":          {func(p *sdk.Plugin) { p.Fragment = "" }, "NO_FRAGMENT Fragment"},
		"no YAML":              {func(p *sdk.Plugin) { p.Fragment = "a: [" }, "NO_YAML fragment"},
		"no Compose file":      {func(p *sdk.Plugin) { p.Fragment = "services: 1" }, "NO_COMPOSE_FILE fragment"},
		"two fragments":        {func(p *sdk.Plugin) { p.Render = func(sdk.Config) (string, []sdk.Diagnostic) { return fragment, nil } }, "UNUSED_FRAGMENT Fragment"},
		"undeclared variable":  {func(p *sdk.Plugin) { p.Fragment += "x-a: $NEW\n" }, "UNDECLARED_VARIABLE variables.NEW"},
		"other default":        {func(p *sdk.Plugin) { p.Variables[0].Default = "box:2" }, "OTHER_DEFAULT variables.BOX_IMAGE"},
		"no default":           {func(p *sdk.Plugin) { p.Fragment += "x-a: ${BOX_IMAGE}\n" }, "OTHER_DEFAULT variables.BOX_IMAGE"},
		"secret in fragment":   {func(p *sdk.Plugin) { p.Fragment += "x-a: ${BOX_PASSWORD:-known}\n" }, "SECRET_WITH_DEFAULT variables.BOX_PASSWORD"},
		"variable's name":      {func(p *sdk.Plugin) { p.Variables[0].Name = "box" }, "BAD_NAME variables.box"},
		"reserved":             {func(p *sdk.Plugin) { p.Variables[0].Name = "COMPOSE_FILE" }, "RESERVED variables.COMPOSE_FILE"},
		"unknown type":         {variable(sdk.Variable{Type: "number"}), "UNKNOWN_TYPE variables.BOX_NEW"},
		"enum without options": {variable(sdk.Variable{Type: "enum "}), "UNKNOWN_TYPE variables.BOX_NEW"},
		"default of type":      {variable(sdk.Variable{Type: "port", Default: "70000"}), "BAD_DEFAULT variables.BOX_NEW"},
		"default of enum":      {variable(sdk.Variable{Type: "enum a|b", Default: "c"}), "BAD_DEFAULT variables.BOX_NEW"},
		"required default":     {variable(sdk.Variable{Required: true, Default: "x"}), "REQUIRED_WITH_DEFAULT variables.BOX_NEW"},
		"secret default":       {variable(sdk.Variable{Secret: true, Default: "x"}), "SECRET_WITH_DEFAULT variables.BOX_NEW"},
		"secret without value": {variable(sdk.Variable{Secret: true}), "SECRET_WITHOUT_VALUE variables.BOX_NEW"},
		"generated":            {variable(sdk.Variable{Generate: 20}), "GENERATED_IN_THE_OPEN variables.BOX_NEW"},
		"short secret":         {variable(sdk.Variable{Secret: true, Generate: 4}), "SHORT_SECRET variables.BOX_NEW"},
		"negative length":      {variable(sdk.Variable{Secret: true, Generate: -4}), "BAD_GENERATE variables.BOX_NEW"},
		"endpoint's service":   {func(p *sdk.Plugin) { p.Endpoints[0].Service = "lid" }, "UNKNOWN_SERVICE endpoints.box"},
		"endpoint's port":      {func(p *sdk.Plugin) { p.Endpoints[0].Port = 0 }, "BAD_PORT endpoints.box"},
		"command's name":       {command(sdk.Command{Name: "do-it"}), "BAD_NAME commands.do-it"},
		"command twice":        {command(sdk.Command{Name: "Say"}), "DUPLICATE commands.Say"},
		"keyword":              {command(sdk.Command{Name: "new", Flags: []sdk.Flag{{Name: "type"}}}), "KEYWORD commands.new.type"},
		"flag and argument":    {command(sdk.Command{Name: "new", Arguments: []sdk.Argument{{Name: "a"}}, Flags: []sdk.Flag{{Name: "a"}}}), "DUPLICATE commands.new.a"},
		"flag's default":       {command(sdk.Command{Name: "new", Flags: []sdk.Flag{{Name: "a", Type: sdk.Int, Default: "x"}}}), "BAD_DEFAULT commands.new.a"},
		"flag's type":          {command(sdk.Command{Name: "new", Flags: []sdk.Flag{{Name: "a", Type: 9}}}), "UNKNOWN_TYPE commands.new.a"},
		"command without Run":  {func(p *sdk.Plugin) { p.Commands[0].Run = nil }, "NO_FUNCTION commands.say"},
		"hook without Run":     {func(p *sdk.Plugin) { p.Hooks[0].Run = nil }, "NO_FUNCTION hooks.post_ready"},
		"hook twice":           {func(p *sdk.Plugin) { p.Hooks[0].Phase = sdk.PreDown }, "DUPLICATE hooks.pre_down"},
		"hook's phase":         {func(p *sdk.Plugin) { p.Hooks[0] = sdk.Hook{Phase: 9, Run: nothing} }, "UNKNOWN_PHASE hooks.unspecified"},
		"hook's timeout":       {func(p *sdk.Plugin) { p.Hooks[0].Timeout = -time.Second }, "BAD_TIMEOUT hooks.post_ready"},
		"permission":           {func(p *sdk.Plugin) { p.Permissions = []sdk.Permission{{Key: "root", Reason: "x"}} }, "UNKNOWN_PERMISSION permissions.root"},
		"permission's reason":  {func(p *sdk.Plugin) { p.Permissions = []sdk.Permission{{Key: "privileged"}} }, "NO_REASON permissions.privileged"},
		"half a backup":        {func(p *sdk.Plugin) { p.Restore = nil }, "HALF_A_BACKUP Backup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fixture()
			test.spoil(&p)
			var found []string
			for _, d := range sdk.Check(p) {
				found = append(found, d.Code+" "+d.Path)
				if test.want == d.Code+" "+d.Path && d.Summary != "" {
					return
				}
			}
			t.Errorf("found %s, not %s", strings.Join(found, ", "), test.want)
		})
	}
}

func TestAManifestThatAnnouncesNoCapabilityIsFound(t *testing.T) {
	t.Parallel()
	m := sdk.ToManifest(fixture())
	m.Capabilities = nil
	m.Api = &pluginv1.ApiRange{Min: 2, Max: 1}
	want := map[string]bool{"NO_CAPABILITY services.box": true, "NO_CAPABILITY commands.say": true, "NO_CAPABILITY hooks.pre_down": true, "BAD_API api": true}
	for _, d := range sdk.CheckManifest(m) {
		delete(want, d.Code+" "+d.Path)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

func TestReferencesAreThoseOfCompose(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"$$A $${B}":         "",
		"$A-${B}":           "A B",
		"${A:-x${B:-y}z}$C": "A:-x${B:-y}z B:-y C",
		"${A:?say it}":      "A:?say it",
		"${A-x} ${B:+y}":    "A-x B:+y",
		"costs 5$ or ${A":   "A",
	} {
		var got []string
		for _, r := range sdk.References(&yaml.Node{Kind: yaml.ScalarNode, Value: text}) {
			got = append(got, r.Name+r.Operator+r.Operand)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzReferencesEnd(f *testing.F) {
	for _, seed := range []string{"${A:-${B}}", "$", "${", "$${", "${:}"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		sdk.CheckFragment(sdk.ToManifest(fixture()), []byte(text))
		sdk.References(&yaml.Node{Kind: yaml.ScalarNode, Value: text})
	})
}
