#!/usr/bin/env bash
# A date without quotes in `environment` or `args` reaches the container as a Go time, not as it was written.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >compose.yaml <<'YAML'
name: dates
services:
  app:
    image: app
    build: {context: ., args: {SNAPSHOT: 2024-06-20}}
    environment:
      STRIPE_API_VERSION: 2024-06-20
      QUOTED: "2024-06-20"
      DEFAULT: ${UNSET:-2024-06-20}
      ACCOUNT: 123456789.0
  list:
    image: app
    environment: [STRIPE_API_VERSION=2024-06-20]
YAML

version "$(compose version)"
guess "a scalar of the environment is the text in the file: STRIPE_API_VERSION=2024-06-20"
rendered=$(compose config)
seen "docker compose config, values of STRIPE_API_VERSION (map, list), QUOTED, DEFAULT, ACCOUNT, SNAPSHOT" \
	"ACCOUNT: \"1.23456789e+08\"
DEFAULT: \"2024-06-20\"
QUOTED: \"2024-06-20\"
STRIPE_API_VERSION: 2024-06-20 00:00:00 +0000 UTC
SNAPSHOT: 2024-06-20 00:00:00 +0000 UTC
STRIPE_API_VERSION: \"2024-06-20\"" \
	"$(grep -E '^ +(SNAPSHOT|STRIPE_API_VERSION|QUOTED|DEFAULT|ACCOUNT):' <<<"$rendered" | sed 's/^ *//')"
matters "APIs are versioned by dates (Stripe, Azure, Shopify): the map form sends one that does not exist, and the list
          form, or a default inside \${…}, sends the right one; a diff of the two looks like no change"
