#!/usr/bin/env bash
# Builds an image from Debian's packages and imports it as $1, with the labels given after it: there is no
# registry to pull debian:bookworm from. SUITE is Debian's release (bookworm), PACKAGES what it has besides, with
# commas in between. Runs as root, as debootstrap must.
# The packages come from DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR; without these from where this machine's own
# apt has Debian's from, and where that has none (Ubuntu), from debootstrap's default.
set -euo pipefail

readonly suite=${SUITE:-bookworm}
mirror=${DEBIAN_MIRROR:-} security=${DEBIAN_SECURITY_MIRROR:-}
# Behind a proxy that signs for others, only this machine's own bundle is believed.
readonly certificates=/etc/ssl/certs/ca-certificates.crt

main() {
	local tag=$1 label changes=()
	shift
	for label in "$@"; do changes+=(--change "LABEL $label"); done

	root=$(mktemp -d /var/tmp/spellbook-base.XXXXXX) # not /tmp: that may be noexec, or small
	trap 'rm -rf --one-file-system "$root"' EXIT
	chmod 0755 "$root"
	look_up_mirrors
	debootstrap --variant=minbase --include="ca-certificates${PACKAGES:+,$PACKAGES}" "$suite" "$root" ${mirror:+"$mirror"}
	configure
	tar --numeric-owner -C "$root" -c . |
		docker import "${changes[@]}" --change 'CMD ["bash"]' --change 'ENV LANG=C.UTF-8' - "$tag"
}

# look_up_mirrors reads what apt makes of its sources, in whichever format they are written.
look_up_mirrors() {
	local release uri
	# shellcheck disable=SC2016 # the fields are apt's
	while read -r release uri; do
		uri=${uri%/}
		case $release,$uri in
		*-security,http*/ubuntu) ;;
		*-security,http*) security=${security:-$uri} ;;
		*-*) ;;
		*,http*/debian) mirror=${mirror:-$uri} ;;
		esac
	done < <(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main')
}

# configure keeps derived images small and up to date: security updates, no documentation, no package
# lists, no service that starts while it is installed.
configure() {
	[ -n "$mirror" ] || mirror=$(awk '$1 == "deb" { print $2; exit }' "$root/etc/apt/sources.list")
	cat >"$root/etc/apt/sources.list" <<-LIST
		deb $mirror $suite main
		deb $mirror $suite-updates main
		deb ${security:-${mirror%/}-security} $suite-security main
	LIST
	cat >"$root/etc/dpkg/dpkg.cfg.d/lab" <<-'CONF'
		force-unsafe-io
		path-exclude=/usr/share/doc/*
		path-exclude=/usr/share/man/*
		path-exclude=/usr/share/locale/*
	CONF
	cat >"$root/etc/apt/apt.conf.d/lab" <<-'CONF'
		Acquire::Languages "none";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
	CONF
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 0755 "$root/usr/sbin/policy-rc.d"
	[ ! -f "$certificates" ] || install -m 0644 "$certificates" "$root$certificates"
	rm -rf "$root"/usr/share/{doc,man,locale}/* "$root"/var/lib/apt/lists/* \
		"$root"/var/cache/apt/archives/*.deb "$root"/var/log/{bootstrap,dpkg}.log
}

main "$@"
