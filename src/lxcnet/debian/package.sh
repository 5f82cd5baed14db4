#!/usr/bin/env bash
# Makes the Debian package of lxcnet: the program, its manual page, its completions, units that are enabled by hand, and
# files for other managers of networks. Installing it changes no network, and runs nothing.
#     src/lxcnet/debian/package.sh PROGRAM VERSION FOLDER
# Prints the package's path.
set -euo pipefail
[ $# -eq 3 ] || { sed -n '4s/^# *//p' "$0" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
program=$(readlink -f "$1") version=$2 folder=$3
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
umask 022

install -D -m 755 "$program" "$root/usr/bin/lxcnet"
# DSC looks for them in the folders of PATH.
install -m 644 "$(dirname "$program")"/*.dsc.resource.json "$root/usr/bin"
install -D -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/lxcnet"
for unit in lxcnet lxcnet-watch; do
    install -D -m 644 "$here/$unit.service" "$root/usr/lib/systemd/system/$unit.service"
done
mkdir -p "$root/etc/lxcnet"
# systemd-networkd and NetworkManager leave alone what documents make.
name=10-lxcnetworking
install -D -m 644 "$top/Module/networkd/$name.conf" "$root/usr/lib/systemd/networkd.conf.d/$name.conf"
install -D -m 644 "$top/Module/networkd/$name.network" "$root/usr/lib/systemd/network/$name.network"
install -D -m 644 "$top/Module/networkd/$name-networkmanager.conf" "$root/usr/lib/NetworkManager/conf.d/$name.conf"
# What lies where each shell looks.
for place in bash:bash-completion/completions/lxcnet zsh:zsh/vendor-completions/_lxcnet \
    fish:fish/vendor_completions.d/lxcnet.fish; do
    install -D -m 644 <("$program" completion "${place%%:*}") "$root/usr/share/${place#*:}"
done
mkdir -p "$root/usr/share/man/man8" "$root/usr/share/doc/lxcnet/examples"
gzip -9n <"$top/docs/lxcnet.8" >"$root/usr/share/man/man8/lxcnet.8.gz"
install -m 644 "$top"/docs/examples/*.yaml "$root/usr/share/doc/lxcnet/examples"
install -m 644 "$here/copyright" "$root/usr/share/doc/lxcnet/copyright"
# The same for the same sources, whenever it is made.
date=$(date -Rud "@${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct)}")
maintainer=$(sed -n 's/^Maintainer: //p' "$here/control")
gzip -9n >"$root/usr/share/doc/lxcnet/changelog.gz" <<CHANGELOG
lxcnet ($version) unstable; urgency=medium

  * What is new is told in CHANGELOG.md of the sources.

 -- $maintainer  $date
CHANGELOG

for script in postinst prerm postrm; do
    install -D -m 755 "$here/$script" "$root/DEBIAN/$script"
done
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$(du -sk --apparent-size "$root" | cut -f1)/" \
    "$here/control" >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -exec md5sum {} + | LC_ALL=C sort -k2) >"$root/DEBIAN/md5sums"
mkdir -p "$folder"
package=$folder/lxcnet_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
