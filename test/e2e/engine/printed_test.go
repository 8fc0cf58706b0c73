package engine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/test/e2e/stacktest"
)

// TestDockerKnowsEachOfItsCommandsThatIsPrinted asks for the help of each, with its
// flags: some of them sign in, or remove what is not a test's.
func TestDockerKnowsEachOfItsCommandsThatIsPrinted(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile(filepath.Join(stacktest.Root(t), "internal/arch/testdata/printed.txt"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for line := range strings.Lines(string(list)) {
		command, test, _ := strings.Cut(strings.TrimSpace(line), " | ")
		words := strings.Fields(command)
		if words[0] != "docker" || !strings.HasSuffix(test, "."+t.Name()) {
			continue
		}
		asked++
		name, flags := words, []string{"--help"}
		for len(name) > 0 && strings.HasPrefix(name[len(name)-1], "-") {
			flag := "-" + name[len(name)-1] // none of one letter is listed
			if flag == "--driver" || flag == "--buildkitd-flags" {
				flag += "=x"
			}
			name, flags = name[:len(name)-1], append(flags, flag)
		}
		out, err := exec.Command(name[0], append(name[1:len(name):len(name)], flags...)...).CombinedOutput()
		usage := "Usage:  " + strings.ReplaceAll(strings.Join(name, " "), "docker builder", "docker buildx")
		if err != nil || !strings.Contains(string(out), usage) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	if asked == 0 {
		t.Error("no command is listed")
	}
}
