#!/usr/bin/env bash
# rsync: `--filter=":- .gitignore"` takes `!keep.log` for the name of a file, and leaves keep.log out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder
debian rsync=rsync git=git
mkdir source
printf '%s\n' '*.log' '!keep.log' >source/.gitignore
touch source/main.go source/drop.log source/keep.log

version "$(rsync --version | head -n 1)"
guess "the filter that is made for ignore files reads the common ones as git does"
git init -q source
seen "what git has of it" '.gitignore keep.log main.go' "$(git -C source ls-files -o --exclude-standard | LC_ALL=C sort | xargs)"
seen "rsync -a --filter=':- .gitignore'" 'exit 0' "$(rsync -a --exclude=.git --filter=':- .gitignore' source/ target/ && echo "exit $?")"
seen "what it has sent" '.gitignore main.go' "$(LC_ALL=C find target -type f -printf '%P\n' | LC_ALL=C sort | xargs)"
printf '%s\n' '+ keep.log' '- *.log' >source/.rsync-filter
seen "rsync -a --filter=': .rsync-filter', with + keep.log first" '.gitignore .rsync-filter keep.log main.go' \
	"$(rsync -a --exclude=.git --filter=': .rsync-filter' source/ other/ && LC_ALL=C find other -type f -printf '%P\n' | LC_ALL=C sort | xargs)"
matters "a deployment by rsync leaves out what the repository says is to be kept, exit 0, and --delete-excluded takes it from the server.
          The first rule that matches decides, in git the last: git ls-files gives --files-from what is meant"
