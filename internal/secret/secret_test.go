package secret

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatANameSays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"POSTGRES_PASSWORD", "POSTGRES_PW", "PGADMIN_PW", "MYSQL_PWD", "PGPASSWORD", "dbPassword", "DB_PASS", "DBPASS", "spring.datasource.password",
		"S3_SECRET_KEY", "SECRET_KEY_BASE", "VAULT_SECRET_ID", "API_KEY", "APIKEY", "apiKey", "OPENAI_API_KEY", "AWS_ACCESS_KEY_ID", "SIGNING_PRIVATE_KEY", "private_key",
		"GITHUB_TOKEN", "AUTHTOKEN", "API_TOKENS", "SENTRY_DSN", "NEO4J_AUTH", "REDISCLI_AUTH", "BASIC_AUTH_USERS", "DOCKER_AUTH_CONFIG", "GOOGLE_CREDENTIALS",
		"RABBITMQ_ERLANG_COOKIE", "WIFI_PSK", "AZURE_STORAGE_CONNECTION_STRING", "AccountKey", "SharedAccessKey", "encryption_key", "NEXT_PUBLIC_DB_PASSWORD", "VITE_CLIENT_SECRET",
		"JWT_SECRET_BACKEND", "SENTRY_DSN_BACKEND", "DB_PASSWORD_SERVER", "API_KEY_PROVIDER", // whose it is
	} {
		if !IsName(name) {
			t.Errorf("%s is taken for no secret", name)
		}
	}
	for _, name := range []string{
		"", "KEY", "PASS", "PWD", "AUTH", "GIT_AUTHOR_NAME", "AUTHOR", "POSTGRES_PASSWORD_FILE", "TOKEN_URL", "OAUTH_TOKEN_ENDPOINT", "POSTGRES_HOST_AUTH_METHOD", "SMTP_AUTH_TYPE",
		"API_KEY_PREFIX", "TOKEN_TTL", "PASSWORD_LENGTH", "MAX_TOKENS", "OPENAI_MAX_TOKENS", "TOKENIZER", "SSH_PUBLIC_KEY", "STRIPE_PUBLISHABLE_KEY", "NEXT_PUBLIC_STRIPE_KEY",
		"VITE_MAPS_API_KEY", "REACT_APP_MAPS_TOKEN", "PRIMARY_KEY", "CACHE_KEY", "RATE_BYPASS", "SECRET_NAME", "SECRET_SCANNING", "MONKEY", "POSTGRES_USER", "BASE_IMAGE", "SharedAccessKeyName",
	} {
		if IsName(name) {
			t.Errorf("%s is taken for a secret", name)
		}
	}
}

func TestWhatCannotBeAnOrdinaryWord(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"hunter2hunter2", "a1b2c3d4", "kQ3xR9mZpL", "correctHorse99x7", "550e8400-e29b-41d4-a716-446655440000", "xkqzvbnmwr", "Tr0ub4dor&3", "registry/x9k2m4p7q1", "4111111111111111"} {
		if !IsDistinctive(value) {
			t.Errorf("%s is taken for a word", value)
		}
	}
	for _, value := range []string{"", "shop", "postgres", "disable", "test", "postgres:16", "postgres123", "production", "infinite-scribe-dev", "my-project-2026", "registry.example/shop/base:1",
		"x86_64-linux", "1.22-alpine3.19", "bookworm-slim", "neo4j/neo4j", "camelCaseName", "INFINITESCRIBE", "20261201", "aB3$x", "changeme!", "your-token-here1x9"} {
		if IsDistinctive(value) {
			t.Errorf("%s is taken for what is no word", value)
		}
	}
}

const (
	pem     = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nab+/==\n-----END RSA PRIVATE KEY-----"
	account = `{"type": "service_account", "project_id": "p-1", "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", "client_secret": "x", "token_uri": "https://o/t"}`
)

func TestWhatTheFormOfAValueSays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postgres://u:pw@db/x?sslmode=disable": "postgres://u:****@db/x?sslmode=disable",
		"redis://:pw@r:1,redis://:qw@r:2":      "redis://:****@r:1,redis://:****@r:2",
		pem:                                    "****",
		strings.ReplaceAll(pem, "\n", `\n`):    "****",
		"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----": "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
		"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUU=":                "****",
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUU=":                "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUU=",
		account:                  `{"type": "service_account", "project_id": "p-1", "private_key": "****", "client_secret": "****", "token_uri": "https://o/t"}`,
		`{\"password\": \"pw\"}`: `{\"password\": \"****\"}`,
		"Server=db;User Id=sa;Password=p w!;Encrypt=no":                         "Server=db;User Id=sa;Password=****;Encrypt=no",
		"AccountName=a;AccountKey=abc==;EndpointSuffix=x":                       "AccountName=a;AccountKey=****;EndpointSuffix=x",
		"host=db user=u password=pw dbname=x":                                   "host=db user=u password=**** dbname=x",
		"run --password='p w' --sort-key=a --token=$T":                          "run --password=**** --sort-key=a --token=$T",
		"use ghp_abcdefghijklmnopqrstuvwx now":                                  "use **** now",
		"https://hooks.slack.com/services/T0/B0/xyz":                            "https://hooks.slack.com/services/****",
		"eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcdefgh_-x":                         "****",
		"registry.example/shop/base:1 postgres:16 --key=a -p 1 GIT_AUTHOR=anna": "registry.example/shop/base:1 postgres:16 --key=a -p 1 GIT_AUTHOR=anna",
		"PGPASSWORD=\"$POSTGRES_PASSWORD\" psql":                                "PGPASSWORD=\"$POSTGRES_PASSWORD\" psql",
	} {
		got := Redact(text)
		if got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
		if again := Redact(got); again != got {
			t.Errorf("%q becomes %q", got, again)
		}
		if HasShape(text) != (want != text) {
			t.Errorf("%q: HasShape is %v", text, HasShape(text))
		}
	}
}

func TestThePasswordOfAURLIsFound(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"pg://u:pw@h/db": "pw", "redis://:pw@h": "pw", "pg://u:p%40w@h": "p@w", "pg://u:a/b@h": "a/b", "pg://u:a@b@h": "a@b",
		"https://h/@user": "", "http://h:3000/@x": "", "u:p@h": "", "pg://u@h": "", "": "",
	} {
		if got := PasswordOf(value); got != want {
			t.Errorf("the password of %s is %q, not %q", value, got, want)
		}
	}
}

func TestTheKnownWordsAreSorted(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(knownWords) {
		t.Error("they are not")
	}
	for value, want := range map[string]bool{"Change-Me!": true, "<password>": true, "your-password-here": true, "CHANGE_ME_please": true, "xxxx": true, "correct horse": false, "kJ8sGx72bbQ": false} {
		if IsKnownWord(value) != want {
			t.Errorf("%s: %v", value, !want)
		}
	}
}

func TestThePasswordOfAURLIsAlsoWhatItMeans(t *testing.T) {
	t.Parallel()
	got := Parts("postgres://u:k3x9%40qp@db and redis://:plain@r")
	if want := []string{"k3x9%40qp", "k3x9@qp", "plain"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
