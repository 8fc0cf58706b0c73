package env

import (
	"strings"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/commandtest"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// Whatever env:template guesses, no value that Compose takes keeps anybody from
// switching.
func TestAGuessNeverBlocks(t *testing.T) {
	r := commandtest.NewRepository(t)
	r.Remove("env/.env.example")
	r.Write("compose/docker-compose.yml", "name: demo\nservices:\n  db:\n    image: postgres:16\n    environment:\n      A: ${DB_HOST:-database}\n      B: ${ADMIN_ADDRESS}\n"+
		"      C: ${SMTP_AUTH_TYPE:-plain}\n      D: ${API_KEY_PREFIX:-sk}\n      E: ${ENCRYPTION_KEY}\n      F: ${DEBUG:-false}\n      G: ${WAIT_TIMEOUT:-30s}\n      H: ${DB_PASSWORD}\n"+
		"    ports: [\"${DB_PORT:-5432}:5432\"]\n")
	r.Run(templateCall).Want(t, failure.OK, "a guess")
	text := r.Read("env/.env.example")
	for _, want := range []string{"[host?]\nDB_HOST=", "[port?]\nDB_PORT=", "[bool?]\nDEBUG=", "[duration?]\nWAIT_TIMEOUT=", "[secret] [generate 24]\nDB_PASSWORD=", "[secret]\nENCRYPTION_KEY=", ").\nADMIN_ADDRESS="} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	r.Write("env/.env.old", "DB_HOST=database:5432\nADMIN_ADDRESS=anna@example.org\nSMTP_AUTH_TYPE=login\nAPI_KEY_PREFIX=sk_live\nENCRYPTION_KEY="+strings.Repeat("0a", 32)+
		"\nDEBUG=app:*\nWAIT_TIMEOUT=never\nDB_PASSWORD=long-enough-1\nDB_PORT=127.0.0.1:5433\n")
	r.Run(useCall("old")).Want(t, failure.OK, "environment old is active")
}
