package execute

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/infinitescribe/spellbook/internal/lazyregexp"
)

var (
	warningLine = lazyregexp.New(`^time="[^"]*" level=warning msg=(".*")$`)
	// Compose asks this, and without a terminal takes no for the answer.
	staleVolume  = lazyregexp.New(`Volume "([^"]+)" exists but doesn't match configuration in compose file`)
	othersVolume = lazyregexp.New(`^Compose: (volume "([^"]+)" already exists but .*)$`)
)

// toldAlready begins what Compose warns of and our own preflight says as well.
var toldAlready = []string{"The \"", "Found orphan containers", "the attribute `version`"}

// composeWarning is what a line of the Compose CLI warns of, for a reader of ours; ""
// where it is none, or one that was told.
func composeWarning(line string) string {
	if found := staleVolume.FindStringSubmatch(line); found != nil {
		return fmt.Sprintf("volume %s is not as the Compose files have it now, and is kept with its data; without its data: mage infra:down, docker volume rm %s, mage infra:up", found[1], found[1])
	}
	found := warningLine.FindStringSubmatch(line)
	if found == nil {
		return ""
	}
	text, err := strconv.Unquote(found[1])
	if err != nil {
		text = found[1]
	}
	for _, begin := range toldAlready {
		if strings.Contains(text, begin) {
			return ""
		}
	}
	return "Compose: " + strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", ". ")), " ")
}
