#!/usr/bin/env bash
# MailDev: "to" in its API is the header's; those to whom a message was sent and whom no header names are "calculatedBcc".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
server=
remove() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; }

guess "anna; anna and ben: an inbox for development shows to whom a message went, which is what one tests"
# inbox VERSION ROOT prints of each message who is in "to" and in "calculatedBcc".
inbox() {
	local web=$((20000 + RANDOM % 5000)) smtp=$((25000 + RANDOM % 5000))
	npm install --no-audit --no-fund --silent --prefix "$1" "maildev@$1" >npm.log 2>&1 || { tail -n 15 npm.log >&2; exit 1; }
	node "$1/node_modules/.bin/maildev" --ip 127.0.0.1 --web "$web" --smtp "$smtp" >"$1/log" 2>&1 &
	server=$!
	until (: <"/dev/tcp/127.0.0.1/$smtp") 2>/dev/null && curl -sf "http://127.0.0.1:$web$2/email" >/dev/null; do sleep 0.2; done
	printf 'Subject: none\r\n\r\nhello\r\n' | curl -s "smtp://127.0.0.1:$smtp" --mail-from app@example.org --mail-rcpt anna@example.org -T -
	printf 'Subject: one\r\nTo: anna@example.org\r\n\r\nhello\r\n' |
		curl -s "smtp://127.0.0.1:$smtp" --mail-from app@example.org --mail-rcpt anna@example.org --mail-rcpt ben@example.org -T -
	until curl -s "http://127.0.0.1:$web$2/email" | grep -q '"one"'; do sleep 0.2; done
	curl -s "http://127.0.0.1:$web$2/email" | node -e '
		const who = (list) => list === undefined ? "none" : "[" + list.map((a) => a.address.split("@")[0]) + "]"
		for (const m of JSON.parse(require("fs").readFileSync(0))) console.log(process.argv[1], "header:", m.subject + ", to", who(m.to) + ", bcc", who(m.calculatedBcc))' "$1"
	remove
}
version "MailDev 2.2.1 and 3.0.0 from npm, node $(node --version)"
seen "a message without To, and one to anna that went to ben as well" '2.2.1 header: none, to none, bcc [anna]
2.2.1 header: one, to [anna], bcc [ben]
3.0.0 header: none, to [], bcc [anna]
3.0.0 header: one, to [anna], bcc [ben]' "$(inbox 2.2.1 ''; inbox 3.0.0 /api)"
matters "a test that looks for a recipient in \"to\" does not find what was sent by Bcc or without the header; version 3 turns a list that
          is missing into one that is empty"
