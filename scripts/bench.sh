#!/usr/bin/env bash
# Measures plumb beside what people use today: bench.sh [chain] [leases] [firewall], all three without an argument.
#
#   chain      ADD and DEL beside the reference plugins (Debian's containernetworking-plugins)
#   leases     ADD and DEL by how many leases a subnet has, beside host-local
#   firewall   connections, ADD and DEL by how many ports are published, with nftables and with iptables
#
# Everything happens in namespaces made for it: the machine's own interfaces, rules, sysctls and leases are not touched.
# What is timed is a whole call as a runtime makes it: processes started, configuration read, result printed.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/packages.sh

if [[ ${1-} != inside ]]; then
    [[ $EUID == 0 ]] || { echo "bench.sh makes network namespaces: run it as root" >&2; exit 1; }
    sections=("$@")
    ((${#sections[@]})) || sections=(chain leases firewall)
    for section in "${sections[@]}"; do
        [[ -f scripts/bench/$section.sh ]] || { echo "bench.sh: there is no section \"$section\"" >&2; exit 2; }
    done
    install_packages containernetworking-plugins iproute2 iptables nftables python3 sqlite3 util-linux
    [[ -x .build/release/plumb ]] || scripts/build.sh
    exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" inside "${sections[@]}"
fi
shift

source scripts/lib/bench.sh
printf 'kernel %s, %d CPUs, load %s; all times are medians in ms\n' "$(uname -r)" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
for section in "$@"; do source "scripts/bench/$section.sh"; done
