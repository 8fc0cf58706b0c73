package stacktest

// Lights is a stack without data.
const Lights = "\n  web: {image: \"lab/service:1\", stop_grace_period: 1s, " + Health + "}\n"

// Slow has a service that gets ready, and one that never does.
const Slow = `
  db:
    image: lab/service:1
    environment: {BOOT: 600ms}
    ` + Health + `
  late:
    image: lab/service:1
    environment: {BOOT: 1h}
    ` + Health + `
    depends_on: {db: {condition: service_healthy}}
`

// Pair has no published port: those of an engine in a container are not this
// machine's.
const Pair = `
  db: {image: "lab/service:1", stop_grace_period: 1s, ` + Health + `}
  web: {image: "lab/service:1", stop_grace_period: 1s, depends_on: {db: {condition: service_healthy}}}
`

// Health is a check that does not come round before a service is ready.
const Health = `healthcheck: {test: [CMD, /service, health], interval: 10s, timeout: 5s, retries: 5}`

// Chain has a service that needs a migration that needs a database.
const Chain = `
  db:
    image: lab/service:1
    environment: {BOOT: 500ms}
    ` + Health + `
  migrate:
    image: lab/service:1
    command: [oneshot]
    environment: {MIGRATE_TO: "db:8080"}
    depends_on: {db: {condition: service_healthy}}
  api:
    image: lab/service:1
    environment: {BOOT: 200ms}
    ` + Health + `
    depends_on: {migrate: {condition: service_completed_successfully}}
`
