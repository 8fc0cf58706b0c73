#!/usr/bin/env bash
# hclog: LevelFromString("WARNING") is NoLevel, and a logger of that level logs info.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"
)

func main() {
	for _, name := range []string{"WARN", "WARNING", "ERR", "FATAL", "OFF"} {
		level := hclog.LevelFromString(name)
		fmt.Printf("%s is %s:", name, level)
		logger := hclog.New(&hclog.LoggerOptions{Level: level, Output: os.Stdout, DisableTime: true})
		fmt.Println(" info", logger.IsInfo(), "error", logger.IsError())
	}
}
GO

go_build github.com/hashicorp/go-hclog@v1.6.3
guess "WARNING is warn, as for syslog, Python and zap; an unknown word is an error, or at least no louder than asked"
seen "the level of a word, and what a logger of it writes" "WARN is warn: info false error true
WARNING is none: info true error true
ERR is none: info true error true
FATAL is none: info true error true
OFF is off: info false error false" "$(./program)"
matters "LOG_LEVEL=WARNING given to a go-plugin host or plugin makes it log more than the operator asked for, without a word
          that the level is unknown"
