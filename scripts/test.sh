#!/usr/bin/env bash
# Installs what is missing, checks the format, builds without warnings and runs all tests against the real kernel.
# Needs root: the tests make network namespaces of their own and touch nothing outside them.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/packages.sh
source scripts/lib/engines.sh

require_swift
install_packages pkg-config libnl-3-dev libnl-route-3-dev libsqlite3-dev iproute2 iptables nftables strace \
    conntrack containernetworking-plugins mandoc tmux sqlite3 busybox util-linux
fetch_docker

swift format lint --strict --recursive Package.swift Sources Tests
swift build --build-tests
# Those that drive the executable run on their own: they start processes by the thousand and measure what is left.
driving='EndToEndTests|ResilienceTests|PlumbShowTests'
swift test --skip-build --disable-xctest --skip "$driving"
swift test --skip-build --disable-xctest --filter "$driving"
