#!/usr/bin/env bash
# sops: `pin: 0123` of a YAML file decrypts as 83, and a JSON number of 20 digits with its last ones gone, exit 0.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

{
	GOBIN=$dir GOWORK=off go install github.com/getsops/sops/v3/cmd/sops@v3.13.3
	GOBIN=$dir GOWORK=off go install filippo.io/age/cmd/age-keygen@v1.3.2
} >go.log 2>&1 || { tail -n 15 go.log >&2; exit 1; }
version "sops v3.13.3, age v1.3.2"
./age-keygen -o key 2>/dev/null
export SOPS_AGE_KEY_FILE=$dir/key
# round prints a file as it is after encrypt and decrypt.
round() {
	./sops encrypt --age "$(grep -o 'age1.*' key)" "$1" >"encrypted.$1" &&
		./sops decrypt "encrypted.$1"
}
cat >secrets.yaml <<'END'
pin: 0123
customer: 0089
release: 1.10
quoted: "0123"
END
echo '{"account": 12345678901234567890, "small": 9007199254740993}' >secrets.json
echo 'account: 12345678901234567890' >large.yaml

guess "what is decrypted is what was encrypted, in every value, or encrypt refuses"
seen "the YAML file after encrypt and decrypt" 'pin: 83
customer: 89
release: 1.1
quoted: "0123"' "$(round secrets.yaml)"
seen "what a program gets of it by exec-env" 'customer=89.0
pin=83
quoted=0123
release=1.1' "$(./sops exec-env encrypted.secrets.yaml env | grep -E '^(pin|customer|release|quoted)=' | LC_ALL=C sort)"
seen "the JSON file" '{
	"account": 12345678901234567000,
	"small": 9007199254740993
}' "$(round secrets.json)"
seen "the large number in YAML" 'Error encrypting tree: Error walking tree: Cannot walk value, unknown type: uint64' "$(round large.yaml 2>&1 || true)"
matters "a PIN, a customer's number or an account that happens to look like a number is another one when it is used, and the plain file is gone
          by then. Nothing warns at encrypt. Everything secret is to be in quotes, in both formats"
