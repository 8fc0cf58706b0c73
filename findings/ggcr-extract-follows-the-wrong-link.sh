#!/usr/bin/env bash
# go-containerregistry: mutate.Extract gives a hard link the content of a file that a later layer put at its target's name, or no content.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
folder

cat >main.go <<'GO'
// Program writes the flattened file system of an image, whose layers are the named archives, to its output.
package main

import (
	"io"
	"os"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	image := empty.Image
	for _, file := range os.Args[1:] {
		layer, err := tarball.LayerFromFile(file)
		if err != nil {
			panic(err)
		}
		if image, err = mutate.AppendLayers(image, layer); err != nil {
			panic(err)
		}
	}
	if _, err := io.Copy(os.Stdout, mutate.Extract(image)); err != nil {
		panic(err)
	}
}
GO

# content prints the files of a directory.
content() { find "$1" -type f -printf '%P:' -exec cat {} \; | LC_ALL=C sort | paste -sd ' '; }
# stacked LAYER… prints what is there when the layers are unpacked one over the other, and extracted what Extract makes of them.
stacked() {
	rm -rf root
	mkdir root
	local layer
	for layer; do tar -C root -xf "$layer"; done
	content root
}
extracted() {
	rm -rf root
	mkdir root
	./program "$@" | LC_ALL=C tar -C root -xf - 2>said || true
	echo "$(content root)$(sed -n 's/^tar: \(.*: Cannot.*\)/\1/p' said)"
}

mkdir one two gone
echo old >one/tool
ln one/tool one/tool-1.0
echo new >two/tool
touch gone/.wh.tool
for layer in one two gone; do tar -C "$layer" --sort=name -cf "$layer.tar" .; done

go_build github.com/google/go-containerregistry@v0.22.1
version "$(tar --version | head -n 1)"
guess "Extract gives what a container of the image sees: tool-1.0 keeps its content, whatever later becomes of tool"
seen "the lowest layer" "-rw-r--r-- tool, hrw-r--r-- tool-1.0 link to ./tool" \
	"$(tar -tvf one.tar | awk '/tool/ { sub("./", "", $6); print $1, $6, $7, $8, $9 }' | sed 's/ *$//' | paste -sd , | sed 's/,/, /')"
seen "a second layer replaces tool: unpacked one over the other" "tool-1.0:old tool:new" "$(stacked one.tar two.tar)"
seen "the same by Extract" "tool-1.0:new tool:new" "$(extracted one.tar two.tar)"
seen "a second layer deletes tool: Extract, and tar's complaint" "tool-1.0: Cannot hard link to './tool': No such file or directory" "$(extracted one.tar gone.tar)"
matters "what copies or compares a flattened image (crane export is this function) gets another version of a program than the one that
          runs, or loses the file, without an error of its own: images of packages are full of hard links, and layers above replace them"
