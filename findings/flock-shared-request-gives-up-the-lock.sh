#!/usr/bin/env bash
# gofrs/flock: a shared request on a lock that is held gives the exclusive lock up, and Locked() goes on saying true.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/gofrs/flock"
)

func main() {
	holder, other := flock.New("deploy.lock"), flock.New("deploy.lock")
	fmt.Println(holder.TryLock())
	fmt.Println("Locked", holder.Locked(), "RLocked", holder.RLocked())
	fmt.Println(other.TryRLock())

	fmt.Println(holder.TryRLock()) // a reader's helper inside the exclusive section
	fmt.Println("Locked", holder.Locked(), "RLocked", holder.RLocked())
	fmt.Println(other.TryRLock())

	fmt.Println(holder.TryLock())
	fmt.Println("Locked", holder.Locked(), "RLocked", holder.RLocked())
}
GO

go_build github.com/gofrs/flock@v0.13.2
guess "who holds the lock exclusively may read: TryRLock changes nothing, nobody else gets in until Unlock"
seen "holder.TryLock, its state, other.TryRLock" $'true <nil>\nLocked true RLocked false\nfalse <nil>' "$(./program | sed -n 1,3p)"
seen "holder.TryRLock, its state, other.TryRLock" $'true <nil>\nLocked true RLocked true\ntrue <nil>' "$(./program | sed -n 4,6p)"
seen "holder.TryLock while the other reads, its state" $'true <nil>\nLocked true RLocked true' "$(./program | sed -n 7,8p)"
matters "the one lock of a deployment is shared from then on, and both the state and a further TryLock say it is exclusive, as the
          object answers from memory and not from the file"
