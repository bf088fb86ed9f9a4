# Installs what a fresh Debian machine lacks; sourced by the other scripts.

# Prints a message for people who have no Swift yet, and stops.
require_swift() {
    command -v swift >/dev/null && return
    echo "Swift 6.3 is missing: install it as https://www.swift.org/install/linux/ says, then run this script again." >&2
    exit 1
}

# Installs those of the named Debian packages that are missing; without any, apt is not even started.
install_packages() {
    local missing=() name
    for name in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    echo "installing ${missing[*]}" >&2
    DEBIAN_FRONTEND=noninteractive apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" >/dev/null
}
