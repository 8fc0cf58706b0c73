package manifest

import (
	"strings"
	"testing"
)

// unitOf are how the unit and the integration tests of a project are run.
func unitOf(t *testing.T, files ...string) (unit, integration string, r Repository) {
	t.Helper()
	r, err := Read(repository(t, files...))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range r.Of(Unit) {
		lines = append(lines, strings.Join(c.Argv, " "))
		integration += strings.Join(c.Integration, " ")
	}
	return strings.Join(lines, "\n"), integration, r
}

// Integration tests need a stack, which unit tests have none of.
func TestUnitTestsOfPytestAreThoseWithoutTheMarkOfIntegrationTests(t *testing.T) {
	t.Parallel()
	const toml, pytest = "[tool.pytest.ini_options]\nmarkers = ['integration: needs the stack']\n", "python3 -m pytest -v -p no:cacheprovider"
	const marked = "@pytest.mark.integration\ndef test_a(): pass\n"
	for name, c := range map[string]struct {
		files                   []string
		unit, integration, test string
	}{
		"none is marked":                    {[]string{"pyproject.toml", "[tool.pytest.ini_options]\nmarkers = ['slow']\n"}, "", "", ""},
		"in pyproject.toml":                 {[]string{"pyproject.toml", toml}, "not integration", "integration", marked},
		"in a configuration above":          {[]string{"../pytest.ini", "[pytest]\nmarkers =\n    slow\n    integration: needs the stack\n"}, "not integration", "integration", marked},
		"in one that pytest does not read":  {[]string{"pytest.ini", "[pytest]\n", "../pyproject.toml", toml}, "", "", ""},
		"by a conftest.py":                  {[]string{"tests/conftest.py", "def pytest_configure(config):\n    config.addinivalue_line(\"markers\", \"integration: needs the stack\")\n"}, "not integration", "integration", marked},
		"beside a choice":                   {[]string{"pytest.ini", "[pytest]\naddopts = -ra\n    -m \"not slow\" --strict-markers\nmarkers =\n  integration\n"}, "(not slow) and not integration", "(not slow) and integration", marked},
		"beside a choice in a text of TOML": {[]string{"pyproject.toml", toml + `addopts = "-ra -m 'not slow and not gpu'"`}, "(not slow and not gpu) and not integration", "(not slow and not gpu) and integration", marked},
		"beside a choice with escapes":      {[]string{"pyproject.toml", toml + `addopts = "-m \"not slow\""`}, "(not slow) and not integration", "(not slow) and integration", marked},
		"beside a choice in a list":         {[]string{"pyproject.toml", toml + "addopts = [\n  \"-ra\", '-m', \"not slow\",\n]\n"}, "(not slow) and not integration", "(not slow) and integration", marked},
		"beside a choice in one word":       {[]string{"pyproject.toml", toml + `addopts = ["-mnot slow", "--maxfail=1"]`}, "(not slow) and not integration", "(not slow) and integration", marked},
		"left out already":                  {[]string{"pyproject.toml", toml + `addopts = "-m 'not integration'"`}, "not integration", "integration", marked},
		"and is not declared":               {nil, "not integration", "integration", "pytestmark = [pytest.mark.slow, pytest.mark.integration]\n"},
		"and is not declared, in short":     {nil, "not integration", "integration", "from pytest import mark\n\n@mark.integration(database=True)\ndef test_a(): pass\n"},
		"in a comment alone":                {nil, "", "", "# as @pytest.mark.integration does\n"},
		"by another's name":                 {nil, "", "", "@pytest.mark.integration_slow\ndef test_a(): pass\n"},
		"in tests of other names":           {[]string{"pyproject.toml", toml + "python_files = 'check_*.py'\n", "check_a.py", marked}, "not integration", "integration", ""},
		"in what is no test":                {[]string{"shop/a.py", marked}, "", "", ""},
		"by a conftest.py, to directories":  {[]string{"pyproject.toml", toml, "conftest.py", "MARK = {'tests/db': 'integration'}\n"}, "not integration", "integration", ""},
		"declared, and no test has it":      {[]string{"pyproject.toml", toml}, "not integration", "", ""},
		"left out by its name":              {[]string{"pyproject.toml", toml + `addopts = "-k 'not integration'"`}, "not integration", "integration -k ", marked},
		"others are ignored":                {[]string{"pyproject.toml", toml + `addopts = ["--ignore", "tests/slow"]` + "\ntestpaths = ['.']\n"}, "not integration", "integration", marked},
		"a test of a file is deselected":    {[]string{"pyproject.toml", toml + `addopts = "--deselect test_a.py::test_b"`}, "not integration", "integration", marked},
		"declared by a conftest.py alone":   {[]string{"conftest.py", "config.addinivalue_line('markers', 'integration')\n"}, "not integration", "", ""},
	} {
		files := []string{"services/api/requirements.txt", "", "services/api/test_a.py", c.test}
		for i := 0; i < len(c.files); i += 2 {
			name, above := strings.CutPrefix(c.files[i], "../")
			if !above {
				name = "services/api/" + name
			}
			files = append(files, name, c.files[i+1])
		}
		want, wantIntegration, wantWarning := pytest, "", ""
		if c.unit != "" {
			want += " -m " + c.unit
			wantWarning = "python:services/api: pytest's marker integration is declared and no test has it, so there are no integration tests: @pytest.mark.integration makes one"
		}
		if c.integration != "" {
			wantIntegration, wantWarning = pytest+" -m "+c.integration, ""
		}
		unit, integration, r := unitOf(t, files...)
		if warning := strings.Join(r.Warnings, "|"); warning != wantWarning {
			t.Errorf("%s: warned of %q, want %q", name, warning, wantWarning)
		}
		if unit != want || integration != wantIntegration {
			t.Errorf("%s: got %q and %q, want %q and %q", name, unit, integration, want, wantIntegration)
		}
	}
}

// They would have a stack brought up for nothing.
func TestIntegrationTestsThatPytestNeverLooksIntoAreNone(t *testing.T) {
	t.Parallel()
	const section, marked = "[tool.pytest.ini_options]\n", "@pytest.mark.integration\ndef test_a(): pass\n"
	for _, config := range []string{
		section + `addopts = "-ra --ignore=tests/db"`, section + `addopts = ["--ignore", "tests/db/"]`, section + `addopts = "--deselect=tests/db"`,
		section + `addopts = "--deselect tests/db/test_b.py"`, section + `testpaths = ["tests/unit"]`,
	} {
		_, integration, r := unitOf(t, "services/api/pyproject.toml", config, "services/api/tests/unit/test_a.py", "", "services/api/tests/db/test_b.py", marked)
		if warnings := strings.Join(r.Warnings, "|"); integration != "" || !strings.Contains(warnings, "leave out all tests with the marker integration") {
			t.Errorf("%s: got %q, warned of %q", config, integration, warnings)
		}
	}
	// What is above the project does not say where its tests are.
	_, integration, _ := unitOf(t, "services/api/requirements.txt", "", "pyproject.toml", section+`testpaths = ["tests"]`, "services/api/db/test_b.py", marked)
	if integration == "" {
		t.Error("tests of a project are left out by the directories of another")
	}
}
