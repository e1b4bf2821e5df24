#!/usr/bin/env bash
# Installs the system libraries and tools that are missing, quietly; says nothing and asks for nothing when all are there.
# usage: Scripts/setup.sh [tool …]   (tools beside the libraries: python3, tmux, …)
set -euo pipefail

missing=()
have_header() { [ -e "/usr/include/$1" ] || [ -e "/usr/include/$(uname -m)-linux-gnu/$1" ]; }
have_header curses.h || missing+=(libncurses-dev)
have_header sqlite3.h || missing+=(libsqlite3-dev)
have_header zlib.h || missing+=(zlib1g-dev)
for tool in "$@"; do command -v "$tool" > /dev/null || missing+=("$tool"); done

command -v swift > /dev/null || {
    echo "control-room needs Swift 6.3 (https://www.swift.org/install/linux); 'swift' is not on the PATH." >&2
    exit 69
}
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || {
        echo "Missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
        exit 69
    }
    as_root=(sudo)
fi
echo "Installing ${missing[*]} …" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -qq update > /dev/null
"${as_root[@]}" apt-get -qq install -y --no-install-recommends "${missing[@]}" > /dev/null
