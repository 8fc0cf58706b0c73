#!/bin/sh
# Puts together, in the directory $1, the files of an image that has no shell and no package manager.
set -eu

image=$1
mkdir -p "$image/etc/ssl/certs" "$image/usr/share" "$image/home"
install -d -m 1777 "$image/tmp"
install -d -m 0700 -o 65532 -g 65532 "$image/home/nonroot"
cp /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"
cp -R /usr/share/zoneinfo "$image/usr/share/"
cat >"$image/etc/passwd" <<PASSWD
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
PASSWD
cat >"$image/etc/group" <<GROUP
root:x:0:
nobody:x:65534:
nonroot:x:65532:
GROUP
printf 'hosts: files dns\n' >"$image/etc/nsswitch.conf"
