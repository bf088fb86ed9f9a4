# Fetches container engines of Debian without installing them; sourced by the other scripts.
#
# Installing one would start its daemon, which takes over the machine's firewall. Tests run what is unpacked here in
# namespaces of their own.

# Unpacks the named Debian packages below .build/engines/NAME, unless that was done before.
#
#   fetch_engine NAME PACKAGE...
fetch_engine() {
    local folder=$PWD/.build/engines/$1 work=$PWD/.build/engines/$1.new package
    shift
    [[ $(cat "$folder/packages" 2>/dev/null) == "$*" ]] && return
    echo "fetching $*" >&2
    rm -rf "$folder" "$work"
    mkdir -p "$work"
    (
        cd "$work"
        apt-get download --quiet=2 --option APT::Sandbox::User=root "$@" 2>/dev/null || {
            apt-get update --quiet=2
            apt-get download --quiet=2 --option APT::Sandbox::User=root "$@"
        }
        for package in *.deb; do dpkg-deb --extract "$package" .; done
        rm -- *.deb
        echo "$*" >packages
    )
    mv "$work" "$folder"
}

# Docker's engine with its command, and a static busybox to make an image of.
fetch_docker() {
    fetch_engine docker docker.io containerd runc tini libdevmapper1.02.1 busybox-static
}
