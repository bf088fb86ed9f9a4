# What published ports cost, packets and calls, by how many there are: nftables beside iptables.

backends=(nftables iptables)

# Prints the configuration of a network for backend $1 that publishes $3 ports, from number $2 on. They are every second
# port of the host, so that no two make a range, which would be a single rule.
publishing() {
    local mappings
    mappings=$(seq "$2" $(($2 + $3 - 1)) |
        awk '{ printf "%s{\"hostPort\":%d,\"containerPort\":7777}", NR == 1 ? "" : ",", 10000 + 2 * $1 }')
    configuration "$1" plumb "\"bridge\": \"${1}0\", \"firewallBackend\": \"$1\", \"isDefaultGateway\": true,
        \"ipMasq\": true, \"ipam\": {\"dataDir\": \"/run/plumb-$host-$1\", \"subnet\": \"10.97.0.0/16\"},
        \"runtimeConfig\": {\"portMappings\": [$mappings]}"
}

# Attaches or detaches ($1) a container ($2) on the host $host, or right here; its configuration is on standard input.
change() {
    local answer on_host=()
    [[ -e /run/netns/$2 ]] || ip netns add "$2"
    [[ $host == here ]] || on_host=(nsenter "--net=/run/netns/$host")
    answer=$(CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 "${on_host[@]}" "$plumb") ||
        { echo "plumb $1: $answer" >&2; exit 1; }
}

# The connections: a host with a neighbour on its LAN for each backend, and a container on it that answers.
for backend in "${backends[@]}"; do
    host=host-$backend
    ip netns add "$host"
    ip netns add "lan-$backend"
    ip netns add "target-$backend"
    ip -n "$host" link set lo up
    ip -n "$host" link add uplink0 type veth peer name eth0 netns "lan-$backend"
    ip -n "$host" address add 192.0.2.10/24 dev uplink0
    ip -n "$host" link set uplink0 up
    ip -n "lan-$backend" address add 192.0.2.1/24 dev eth0
    ip -n "lan-$backend" link set eth0 up
    ip netns exec "target-$backend" taskset --cpu-list 0 python3 scripts/bench/connections.py serve 7777 &
done

printf '\nNew connections a second from the LAN to a published port, the last that was published (one after another on\n'
printf 'one processor, 5 rounds of a second in turns)\n\n   %-10s' ports
printf ' %12s' "${backends[@]}"
echo
filled=0
for ports in 1 100 1000 5000; do
    for backend in "${backends[@]}"; do
        host=host-$backend
        # The target goes and comes again behind the others.
        ((ports == 1)) || change DEL "target-$backend" < <(publishing "$backend" 0 1)
        ((ports - 1 == filled)) ||
            change ADD "filler-$backend-$ports" < <(publishing "$backend" $((filled + 1)) $((ports - 1 - filled)))
        change ADD "target-$backend" < <(publishing "$backend" 0 1)
    done
    filled=$((ports - 1))
    for _ in {1..5}; do
        for backend in "${backends[@]}"; do
            ip netns exec "lan-$backend" taskset --cpu-list 0 \
                python3 scripts/bench/connections.py connect 192.0.2.10 10000 1 >>"$work/times/$backend.connections.$ports"
        done
    done
    printf '   %-10s' "$ports"
    for backend in "${backends[@]}"; do
        rate=$(median "$backend.connections.$ports" %.0f 1)
        printf ' %12s' "$rate"
        ((ports > 1)) || echo "$rate" >"$work/$backend.single"
        ((ports < 5000)) || awk -v last="$rate" '{ printf "%.0f %%\n", 100 * last / $1 }' "$work/$backend.single" \
            >"$work/$backend.share"
    done
    echo
done
printf '   %-10s' "last/first"
for backend in "${backends[@]}"; do printf ' %12s' "$(<"$work/$backend.share")"; done
echo

# The calls: both backends on one host, as they take turns; neither reads what the other has written.
host=here
for backend in "${backends[@]}"; do publishing "$backend" 0 1 >"$work/$backend.json"; done
ADD_nftables() { change ADD timed <"$work/nftables.json"; }
DEL_nftables() { change DEL timed <"$work/nftables.json"; }
ADD_iptables() { change ADD timed <"$work/iptables.json"; }
DEL_iptables() { change DEL timed <"$work/iptables.json"; }

# The edits of the backend iptables for such a container, made by the program: -A or -D.
edit() {
    local container=10.97.0.9
    iptables -w -t nat "$1" PLUMB -p tcp --dport 9999 -j DNAT --to-destination "$container:7777"
    iptables -w -t nat "$1" POSTROUTING -p tcp -s "$container" -d "$container" --dport 7777 -j MASQUERADE
    iptables -w -t filter "$1" PLUMB -p tcp -d "$container" --dport 7777 -j ACCEPT
}
ADD_program() { edit -A; }
DEL_program() { edit -D; }

variants=("${backends[@]}" program)
printf '\nADD and DEL of a container with one published port, by how many are published (15 rounds in turns)\n\n'
printf '   %-10s %19s %19s %19s\n   %-10s' "" nftables iptables "iptables-legacy -w" ports
printf ' %9s %9s %9s %9s %9s %9s\n' ADD DEL ADD DEL -A -D
filled=0
for ports in 0 1000 10000; do
    for backend in "${backends[@]}"; do
        ((ports == filled)) || change ADD "$backend-$ports" < <(publishing "$backend" $((filled + 1)) $((ports - filled)))
    done
    filled=$ports
    for variant in "${variants[@]}"; do
        "ADD_$variant"
        "DEL_$variant"
    done
    for _ in {1..15}; do
        for variant in "${variants[@]}"; do
            measure "$variant.ADD.$ports" "ADD_$variant"
            measure "$variant.DEL.$ports" "DEL_$variant"
        done
    done
    printf '   %-10s' "$ports"
    for variant in "${variants[@]}"; do
        for verb in ADD DEL; do printf ' %9s' "$(median "$variant.$verb.$ports")"; done
    done
    echo
done
for ports in 1000 10000; do
    printf '   %-10s' "$ports/0"
    for variant in "${variants[@]}"; do
        for verb in ADD DEL; do
            printf ' %8sx' "$(ratio "$(median "$variant.$verb.0")" "$(median "$variant.$verb.$ports")")"
        done
    done
    echo
done
