package infra_test

import (
	"fmt"
	"testing"

	"github.com/infinitescribe/spellbook/internal/command/infra"
	"github.com/infinitescribe/spellbook/internal/failure"
)

// socketTrap boots as PostgreSQL's image does: a server on the Unix socket
// alone answers the health check while it initialises, then goes away. Its
// dependent makes one attempt to connect over TCP the moment it starts.
const socketTrap = `
  db:
    image: lab/service:1
    environment: {SOCKET_ONLY_INIT: 400ms, BOOT: 200ms, RUN: "%d"}
    ports: ["127.0.0.1::8080"]
    healthcheck: {test: [CMD, /service, health], interval: 10s, timeout: 5s, retries: 5}
  client:
    image: lab/service:1
    command: [oneshot]
    environment: {MIGRATE_TO: "db:8080", RUN: "%d"}
    depends_on: {db: {condition: service_healthy}}
`

// Fifty starts, and the health check is true of each long before the service
// is reached.
func TestFiftyStartsOfAServiceThatInitialisesBelieveNoneTooEarly(t *testing.T) {
	t.Parallel()
	s := newStack(t, "")
	for run := range 50 {
		s.Write(fmt.Sprintf(socketTrap, run, run))
		s.Up(infra.UpOptions{}).Want(t, failure.OK)
	}
}

// The same with the real PostgreSQL and the user's own health check, which
// asks the Unix socket.
func TestPostgresIsNotBelievedWhileItInitialises(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: not-a-secret}
    ports: ["127.0.0.1::5432"]
    healthcheck: {test: [CMD-SHELL, pg_isready -U postgres], interval: 10s, timeout: 5s, retries: 5}
  client:
    image: lab/service:1
    command: [oneshot]
    environment: {MIGRATE_TO: "postgres:5432"}
    depends_on: {postgres: {condition: service_healthy}}
`)
	for range 5 {
		s.Up(infra.UpOptions{}).Want(t, failure.OK).Says(t, "client")
		s.Down(infra.DownOptions{Volumes: true, Yes: true}).Want(t, failure.OK)
	}
}

// Without a published port there is nothing to look at but what the image
// exposes.
func TestAnUnpublishedPostgresIsNotBelievedEither(t *testing.T) {
	t.Parallel()
	s := newStack(t, `
  postgres:
    image: lab/postgres:15
    environment: {POSTGRES_PASSWORD: not-a-secret}
    healthcheck: {test: [CMD-SHELL, pg_isready -U postgres], interval: 10s, timeout: 5s, retries: 5}
  client:
    image: lab/service:1
    command: [oneshot]
    environment: {MIGRATE_TO: "postgres:5432"}
    depends_on: {postgres: {condition: service_healthy}}
`)
	s.Up(infra.UpOptions{}).Want(t, failure.OK)
}
