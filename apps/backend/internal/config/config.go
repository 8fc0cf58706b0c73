package config

import (
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Roles that SERVICE_TYPE may name.
const (
	Gateway    = "api-gateway"
	Worldsmith = "agent-worldsmith"
	Plotmaster = "agent-plotmaster"
)

// Agents are the roles that consume jobs.
func Agents() []string { return []string{Worldsmith, Plotmaster} }

// Server is the configuration of a process that serves a role.
type Server struct {
	Role     string
	Listen   string // host:port of the gateway's API, and of an agent's /ready
	Level    slog.Level
	Postgres Postgres
	Redis    Redis
	Neo4j    string        // host:port of Bolt; empty: not asked
	Kafka    []string      // brokers as host:port; empty: not asked
	Work     time.Duration // how long an agent's work takes, as there is no real one
	// Claim is how long a job may lie with an agent before another takes it over.
	Claim time.Duration
}

// Postgres says how to reach PostgreSQL.
type Postgres struct {
	Host, Port, User, Database, SSLMode string
	Password                            Secret
}

// Redis says how to reach Redis.
type Redis struct {
	Address  string // host:port
	Password Secret
}

// ReadServer reads all that `serve` needs.
func (s *Source) ReadServer() Server {
	return Server{
		Role:     s.role(),
		Listen:   s.ReadListen(),
		Level:    s.ReadLevel(),
		Postgres: s.ReadPostgres(),
		Redis:    Redis{Address: net.JoinHostPort(s.text("REDIS_HOST", "redis"), s.port("REDIS_PORT", "6379")), Password: s.secret("REDIS_PASSWORD")},
		Neo4j:    s.neo4j(),
		Kafka:    s.kafka(),
		Work:     s.duration("AGENT_WORK", 50*time.Millisecond),
		Claim:    s.duration("AGENT_CLAIM_AFTER", 30*time.Second),
	}
}

// ReadPostgres reads all that `migrate` needs.
func (s *Source) ReadPostgres() Postgres {
	return Postgres{
		Host:     s.text("POSTGRES_HOST", "postgres"),
		Port:     s.port("POSTGRES_PORT", "5432"),
		User:     s.text("POSTGRES_USER", "postgres"),
		Database: s.text("POSTGRES_DB", "infinite_scribe"),
		SSLMode:  s.sslMode(),
		Password: s.secret("POSTGRES_PASSWORD"),
	}
}

// ReadListen reads all that `healthcheck` needs: an address as host:port.
func (s *Source) ReadListen() string {
	return s.address("LISTEN_ADDRESS", s.text("LISTEN_ADDRESS", ":8000"))
}

// ReadLevel reads how much is logged.
func (s *Source) ReadLevel() (level slog.Level) {
	value := s.text("LOG_LEVEL", "info")
	if err := level.UnmarshalText([]byte(value)); err != nil {
		s.wrong("LOG_LEVEL must be debug, info, warn or error, not %q", value)
	}
	return level
}

func (s *Source) role() string {
	all := append([]string{Gateway}, Agents()...)
	role := s.text("SERVICE_TYPE", "")
	if !slices.Contains(all, role) {
		s.wrong("SERVICE_TYPE must be one of %s, not %q", strings.Join(all, ", "), role)
	}
	return role
}

func (s *Source) sslMode() string {
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	mode := s.text("POSTGRES_SSLMODE", "prefer")
	if !slices.Contains(modes, mode) {
		s.wrong("POSTGRES_SSLMODE must be one of %s, not %q", strings.Join(modes, ", "), mode)
	}
	return mode
}

// neo4j takes the address from a URI, which may carry a password: no error shows it.
func (s *Source) neo4j() string {
	value := s.text("NEO4J_URI", "")
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Scheme != "bolt" && u.Scheme != "neo4j" {
		s.wrong("NEO4J_URI is no bolt://host:port")
		return ""
	}
	port := u.Port()
	if port == "" {
		port = "7687"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (s *Source) kafka() (brokers []string) {
	for broker := range strings.SplitSeq(s.text("KAFKA_BROKERS", ""), ",") {
		if broker = strings.TrimSpace(broker); broker != "" {
			brokers = append(brokers, s.address("KAFKA_BROKERS", broker))
		}
	}
	return brokers
}
