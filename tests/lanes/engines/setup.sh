#!/usr/bin/env bash
# Makes Docker and Podman ready for Engine.Tests: the distribution's own packages, fetched and unpacked but never
# installed, so that no service of theirs is enabled on this machine and no other edition of them is in their way. Kept
# in ~/.cache/lxcnetworking (LXCNETWORKING_CACHE overrides), made once for each set of versions. Prints the folder,
# whose usr and etc the tests lay over the machine's own in a mount namespace; it is empty where everything is
# installed.
set -euo pipefail
cache=${LXCNETWORKING_CACHE:-$HOME/.cache/lxcnetworking}/engines

# NAME=VERSION of what the engines need and this machine lacks, as apt would install it.
missing_packages() {
    local wanted=(docker.io containerd runc podman conmon iptables)
    # Some distributions have Docker's client in a package of its own.
    [ -z "$(apt-cache show docker-cli 2>/dev/null)" ] || wanted+=(docker-cli)
    LC_ALL=C apt-get install -q --simulate --no-install-recommends "${wanted[@]}" |
        sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p'
}

packages=$(missing_packages 2>/dev/null) || {
    apt-get update -q >&2
    packages=$(missing_packages)
}
ready=$cache/$(cat "$0" - <<<"$packages" | cksum | cut -d ' ' -f 1)
[ -d "$ready" ] && { echo "$ready"; exit 0; }

mkdir -p "$cache"
work=$(mktemp -d "$cache/.making.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/debs" "$work/ready"/{etc,usr}
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # a list of names
    (cd "$work/debs" && apt-get download -q -o APT::Sandbox::User=root $packages) >&2 || {
        # The lists may be older than what the mirror still carries.
        apt-get update -q >&2
        packages=$(missing_packages)
        # shellcheck disable=SC2086
        (cd "$work/debs" && apt-get download -q -o APT::Sandbox::User=root $packages) >&2
    }
    # Whatever lies outside of /usr by its package's list is found there on a machine.
    for folder in bin sbin lib lib64; do
        mkdir -p "$work/ready/usr/$folder"
        ln -s "usr/$folder" "$work/ready/$folder"
    done
    for deb in "$work"/debs/*.deb; do
        dpkg --fsys-tarfile "$deb" | tar -x -C "$work/ready" --keep-directory-symlink
    done
    # iptables and its like are links that the package's own script would make.
    for program in iptables ip6tables iptables-save iptables-restore ip6tables-save ip6tables-restore; do
        [ -e "/usr/sbin/$program" ] || [ ! -e "$work/ready/usr/sbin/xtables-nft-multi" ] ||
            ln -sf xtables-nft-multi "$work/ready/usr/sbin/$program"
    done
fi

# Moved into place whole, so that an interrupted run leaves nothing that looks ready.
mv -T "$work/ready" "$ready" 2>/dev/null || [ -d "$ready" ]
echo "$ready"
