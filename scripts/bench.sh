#!/usr/bin/env bash
# Measures plumb beside the reference plugins (Debian's containernetworking-plugins), in a minute or two.
#
# Everything happens in namespaces made for it: the machine's own interfaces, rules, sysctls and leases are not touched.
# What is timed is a whole call as a runtime makes it: processes started, configuration read, result printed.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/lib/packages.sh

if [[ ${1-} != inside ]]; then
    [[ $EUID == 0 ]] || { echo "bench.sh makes network namespaces: run it as root" >&2; exit 1; }
    install_packages containernetworking-plugins iproute2 iptables sqlite3 util-linux
    [[ -x .build/release/plumb ]] || scripts/build.sh
    exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" inside
fi

export LC_ALL=C # EPOCHREALTIME with a point
plumb=$PWD/.build/release/plumb
reference=/usr/lib/cni

# Both keep their leases in memory, so that no disk is measured.
mount -t tmpfs tmpfs /run
work=/run/bench
leases_directory=$work/leases/reference
mkdir -p /run/netns "$leases_directory" "$work/bin" "$work/times"
ip link set lo up
ip netns add timed

# The legacy tables for both: by itself Debian's iptables writes to nftables, which makes the reference plugins slower.
for name in iptables ip6tables; do ln -s "/usr/sbin/$name-legacy" "$work/bin/$name"; done
PATH=$work/bin:$PATH

publish='"runtimeConfig": {"portMappings": [{"hostPort": 8888, "containerPort": 7777, "protocol": "tcp"}]}'
gateway='"isDefaultGateway": true, "ipMasq": true'

# Prints a network configuration: name, type, further keys.
configuration() { printf '{"cniVersion": "1.0.0", "name": "%s", "type": "%s", %s}' "$@"; }
plumb_ipam='"ipam": {"ranges": [[{"subnet": "10.98.0.0/16"}]]}'
reference_ipam='"ipam": {"type": "host-local", "dataDir": "'$work/leases'", "ranges": [[{"subnet": "10.99.0.0/16"}]]}'
plumb_published=$(configuration bench plumb "\"bridge\": \"bench0\", $gateway, $publish, $plumb_ipam")
plumb_bare=$(configuration bench plumb "\"bridge\": \"bench0\", \"firewallBackend\": \"none\", $plumb_ipam")
reference_masqueraded=$(configuration reference bridge "\"bridge\": \"reference0\", $gateway, $reference_ipam")
reference_bare=$(configuration reference bridge "\"bridge\": \"reference0\", $reference_ipam")

# Calls a plugin as a runtime does, and leaves what it prints in $result.
call() {
    local verb=$1 program=$2 network=$3
    result=$(CNI_COMMAND=$verb CNI_CONTAINERID=timed CNI_NETNS=/run/netns/timed CNI_IFNAME=eth0 CNI_PATH=$reference \
        "$program" <<<"$network") || { echo "$program $verb: $result" >&2; exit 1; }
}
ADD_plumb() { call ADD "$plumb" "$plumb_published"; }
DEL_plumb() { call DEL "$plumb" "$plumb_published"; }
ADD_reference() {
    call ADD "$reference/bridge" "$reference_masqueraded"
    call ADD "$reference/portmap" "$(configuration reference portmap "$publish, \"prevResult\": $result")"
    call ADD "$reference/firewall" "$(configuration reference firewall "\"prevResult\": $result")"
    attached=$result
}
DEL_reference() {
    call DEL "$reference/firewall" "$(configuration reference firewall "\"prevResult\": $attached")"
    call DEL "$reference/portmap" "$(configuration reference portmap "$publish, \"prevResult\": $attached")"
    call DEL "$reference/bridge" "$reference_masqueraded"
}
pair() { call ADD "$@"; call DEL "$@"; }
pair_plumb() { pair "$plumb" "$plumb_bare"; }
pair_bridge() { pair "$reference/bridge" "$reference_bare"; }
pair_host_local() { pair "$reference/host-local" "$reference_bare"; }

