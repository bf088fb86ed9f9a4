# What the sections of bench.sh share; sourced inside the namespaces that it makes.

export LC_ALL=C # EPOCHREALTIME with a point
plumb=$PWD/.build/release/plumb
reference=/usr/lib/cni

# Both sides keep their leases in memory, so that no disk is measured.
mount -t tmpfs tmpfs /run
work=/run/bench
mkdir -p /run/netns "$work/leases/reference" "$work/bin" "$work/times"
ip link set lo up
ip netns add timed

# The legacy tables for both: by itself Debian's iptables writes to nftables, which makes the reference plugins slower.
for name in iptables ip6tables; do ln -s "/usr/sbin/$name-legacy" "$work/bin/$name"; done
PATH=$work/bin:$PATH

# Prints a network configuration: name, type, further keys.
configuration() { printf '{"cniVersion": "1.0.0", "name": "%s", "type": "%s", %s}' "$@"; }
plumb_ipam='"ipam": {"ranges": [[{"subnet": "10.98.0.0/16"}]]}'
reference_ipam='"ipam": {"type": "host-local", "dataDir": "'$work/leases'", "ranges": [[{"subnet": "10.99.0.0/16"}]]}'

# Calls a plugin as a runtime does, and leaves what it prints in $result.
call() {
    local verb=$1 program=$2 network=$3
    result=$(CNI_COMMAND=$verb CNI_CONTAINERID=timed CNI_NETNS=/run/netns/timed CNI_IFNAME=eth0 CNI_PATH=$reference \
        "$program" <<<"$network") || { echo "$program $verb: $result" >&2; exit 1; }
}
pair() { call ADD "$@"; call DEL "$@"; }

# Appends to a file how many microseconds a command takes, then lets the kernel finish what the command has begun.
measure() {
    local file=$1 start
    shift
    start=${EPOCHREALTIME/./}
    "$@"
    echo $((${EPOCHREALTIME/./} - start)) >>"$work/times/$file"
    sleep 0.05
}
# Prints the median of a file's numbers: microseconds as milliseconds, unless another format and unit are given.
median() {
    sort -n "$work/times/$1" |
        awk -v format="${2-%.1f}" -v unit="${3-1000}" '{ v[NR] = $1 } END { printf format, v[int((NR + 1) / 2)] / unit }'
}
ratio() { awk -v own="$1" -v other="$2" 'BEGIN { printf "%.1f", other / own }'; }
