#!/bin/sh
# Installs Debian packages as root without letting them start or enable services: `install-packages.sh PACKAGE...`.
# What it changes for that (policy-rc.d, PostgreSQL's create_main_cluster) is put back afterwards.
set -eu

POLICY=/usr/sbin/policy-rc.d
CLUSTER_FOLDER=/etc/postgresql-common/createcluster.d
CLUSTER_RULE=$CLUSTER_FOLDER/lazaret.conf
UNITS="rabbitmq-server.service epmd.socket epmd.service"

is_installed() {
    dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

restore() {
    rm -f "$POLICY" "$CLUSTER_RULE"
    if [ -e "$POLICY.lazaret" ]; then mv "$POLICY.lazaret" "$POLICY"; fi
}

forbid_services() {
    if [ -e "$POLICY" ]; then mv "$POLICY" "$POLICY.lazaret"; fi
    trap restore EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
    mkdir -p "$CLUSTER_FOLDER"
    echo 'create_main_cluster = false' >"$CLUSTER_RULE"
}

# One installation at a time: what is changed below is put back by who changed it.
exec 9>/run/lock/lazaret-packages
flock 9

broker_was_there=no
if is_installed rabbitmq-server; then broker_was_there=yes; fi

forbid_services
export DEBIAN_FRONTEND=noninteractive
# One broken third-party source must not stop what the others have.
apt-get update -qq -o DPkg::Lock::Timeout=300 </dev/null || true
echo "Installing the packages $*"
apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null >/dev/null

# A unit that was enabled just now would start at the next boot.
if [ "$broker_was_there" = no ] && is_installed rabbitmq-server && command -v systemctl >/dev/null; then
    for unit in $UNITS; do
        systemctl disable --quiet "$unit" 2>/dev/null || true
    done
fi
