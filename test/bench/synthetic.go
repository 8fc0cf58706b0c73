package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeModel writes a repository with a Compose file of n services.
func writeModel(dir string, n int) error {
	if err := os.MkdirAll(filepath.Join(dir, "compose"), 0o755); err != nil {
		return err
	}
	env := "IMAGE=lab/service:1\nLOG_LEVEL=info\nREGION=eu\n"
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "compose", "docker-compose.yml"), []byte(modelText(n)), 0o644)
}

// chain is how many services wait for each other in a row.
const chain = 10

func modelText(n int) string {
	var b strings.Builder
	b.WriteString("name: large\nservices:\n")
	for i := range n {
		b.WriteString(serviceText(i))
	}
	b.WriteString("networks:\n")
	for i := 0; i < n; i += 5 * chain {
		fmt.Fprintf(&b, "  net-%d: {driver: bridge}\n", i/(5*chain))
	}
	b.WriteString("volumes:\n")
	for i := range n {
		fmt.Fprintf(&b, "  data-%d: {labels: {owner: team-%d}}\n", i, i%7)
	}
	return b.String()
}

func serviceText(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `  service-%[1]d:
    image: ${IMAGE:-lab/service:1}
    restart: unless-stopped
    environment:
      NAME: service-%[1]d
      PORT: "8080"
      LOG_LEVEL: ${LOG_LEVEL:-debug}
      REGION: ${REGION}
      DATABASE_URL: postgres://user@service-%[2]d:5432/${DATABASE:-app}
      FEATURES: "a,b,c"
    labels: {team: team-%[3]d, tier: "%[4]d"}
    networks: [net-%[5]d]
    ports: ["127.0.0.1:%[6]d:8080"]
    volumes:
      - data-%[1]d:/data
      - ./config:/etc/service:ro
    healthcheck:
      test: [CMD, /service, health, tcp]
      interval: 10s
      timeout: 5s
      retries: 5
    deploy:
      resources: {limits: {memory: 256M}}
`, i, i-i%chain, i%7, i%chain, i/(5*chain), 10000+i)
	if i%chain > 0 {
		fmt.Fprintf(&b, "    depends_on:\n      service-%d: {condition: service_healthy}\n", i-1)
	}
	if i%chain > 1 {
		fmt.Fprintf(&b, "      service-%d: {condition: service_started}\n", i-i%chain)
	}
	return b.String()
}
