#!/usr/bin/env bash
# Builds the release binary and leaves it, stripped, at .build/release/plumb.
# On a fresh Debian 12 machine with Swift 6.3 it first installs the C libraries that plumb is built from.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/packages.sh

require_swift
install_packages pkg-config libnl-3-dev libnl-route-3-dev libsqlite3-dev

# A static executable starts without the dynamic loader, which is a fifth of the time of an ADD, and runs on any host
# whatever libraries that has. SwiftPM links what pkg-config says, so pkg-config is given files that name the archives.
links=$PWD/.build/static-links
mkdir -p "$links"
cat >"$links/libnl-route-3.0.pc" <<EOF
Name: libnl-route
Description: libnl and libnl-route as archives
Version: $(pkg-config --modversion libnl-route-3.0)
Cflags: $(pkg-config --cflags libnl-route-3.0)
Libs: -l:libnl-route-3.a -l:libnl-3.a
EOF
cat >"$links/sqlite3.pc" <<EOF
Name: sqlite3
Description: SQLite as an archive
Version: $(pkg-config --modversion sqlite3)
Libs: -l:libsqlite3.a
EOF

# -static-executable would compile against other C modules than `swift build` and the tests do, so the linker is told alone;
# lld, because gold looks for SQLite's functions of libm in the order of the archives only.
PKG_CONFIG_PATH="$links" swift build --configuration release --product plumb --static-swift-stdlib \
    -Xswiftc -use-ld=lld -Xswiftc -Xclang-linker -Xswiftc -static -Xlinker -s
ls -l .build/release/plumb
