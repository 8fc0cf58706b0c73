package environ

import (
	"fmt"
	"testing"

	"github.com/infinitescribe/spellbook/internal/dotenv"
)

func environment(name, text string) Environment {
	return Environment{Name: name, File: "env/.env." + name, Document: dotenv.Parse(text)}
}

func TestANewEnvironmentIsCalledAsTheFilesAndItselfUnlessAStackIsThereAlready(t *testing.T) {
	for want, n := range map[string]Naming{
		"shop-test":  {Environment: "test", Files: "shop", ForThis: "shop"},
		"shop-local": {Environment: "local", Files: "shop", ForThis: "shop", InUse: true, Others: []string{"shop"}},
		"shop":       {Environment: "local", Files: "shop", ForThis: "shop", InUse: true, Others: []string{"shop-test"}},
		"overlaid":   {Environment: "test", Files: "shop", ForThis: "overlaid", InUse: true},
	} {
		same(t, fmt.Sprintf("the name of %+v", n), n.Name(), want)
	}
}

func TestPortsAreRaisedByTheSmallestHundredAtWhichNoneIsAnothers(t *testing.T) {
	template, err := ParseTemplate("t", "# [port]\nDB=5432\n# [port]\nWEB=8000\n# [port]\nNONE=\n# [port]\nRANGE=\nN=7\n")
	must(t, err)
	variables := []string{"DB", "NONE", "WEB"}
	for _, c := range []struct {
		others []Environment
		want   string
		raised int
	}{
		{nil, "map[]", 0},
		{[]Environment{environment("local", "DB=1\nWEB=2\n")}, "map[]", 0},
		{[]Environment{environment("local", "DB=5432\nWEB=8000\n")}, "map[DB:5532 WEB:8100]", 100},
		{[]Environment{environment("local", "DB=5432\n"), environment("test", "WEB=8100\n")}, "map[DB:5632 WEB:8200]", 200},
	} {
		values, raised := template.Apart(variables, c.others)
		same(t, "the ports", fmt.Sprint(values), c.want)
		same(t, "the step", raised, c.raised)
	}
}

func TestPortsThatCannotBeRaisedStay(t *testing.T) {
	template, err := ParseTemplate("t", "# [port]\nDB=65500\n")
	must(t, err)
	values, raised := template.Apart([]string{"DB"}, []Environment{environment("local", "DB=65500\n")})
	same(t, "the ports", len(values)+raised, 0)
}

func TestStacksThatMayRunBesideOneAreThoseOfItsEngineButTheLabsAndTheServers(t *testing.T) {
	others := []Environment{environment("lab", ""), environment("dev", ""), environment("test", ""), environment("far", "DOCKER_HOST=ssh://x\n"),
		environment("deployed", "DEPLOY_HOST=x\n")}
	names := func(list []Environment) (text string) {
		for _, e := range list {
			text += e.Name + " "
		}
		return text
	}
	same(t, "beside local", names(environment("local", "").Besides(others)), "test ")
	same(t, "beside dev", names(environment("dev", "").Besides(others)), "")
	same(t, "sharing with local", names(environment("local", "").Sharing(others)), "dev test ")
	same(t, "sharing with lab", names(environment("lab", "").Sharing(others)), "dev test ")
}
