#!/usr/bin/env bash
# `ssh -G` prints values without their quotes, expands %h in some and not in others, and cannot be read as a configuration.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian ssh=openssh-client

cat >config <<'CONFIG'
Host server
  HostName %h.example.com
  User deploy
  IdentityFile "/keys of %h/id"
  ControlPath /run/%r@%h:%p
  SetEnv GREETING="good day"
CONFIG
# lines FILE prints what ssh makes of the file, these three lines of it, or its first complaint.
lines() { ssh -F "$1" -G server 2>&1 </dev/null | grep -E '^(identityfile|controlpath|setenv) |line [0-9]+:' | tr -d '\r' | sed 's/line [0-9]*/line …/' | sort; }

version "$(ssh -V 2>&1)"
guess "what -G prints is the effective configuration: tokens resolved, and the same again when it is given to ssh -F"
seen "ssh -F config -G server" 'controlpath /run/deploy@server.example.com:22
identityfile /keys of %h/id
setenv GREETING=good day' "$(lines config)"
ssh -F config -G server >effective </dev/null
seen "ssh -F effective -G server" 'effective line …: Invalid SetEnv.
effective line …: keyword identityfile extra arguments at end of line' "$(lines effective)"
matters "a tool that asks ssh -G for the truth has to expand IdentityFile itself, cannot tell
          SetEnv of two variables from one with a space, and cannot hand the answer to another ssh"
