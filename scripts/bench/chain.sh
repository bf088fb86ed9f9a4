# A container on a bridge with default route, masquerade and one published port: plumb beside a chain of three plugins.

publish='"runtimeConfig": {"portMappings": [{"hostPort": 8888, "containerPort": 7777, "protocol": "tcp"}]}'
gateway='"isDefaultGateway": true, "ipMasq": true'
plumb_published=$(configuration bench plumb "\"bridge\": \"bench0\", $gateway, $publish, $plumb_ipam")
reference_masqueraded=$(configuration reference bridge "\"bridge\": \"reference0\", $gateway, $reference_ipam")

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
require_published() {
    iptables -t nat -S | grep -q -- '--dport 8888 .*-j DNAT' || { echo "$1 has not published the port" >&2; exit 1; }
}

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
printf '\nA container on a bridge with default route, masquerade and one published port (15 rounds in turns)\n\n'
printf '   %-8s %10s %28s %10s\n' "" plumb "bridge + portmap + firewall" ratio
for verb in ADD DEL; do
    own=$(median "${verb}_plumb")
    other=$(median "${verb}_reference")
    printf '   %-8s %10s %28s %9sx\n' "$verb" "$own" "$other" "$(ratio "$own" "$other")"
done
printf '\n   Whole processes, both on the legacy tables. One that does nothing takes %s ms here.\n' \
    "$(median empty)"
