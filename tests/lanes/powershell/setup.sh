#!/usr/bin/env bash
# Prints the folder of the PowerShell that the tests and the benchmark run: pwsh in it is the process itself, so that a
# test can kill it, and its assemblies are compiled ahead of time, as those of an installed PowerShell are.
#     PATH=$(tests/lanes/powershell/setup.sh):$PATH
# It is the one that LXCNETWORKING_POWERSHELL names, or the installed one where that is 7.6 or newer. Elsewhere it is
# the tool of .config/dotnet-tools.json with the assemblies of Microsoft.PowerShell.SDK, compiled; made once for each
# version, and kept in ~/.cache/lxcnetworking (LXCNETWORKING_CACHE overrides).
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
cache=${LXCNETWORKING_CACHE:-$HOME/.cache/lxcnetworking}/powershell

[ -z "${LXCNETWORKING_POWERSHELL-}" ] || { echo "$LXCNETWORKING_POWERSHELL"; exit 0; }
# The tool can also be in its users' PATH, but it is a program that starts another one, and nothing of it is compiled.
if command -v pwsh >/dev/null; then
    # shellcheck disable=SC2016 # PowerShell's own variable
    installed=$(pwsh -NoProfile -NonInteractive -Command \
        'if ($PSVersionTable.PSVersion -ge [version] "7.6") { $PSHOME }' 2>/dev/null) || installed=
    if [ -x "$installed/pwsh" ] && [ ! -e "$installed/Microsoft.PowerShell.GlobalTool.Shim.dll" ]; then
        echo "$installed"
        exit 0
    fi
fi

version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$top/.config/dotnet-tools.json")
ready=$cache/$version-$(cat "$0" "$here"/Host.* "$top/Directory.Build.props" | cksum | cut -d ' ' -f 1)
[ -d "$ready" ] && { echo "$ready"; exit 0; }

mkdir -p "$cache"
work=$(mktemp -d "$cache/.making.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$top"
dotnet tool restore >&2
# shellcheck disable=SC2016 # PowerShell's own variable
tool=$(dotnet tool run pwsh -NoProfile -NonInteractive -Command '$PSHOME')
cp -r "$tool" "$work/ready"
cp "$top/Directory.Build.props" "$here"/Host.* "$work"
dotnet publish "$work/Host.csproj" -c Release -o "$work/host" "-p:ToolVersion=$version" >&2
# The tool's own start of PowerShell stays, and of the SDK nothing is taken that the tool does not have.
for file in "$work"/host/pwsh "$work"/host/*.dll; do
    name=${file##*/}
    [ "$name" = pwsh.dll ] || [ ! -e "$work/ready/$name" ] || cp -f "$file" "$work/ready/$name"
done
chmod -R a+rX "$work/ready"
chmod a+x "$work/ready/pwsh"

# Moved into place whole, so that an interrupted run leaves nothing that looks ready.
mv -T "$work/ready" "$ready" 2>/dev/null || [ -d "$ready" ]
echo "$ready"