# Appends to a file how many microseconds a command takes, then lets the kernel finish what the command has begun.
measure() {
    local file=$1 start
    shift
    start=${EPOCHREALTIME/./}
    "$@"
    echo $((${EPOCHREALTIME/./} - start)) >>"$work/times/$file"
    sleep 0.05
}
median() { sort -n "$work/times/$1" | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] / 1000 }'; }
ratio() { awk -v own="$1" -v other="$2" 'BEGIN { printf "%.1f", other / own }'; }
require_published() {
    iptables -t nat -S | grep -q -- '--dport 8888 .*-j DNAT' || { echo "$1 has not published the port" >&2; exit 1; }
}

# Fills both stores with leases, by number from $1 to $2, as attachments of containers that live. Each twelfth address
# stays free, so that what is free lies scattered.
#
# host-local keeps a file for each lease. plumb gets rows with a record like that of the attachment $record is from, and
# no pools: that is how a store is left when attachments are adopted, and the next ADD works out what is free.
fill() {
    local number address last
    {
        echo "BEGIN; DELETE FROM pool; DELETE FROM free; CREATE TEMP TABLE template AS SELECT $record AS record;"
        for ((number = $1; number <= $2; number++)); do
            address=$((number + number / 11 + 2))
            last=10.99.$((address / 256)).$((address % 256))
            printf 'held%d\r\neth0' "$number" >"$leases_directory/$last"
            printf "INSERT INTO attachment SELECT %d, 'bench', 'held%d', 'eth0', 'attached', 1, 0, 'held%d', 0, record
                FROM template; INSERT INTO lease VALUES ('bench', x'0a62%04x', %d, 16, x'0a620001', 0, NULL);\n" \
                "$number" "$number" "$number" "$address" "$number"
        done
        echo "COMMIT;"
        printf %s "$last" >"$leases_directory/last_reserved_ip.0"
    } | sqlite3 -bail /run/plumb/subnets-*.sqlite
}

read -r load _ </proc/loadavg
printf 'kernel %s, %d CPUs, load %s; containernetworking-plugins %s; all times are medians in ms\n' "$(uname -r)" \
    "$(nproc)" "$load" "$(dpkg-query --show --showformat='${Version}' containernetworking-plugins)"

ADD_plumb
require_published plumb
DEL_plumb
ADD_reference
require_published "the reference chain"
DEL_reference
for _ in {1..15}; do
    measure empty /bin/true
    for call in ADD_plumb DEL_plumb ADD_reference DEL_reference; do measure "$call" "$call"; done
done
printf '\n1. A container on a bridge with default route, masquerade and one published port (15 rounds in turns)\n\n'
printf '   %-8s %10s %28s %10s\n' "" plumb "bridge + portmap + firewall" ratio
for verb in ADD DEL; do
    own=$(median "${verb}_plumb")
    other=$(median "${verb}_reference")
    printf '   %-8s %10s %28s %9sx\n' "$verb" "$own" "$other" "$(ratio "$own" "$other")"
done
printf '\n   Whole processes, both on the legacy tables. One that does nothing takes %s ms here.\n' \
    "$(median empty)"

printf '\n2. ADD and DEL together, by how many leases a /16 has already; no firewall\n\n'
printf '   %-8s %10s %28s %18s %10s\n' leases plumb "bridge with host-local" "host-local alone" ratio
call ADD "$plumb" "$plumb_bare"
record=$(sqlite3 /run/plumb/subnets-*.sqlite "SELECT quote(record) FROM attachment")
call DEL "$plumb" "$plumb_bare"
filled=0
for leases in 0 1000 10000 60000; do
    ((leases == 0)) || fill $((filled + 1)) "$leases"
    filled=$leases
    variants=(plumb bridge host_local)
    for variant in "${variants[@]}"; do "pair_$variant"; done
    for ((round = 0; round < (leases < 60000 ? 15 : 7); round++)); do
        for variant in "${variants[@]}"; do measure "$variant.$leases" "pair_$variant"; done
    done
    own=$(median "plumb.$leases")
    other=$(median "bridge.$leases")
    printf '   %-8s %10s %28s %18s %9sx\n' "$leases" "$own" "$other" "$(median "host_local.$leases")" \
        "$(ratio "$own" "$other")"
done
printf '\n   plumb and bridge attach and detach a container, and the ratio is theirs; host-local alone only takes an\n'
printf '   address and gives it back. All keep their leases in memory; host-local reads the file of each.\n'
