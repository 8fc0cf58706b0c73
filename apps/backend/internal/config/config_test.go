package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infinitescribe/spellbook/apps/backend/internal/config"
)

// source has variables, and files by their path.
func source(variables, files map[string]string) *config.Source {
	return &config.Source{
		Lookup: func(name string) (string, bool) { value, found := variables[name]; return value, found },
		ReadFile: func(path string) ([]byte, error) {
			if text, found := files[path]; found {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

func valid() map[string]string {
	return map[string]string{"SERVICE_TYPE": "api-gateway", "POSTGRES_PASSWORD": "p1", "REDIS_PASSWORD": "p2"}
}

func TestAFewVariablesAreEnoughInsideTheStack(t *testing.T) {
	t.Parallel()
	s := source(valid(), nil)
	c := s.ReadServer()
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":8000" || c.Redis.Address != "redis:6379" || c.Postgres.Host != "postgres" || c.Claim != 30*time.Second {
		t.Errorf("got %+v", c)
	}
	if c.Neo4j != "" || c.Kafka != nil {
		t.Errorf("nobody named Neo4j or Kafka: %q, %q", c.Neo4j, c.Kafka)
	}
}

func TestNeo4jAndKafkaAreReadWhereTheyAreNamed(t *testing.T) {
	t.Parallel()
	variables := valid()
	variables["NEO4J_URI"] = "bolt://user:secret@neo4j"
	variables["KAFKA_BROKERS"] = "one:9092, two:9093"
	s := source(variables, nil)
	c := s.ReadServer()
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if c.Neo4j != "neo4j:7687" || !slices.Equal(c.Kafka, []string{"one:9092", "two:9093"}) {
		t.Errorf("got %q and %q", c.Neo4j, c.Kafka)
	}
}

func TestASecretComesFromAFileWithoutItsLineBreak(t *testing.T) {
	t.Parallel()
	variables := valid()
	delete(variables, "POSTGRES_PASSWORD")
	variables["POSTGRES_PASSWORD_FILE"] = "/run/secrets/password"
	s := source(variables, map[string]string{"/run/secrets/password": " in a file \n"})
	c := s.ReadServer()
	if s.Err() != nil || c.Postgres.Password.Reveal() != " in a file " {
		t.Errorf("got %q, %v", c.Postgres.Password.Reveal(), s.Err())
	}
}

func TestEveryMistakeIsNamedInOneLineThatShowsNoSecret(t *testing.T) {
	t.Parallel()
	s := source(map[string]string{
		"SERVICE_TYPE": "api", "POSTGRES_PASSWORD": "canary", "POSTGRES_PASSWORD_FILE": "/missing", "POSTGRES_PORT": "x",
		"POSTGRES_SSLMODE": "maybe", "NEO4J_URI": "http://neo4j:canary@host", "KAFKA_BROKERS": "no-port", "LOG_LEVEL": "loud",
		"AGENT_WORK": "soon", "LISTEN_ADDRESS": "8000",
	}, nil)
	s.ReadServer()
	err := s.Err()
	if !errors.Is(err, config.ErrInvalid) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "canary") {
		t.Fatalf("got %v", err)
	}
	for _, name := range []string{"SERVICE_TYPE", "POSTGRES_PASSWORD and", "POSTGRES_PASSWORD_FILE:", "POSTGRES_PORT", "POSTGRES_SSLMODE",
		"REDIS_PASSWORD is not set", "NEO4J_URI", "KAFKA_BROKERS", "LOG_LEVEL", "AGENT_WORK", "LISTEN_ADDRESS"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestASecretIsHiddenHoweverItIsPrinted(t *testing.T) {
	t.Parallel()
	s := config.NewSecret("canary")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "password", s, "in", config.Redis{Password: s})
	text, err := json.Marshal(map[string]any{"password": s})
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%v %+v %#v %s %q", s, config.Redis{Password: s}, config.Redis{Password: s}, s, s) + string(text) + log.String()
	if strings.Contains(all, "canary") || !strings.Contains(all, "****") {
		t.Errorf("got %s", all)
	}
}
