# ADD and DEL by how many leases a /16 has already, beside host-local.

plumb_bare=$(configuration bench plumb "\"bridge\": \"bench0\", \"firewallBackend\": \"none\", $plumb_ipam")
reference_bare=$(configuration reference bridge "\"bridge\": \"reference0\", $reference_ipam")
leases_directory=$work/leases/reference

pair_plumb() { pair "$plumb" "$plumb_bare"; }
pair_bridge() { pair "$reference/bridge" "$reference_bare"; }
pair_host_local() { pair "$reference/host-local" "$reference_bare"; }

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

printf '\nADD and DEL together, by how many leases a /16 has already; no firewall\n\n'
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
