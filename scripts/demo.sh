#!/usr/bin/env bash
# A walk through container networking with plumb, on a real kernel and away from this machine's own network.
#
# Everything happens in namespaces made for it: a "host" (this script, moved there), a "LAN" with another machine, and a
# pseudo-container made with unshare. The machine's own interfaces, rules and sysctls are not touched.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/packages.sh

if [[ ${1-} != inside ]]; then
    [[ $EUID == 0 ]] || { echo "demo.sh makes network namespaces: run it as root" >&2; exit 1; }
    install_packages busybox curl iproute2 iptables strace util-linux
    [[ -x .build/release/plumb ]] || scripts/build.sh
    # A namespace of each kind that matters: the network, the mounts (for a /run of our own) and the processes, which
    # all end when the script does.
    exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" inside
fi

plumb=$PWD/.build/release/plumb
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

step() { printf '\n\033[1m%s\033[0m\n' "== $*"; }
say() { printf '   %s\n' "$@"; }
run() {
    printf '   $ %s\n' "$*"
    "$@" 2>&1 | sed 's/^/     /'
}
# Fetches the page and checks where the container saw the request come from.
fetch() {
    local from=$1 url=$2 page
    shift 2
    if page=$("$@" curl --silent --show-error --max-time 3 "$url" 2>&1); then
        printf '   ok   %-28s %s -> %s\n' "$from" "$url" "$page"
    else
        printf '   FAIL %-28s %s -> %s\n' "$from" "$url" "$page"
        failures=$((failures + 1))
    fi
}
# The same, where an answer would be a fault.
refused() {
    local from=$1 url=$2
    shift 2
    if "$@" curl --silent --max-time 1 "$url" >/dev/null 2>&1; then
        printf '   FAIL %-28s %s answers\n' "$from" "$url"
        failures=$((failures + 1))
    else
        printf '   ok   %-28s %s does not answer\n' "$from" "$url"
    fi
}
nothing_left() {
    local what=$1 left=$2
    if [[ -z $left ]]; then
        printf '   ok   no %s left\n' "$what"
    else
        printf '   FAIL %s left:\n%s\n' "$what" "$left"
        failures=$((failures + 1))
    fi
}
in_lan() { ip netns exec lan "$@"; }

step "A host with an uplink, and another machine on its LAN"
mount -t tmpfs tmpfs /run
mkdir -p /run/netns
ip link set lo up
ip netns add lan
ip link add uplink0 type veth peer name eth0 netns lan
ip address add 192.0.2.10/24 dev uplink0
ip link set uplink0 up
in_lan ip link set lo up
in_lan ip address add 192.0.2.1/24 dev eth0
in_lan ip link set eth0 up
ip route add default via 192.0.2.1
say "the host is 192.0.2.10, the neighbour 192.0.2.1"

step "A pseudo-container: a process in namespaces of its own that serves a page on port 7777"
mkdir "$work/page"
echo "hello from the container" >"$work/page/index.html"
unshare --net --uts --ipc busybox httpd -f -p 7777 -h "$work/page" &
pid=$!
until [[ $(readlink "/proc/$pid/ns/net") != "$(readlink /proc/self/ns/net)" && $(cat "/proc/$pid/comm") == busybox ]]; do
    sleep 0.01
done
run nsenter --target "$pid" --net ip -brief address
say "it has a network namespace, but nothing in it except a loopback interface that is down"

step "Attach it with plumb, publishing host port 8888 as docker run -p 8888:7777 would"
say "\$ CNI_COMMAND=ADD CNI_CONTAINERID=web CNI_NETNS=$pid PLUMB_PUBLISH=8888:7777 plumb </dev/null"
CNI_COMMAND=ADD CNI_CONTAINERID=web CNI_NETNS=$pid PLUMB_PUBLISH=8888:7777 "$plumb" </dev/null | sed 's/^/     /'

step "Who can reach the page now"
fetch "the neighbour" http://192.0.2.10:8888/ in_lan
fetch "the host, by its address" http://192.0.2.10:8888/
fetch "the host, by localhost" http://127.0.0.1:8888/
fetch "the container, hairpin" http://192.0.2.10:8888/ nsenter --target "$pid" --net
in_lan ip route add 10.87.0.0/16 via 192.0.2.10
refused "the neighbour, past the port" http://10.87.0.2:7777/ in_lan
say "the last is protection: with a route to the subnet, a neighbour still gets in by the published port only"

step "What there is, as plumb sees it"
run "$plumb" show

step "The same as the kernel sees it: one end of the veth pair on the bridge, its peer in the container"
run ip -brief link show master plumb0
run nsenter --target "$pid" --net ip -brief address show eth0
run nsenter --target "$pid" --net ip route

step "The rules: DNAT for the port, ACCEPT behind it, masquerade on the way out (iptables-legacy -S)"
run iptables-legacy -t nat -S
run iptables-legacy -t filter -S
run iptables-legacy -t raw -S

step "How long it takes, as whole processes started by a shell, and what they ask of the kernel"
ip netns add timed
plumb_timed() {
    local verb=$1
    shift
    CNI_COMMAND=$verb CNI_CONTAINERID=timed CNI_NETNS=timed PLUMB_PUBLISH=9999:7777 "$@" "$plumb" </dev/null >/dev/null
}
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { printf "%.1f ms", v[int((NR + 1) / 2)] / 1000 }'; }
for _ in {1..40}; do
    for verb in ADD DEL; do
        start=${EPOCHREALTIME/./}
        plumb_timed "$verb"
        echo $((${EPOCHREALTIME/./} - start)) >>"$work/$verb.times"
    done
done
for verb in ADD DEL; do
    plumb_timed "$verb" strace -f -c -o "$work/$verb.calls"
done
for verb in ADD DEL; do
    plumb_timed "$verb" strace -f -e trace=process -o "$work/$verb.processes"
done

step "Take the container off the network"
say "\$ CNI_COMMAND=DEL CNI_CONTAINERID=web plumb </dev/null"
CNI_COMMAND=DEL CNI_CONTAINERID=web "$plumb" </dev/null
refused "the neighbour" http://192.0.2.10:8888/ in_lan
refused "the host, by localhost" http://127.0.0.1:8888/
nothing_left "veth" "$(ip -brief link show type veth | grep -v ^uplink0 || true)"
nothing_left "bridge" "$(ip -brief link show type bridge)"
nothing_left "rule" "$(for table in nat filter raw; do iptables-legacy -t $table -S | grep -v '^-P' || true; done)"
nothing_left "attachment" "$("$plumb" show --json | grep '"container"' || true)"
kill "$pid"
wait "$pid" 2>/dev/null || true

step "What it cost"
for verb in ADD DEL; do
    calls=$(awk '$NF == "total" { print $4 }' "$work/$verb.calls")
    programs=$(grep -c 'exec' "$work/$verb.processes")
    processes=$(awk '{ print $1 }' "$work/$verb.processes" | sort -u | wc -l)
    printf '   %s  %s (median of 40)   %s program in %s process(es), %s system calls\n' \
        "$verb" "$(median "$work/$verb.times")" "$programs" "$processes" "$calls"
done
say "the one program is plumb itself: no iptables, no ip, no shell. DEL's second process is a copy of it that stays" \
    "behind to wait while the kernel frees the link's memory; the name and the address are free before."

if ((failures)); then
    printf '\n%d checks FAILED\n' "$failures"
    exit 1
fi
printf '\nall checks passed\n'
