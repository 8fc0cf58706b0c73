#!/usr/bin/env bash
# go-task v3.54: in `cmds` the command `kill` fails whatever it is given, and `$!` is no process: it is `g1`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

GOBIN=$dir GOWORK=off go install github.com/go-task/task/v3/cmd/task@v3.54.0 >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "go-task $(./task --version)"
cat >server.sh <<'END'
echo $$ >pid
exec sleep 300
END
cat >Taskfile.yml <<'END'
version: '3'
silent: true
tasks:
  variable:
    cmds:
      - |
        sleep 300 &
        echo "$!"
        kill "$!"
        echo done
  file:
    cmds:
      - |
        sh server.sh &
        until [ -s pid ]; do sleep 0.1; done
        kill "$(cat pid)" || echo "kill: $?"
        command kill "$(cat pid)" || echo "command kill: $?"
        env kill "$(cat pid)"
        echo "env kill: $?"
  cleanup:
    cmds:
      - sh server.sh &
      - until [ -s pid ]; do sleep 0.1; done
      - defer: kill "$(cat pid)"
      - echo tests passed
END
remove() { kill "$(cat pid)" 2>/dev/null; }
# run has the output in a file: a server that is left behind would hold a pipe open.
run() {
	rm -f pid
	if timeout 60 ./task "$1" >out 2>&1 </dev/null; then echo "exit 0" >>out; else echo "exit $?" >>out; fi
	cat out
}

guess "a line of cmds is a shell's: kill \"\$!\" ends what was started in the background, as it does by sh, and kill of a number from a file does"
seen 'a server that is ended by kill "$!"' 'g1
kill: unsupported builtin
task: Failed to run task "variable": exit status 2
exit 201' "$(run variable)"
seen "one that is ended by its own pid file" 'kill: unsupported builtin
kill: 2
kill: unsupported builtin
command kill: 2
env kill: 0
exit 0' "$(run file)"
seen "one of a line before, that a deferred kill is to end" 'tests passed
kill: unsupported builtin
exit 0' "$(run cleanup)"
seen "that server afterwards" "sleep 300" "$(tr '\0' ' ' <"/proc/$(cat pid)/cmdline" | sed 's/ $//')"
matters "go-task runs its own shell, which has kill for a builtin that is not written, and so never asks the machine's: only env kill is that.
          A deferred kill fails below a task that succeeds, and its server is left behind for good, with its port"
