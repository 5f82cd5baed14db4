#!/usr/bin/env bash
# Makes ready what run.sh boots: the distribution's own kernel, fetched and unpacked but never installed, and an
# initramfs that mounts the host's files. Kept in ~/.cache/lxcnetworking (LXCNETWORKING_CACHE overrides), made once
# for each kernel version. Prints the folder: vmlinuz, initramfs.gz, modules/<version>, tools.
# LXCNETWORKING_GUEST_KERNEL=backports takes the kernel of Debian's backports, and into tools the iproute2 that goes
# with it.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cache=${LXCNETWORKING_CACHE:-$HOME/.cache/lxcnetworking}/full-kernel
tools=()
apt=()

# apt is asked with lists of its own, so that what this machine installs stays as it is.
use_backports() {
    local uri suite lists=$cache/backports
    # shellcheck disable=SC1091
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")-backports
    # shellcheck disable=SC2016 # apt's own variable
    uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Release: ${suite%-backports}")
    uri=${uri%%$'\n'*}
    mkdir -p "$lists/lists/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$lists/sources.list"
    apt=(-o "Dir::Etc::SourceList=$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$lists/lists")
    tools=(iproute2)
}

# Debian's newest kernel package, or Ubuntu's with the module packages that lie beside it there.
kernel_packages() {
    local meta
    for meta in linux-image-amd64 linux-image-generic; do
        apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
            --no-enhances --important "$meta" 2>/dev/null |
            grep -E '^linux-(image|modules|modules-extra)-[0-9][^ ]*$' | sort -u | grep . && return 0
    done
    return 1
}

case ${LXCNETWORKING_GUEST_KERNEL-} in
    '') ;;
    backports) use_backports ;;
    *) echo "full-kernel: no kernel is called '$LXCNETWORKING_GUEST_KERNEL'" >&2; exit 2 ;;
esac
packages=$(kernel_packages) || packages=
if [ -z "$packages" ]; then
    apt-get "${apt[@]}" update -q >&2
    packages=$(kernel_packages)
fi
# The package names carry the ABI, not the revision: a rebuilt kernel must not be taken for the old one.
image=$(grep -m 1 '^linux-image-' <<<"$packages")
revision=$(apt-cache "${apt[@]}" show --no-all-versions "$image" | sed -n 's/^Version: //p')
ready=$cache/${image}_${revision//[:\/]/_}_$(cat "$0" "$here/initramfs-init.sh" | cksum | cut -d ' ' -f 1)
[ -d "$ready" ] && { echo "$ready"; exit 0; }

mkdir -p "$cache"
work=$(mktemp -d "$cache/.making.XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir "$work/debs" "$work/kernel"
# shellcheck disable=SC2086 # a list of names
download() {
    (cd "$work/debs" && apt-get "${apt[@]}" download -q -o APT::Sandbox::User=root $packages "${tools[@]}") >&2
}
download || {
    # The lists may be older than what the mirror still carries.
    apt-get "${apt[@]}" update -q >&2
    download
}
mkdir -p "$work/ready/tools"
for deb in "$work"/debs/*.deb; do
    case ${deb##*/} in
        linux-*) dpkg -x "$deb" "$work/kernel" ;;
        *) dpkg -x "$deb" "$work/ready/tools" ;;
    esac
done
modules=$(find "$work/kernel" -path '*lib/modules/*' -prune -print | head -n 1)
version=${modules##*/}

# depmod and modprobe want the tree under lib/modules; some distributions ship it under usr/lib/modules.
mkdir -p "$work/root/lib" "$work/ready/modules"
mv "$modules" "$work/ready/modules/$version"
ln -s ../../ready/modules "$work/root/lib/modules"
cp "$work/kernel/boot/vmlinuz-$version" "$work/ready/vmlinuz"
depmod -b "$work/root" "$version"

# The initramfs: busybox and the modules that it takes to see the host's files and lay an overlay over them.
ramfs=$work/initramfs
mkdir -p "$ramfs"/{bin,dev,proc,modules,host,layer}
cp "$(command -v busybox)" "$ramfs/bin/busybox"
cp "$here/initramfs-init.sh" "$ramfs/init"
for module in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -d "$work/root" -S "$version" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' | while read -r file; do
    name=$(basename "$file")
    case $name in
        *.ko) cp "$file" "$ramfs/modules/" ;;
        *.zst) zstd -dqc "$file" >"$ramfs/modules/${name%.zst}" ;;
        *.xz) xz -dc "$file" >"$ramfs/modules/${name%.xz}" ;;
    esac
    echo "/modules/${name%%.ko*}.ko" >>"$ramfs/modules/order"
done
(cd "$ramfs" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/ready/initramfs.gz"

# Moved into place whole, so that an interrupted run leaves nothing that looks ready.
mv -T "$work/ready" "$ready" 2>/dev/null || [ -d "$ready" ]
echo "$ready"
