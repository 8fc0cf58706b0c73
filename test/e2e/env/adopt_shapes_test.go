package env_test

// The shapes of repositories that are adopted: how public ones write their
// Compose files and the .env that a user copies from an example and fills in.
// Each name says which; the texts are our own.
var adoptedShapes = map[string]map[string]string{
	// Names alone, interpolation without defaults, links (as n8n has it).
	"passed on by name": {
		"docker-compose.yml": `
services:
  postgres:
    image: lab/postgres:15
    environment:
      - POSTGRES_USER
      - POSTGRES_PASSWORD
      - POSTGRES_NON_ROOT_USER
      - PGDATA=/data
      - LEFT_ALONE
    healthcheck: {test: ["CMD-SHELL", "pg_isready -U ${POSTGRES_USER} -d ${POSTGRES_DB}"]}
  app:
    image: lab/service:${APP_VERSION}
    environment:
      - DB_PASSWORD=${POSTGRES_PASSWORD}
      - AUTH_TOKEN=${RUNNERS_AUTH_TOKEN}
      - GENERIC_TIMEZONE
    links: [postgres]
`,
		".env": "APP_VERSION=1\nPOSTGRES_USER=changeUser\nPOSTGRES_PASSWORD=change$$Password\nPOSTGRES_DB=n\n\nRUNNERS_AUTH_TOKEN='a#b'\n",
	},
	// The whole file goes into containers, and is filled in besides (as cal.com has it).
	"env_file": {
		"docker-compose.yaml": `
services:
  database: {image: lab/postgres:15, env_file: .env, volumes: ["data:/data"]}
  app:
    image: lab/service:1
    build:
      context: .
      args:
        WEBAPP_URL: ${NEXT_PUBLIC_WEBAPP_URL}
        TELEMETRY: ${TELEMETRY_DISABLED}
        SALT:
    env_file: .env
    environment:
      - DATABASE_URL=postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${DATABASE_HOST}/${POSTGRES_DB}
      - DIRECT_URL=${DATABASE_URL}
  studio: {image: lab/service:1, env_file: [{path: .env}, {path: studio.env, required: false}], profiles: [studio]}
volumes: {data: }
`,
		".env": "\uFEFF# Copied from the example.\r\n\r\nLICENSE=\r\nexport NEXT_PUBLIC_WEBAPP_URL=\"http://localhost:3000\" # where\r\nPOSTGRES_USER=unicorn_user\r\nPOSTGRES_PASSWORD=magical_password\r\nDATABASE_HOST=database:5432\r\nPOSTGRES_DB=calendso\r\nDATABASE_URL=postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${DATABASE_HOST}/${POSTGRES_DB}\r\nGOOGLE='{\"web\": {\"id\": \"$1\"}}'\r\nPRIVATE_KEY=\"-----BEGIN KEY-----\n abc $$x\n-----END KEY-----\"\r\nNEXTAUTH_SECRET=old\r\nNEXTAUTH_SECRET=new\r\nBARE_NAME\r\nLAST=1",
	},
	// A default for everything, secrets too, some places without one (as langfuse has it).
	"defaults": {
		"docker-compose.yml": `
x-env: &env
  TELEMETRY: ${TELEMETRY_ENABLED:-true}
  CLICKHOUSE_PASSWORD: ${CLICKHOUSE_PASSWORD:-clickhouse}
  SECRET_KEY: ${S3_SECRET_ACCESS_KEY:-miniosecret}
  DELAY: ${QUEUE_DELAY_MS:-}
  FLUSH: ${QUEUE_DELAY_MS-500}
  FLAG: ${DEBUG:+--debug}
  DEBUG: ${DEBUG:-0}
services:
  worker: {image: "lab/service:1", environment: *env, ports: ["127.0.0.1:${P:-80}:80"]}
  web: {image: "lab/service:1", environment: {<<: *env, AUTH: "${REDIS_AUTH:-myredissecret}", SALT: "${SALT:?is needed}"}, ports: ["127.0.0.1:${P:-81}:81"]}
  redis: {image: "lab/redis:${REDIS_VERSION:-7.0}", command: "--requirepass ${REDIS_AUTH:-myredissecret}"}
`,
		".env": "SALT=my salt\nREDIS_AUTH=\"with \\\"quotes\\\" and $$\"\n",
	},
	// Hundreds of names alone, most of them not set anywhere (as jitsi has it).
	"pass-through": {
		"docker-compose.yml": `
services:
  web:
    image: lab/service:${IMAGE_VERSION:-1}
    restart: ${RESTART_POLICY:-unless-stopped}
    ports: ["${HTTP_PORT}:80", "${HTTPS_PORT}:443"]
    volumes: ["${CONFIG}/web:/config:Z"]
    labels: {service: "web"}
    environment: [ENABLE_AUTH, ENABLE_LETSENCRYPT, ENABLE_XMPP_WEBSOCKET, START_AUDIO_MUTED, TOKEN_AUTH_URL, PUBLIC_URL, TZ, JVB_PORT, "JVB_PORT_TOO=${JVB_PORT:-10000}"]
  prosody:
    image: lab/service:1
    environment: {JICOFO_AUTH_PASSWORD: , JWT_APP_SECRET: , LOG_LEVEL: , XMPP_DOMAIN: , XMPP_PORT: }
`,
		".env": "# shellcheck disable=SC2034\n\nCONFIG=./cfg\nHTTP_PORT=8000\nHTTPS_PORT=8443\nTZ=UTC\n#PUBLIC_URL=https://meet.example.com:${HTTPS_PORT}\nENABLE_AUTH=1\nENABLE_LETSENCRYPT=0 # yes or no\nJICOFO_AUTH_PASSWORD=f00d\nRESTART_POLICY=unless-stopped\n",
	},
	// Other files: include:, a project's name, values that refer to each other.
	"include": {
		"compose.yaml": `
include:
  - path: part/compose.yaml
  - {path: other/compose.yaml, env_file: other/values.env}
services:
  app: {image: "lab/service:1", environment: {A: "${A}", B: "${B:-b}", C: "${C-}"}}
`,
		"part/compose.yaml":  "services:\n  part: {image: \"lab/service:1\", environment: [\"OWN=${OWN:-none}\", \"A=${A}\"]}\n",
		"part/.env":          "OWN=of the part\nA=weaker\n",
		"other/compose.yaml": "services:\n  other: {image: \"lab/service:1\", environment: [\"OTHER=${OTHER}\", B]}\n",
		"other/values.env":   "OTHER=other\n",
		".env":               "COMPOSE_PROJECT_NAME=mine\nCOMPOSE_PROFILES=\nBASE=/srv\nA=${BASE}/a b\nB=\"multi\nline\"\n",
	},
}
