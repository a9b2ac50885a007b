#!/usr/bin/env bash
# tools: installs the Debian packages that building and testing need, without questions.
#
#   install_packages.sh [build] [test] [quickstart] [ceph]
#
# `build` must succeed. `test` (lints, an independent Avro reader and signer, zstd's command), `quickstart` (only that reader) and `ceph` (a real
# S3 server) are a help:
# when they cannot be had, this says so and succeeds, and the tests that need them are skipped by name.
# What is there already is left alone; when everything is there it takes a fraction of a second.
set -euo pipefail

build=(
    g++ meson ninja-build pkg-config ccache python3 git curl openssl ca-certificates libboost1.81-dev
    libssl-dev libsimdjson-dev libpugixml-dev libsqlite3-dev libfmt-dev libcli11-dev zlib1g-dev libzstd-dev
)
test=(clang-14 clang-format-14 clang-tools-14 python3-avro python3-botocore python3-zstandard zstd)
quickstart=(python3-avro)
ceph=(ceph-mon ceph-osd radosgw ceph-common)

as_root=()
updated=no

missing() {
    local known package
    # dpkg-query fails as soon as it does not know one of them.
    known=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' "$@" 2>/dev/null || true)
    known=$(awk '$2 ~ /^.i/ { print $1 }' <<<"$known")
    for package in "$@"; do
        grep -qxF "$package" <<<"$known" || printf '%s\n' "$package"
    done
}

become_root() {
    [ "$(id -u)" = 0 ] && return
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    elif command -v sudo >/dev/null && [ -t 0 ]; then
        as_root=(sudo)
    else
        return 1
    fi
}

apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -q -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold -o Acquire::Retries=3 \
        -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

install() {
    become_root || {
        echo "these packages are missing, and only root can install them: $*" >&2
        return 1
    }
    if [ "$updated" = no ]; then
        apt_get update || echo "apt-get update failed; trying with the lists that are there" >&2
        updated=yes
    fi
    apt_get install --no-install-recommends "$@"
}

command -v dpkg-query >/dev/null || {
    echo "this is not Debian: see tools/setup/install_packages.sh for what is needed" >&2
    exit 1
}
for group in "${@:-build}"; do
    case $group in
    build) packages=("${build[@]}") ;;
    test) packages=("${test[@]}") ;;
    quickstart) packages=("${quickstart[@]}") ;;
    ceph) packages=("${ceph[@]}") ;;
    *)
        echo "usage: $0 [build] [test] [quickstart] [ceph]" >&2
        exit 2
        ;;
    esac
    mapfile -t wanted < <(missing "${packages[@]}")
    [ "${#wanted[@]}" = 0 ] && continue
    echo "installing: ${wanted[*]}"
    if ! install "${wanted[@]}"; then
        [ "$group" = build ] && exit 1
        echo "not installed: ${wanted[*]}; tests that need them will be skipped" >&2
    fi
done
