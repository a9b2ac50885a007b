#!/usr/bin/env bash
# Sets everything up on a fresh Debian 12, builds, and runs sluice's main job once, with your own eyes on it.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'END'
usage: ./quickstart.sh [--help]

Installs the Debian packages that are missing, builds the programs into build/, and then, in build/quickstart/:

  1. starts a simulated S3 server on this machine
  2. fills a stream of two partitions with texts and programs found here, and with generated events
  3. exports it to two places at once, kills the export half-way with SIGKILL, and continues
  4. imports one of them into another stream, and verifies everything bit for bit

It can be run again, and is fast then. Nothing outside this folder is written.
END
}

case "${1-}" in
"") ;;
--help | -h)
    usage
    exit 0
    ;;
*)
    echo "unknown option: $1" >&2
    usage >&2
    exit 2
    ;;
esac

export PATH="/usr/bin:/bin:$PATH" # Debian's own tools first: they know Debian's Python modules
source=$PWD
work=$source/build/quickstart

bold='' plain=''
[ -t 1 ] && bold=$'\033[1m' plain=$'\033[0m'
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# Shows a command as a person would type it.
show() {
    printf '$ sluice'
    printf ' %s' "$@"
    printf '\n'
}

run() {
    show "$@"
    "$sluice" "$@"
}

die() {
    echo "quickstart: $*" >&2
    exit 1
}

set_up() {
    say "Setting up: packages and build (the first time takes some minutes)"
    bash tools/setup/install_packages.sh build quickstart
    if [ ! -f build/build.ninja ]; then
        CXX_LD=${CXX_LD:-gold} meson setup build >build-setup.log 2>&1 || {
            cat build-setup.log >&2
            die "meson could not set up build/"
        }
        mv build-setup.log build/
    fi
    ninja -C build tools/sluice/sluice tools/s3sim/sluice-s3sim
    sluice=$source/build/tools/sluice/sluice
}

start_server() {
    rm -rf "$work"
    mkdir -p "$work"
    build/tools/s3sim/sluice-s3sim --listen 127.0.0.1:0 --access-key quick --secret-key start \
        --bucket harbour --bucket island --quiet >"$work/server.log" 2>&1 &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    for _ in $(seq 200); do
        grep -q '^listening on ' "$work/server.log" && break
        sleep 0.05
    done
    endpoint=$(sed -n 's/^listening on //p' "$work/server.log")
    [ -n "$endpoint" ] || die "the simulated S3 server did not start: $(cat "$work/server.log")"
    export AWS_ACCESS_KEY_ID=quick AWS_SECRET_ACCESS_KEY=start AWS_ENDPOINT_URL=$endpoint AWS_REGION=us-east-1
    export no_proxy=127.0.0.1
    unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL_S3 AWS_CA_BUNDLE
    export XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
    echo "a simulated S3 server is listening on $endpoint, with the buckets harbour and island"
}

# Prints files found here, up to so many bytes altogether.
files_up_to() {
    local limit=$1
    shift
    find "$@" -xdev -type f -readable -size +0 -printf '%s %p\n' 2>/dev/null | LC_ALL=C sort -k2 |
        awk -v limit="$limit" '{ size = $1; sub(/^[0-9]+ /, ""); if (sum + size <= limit) { sum += size; print } }'
}

fill_stream() {
    run stream create orders --partitions 2
    echo "# lines of text: the licences that come with Debian"
    cat /usr/share/common-licenses/* | run stream append orders --format lines
    echo "# whole files, each an event with its path as the key: copyright notes, programs, libraries"
    files_up_to 20000000 /usr/share/doc -name copyright >"$work/files"
    files_up_to 150000000 /usr/bin >>"$work/files"
    files_up_to 150000000 /usr/lib -name '*.so*' >>"$work/files"
    xargs -d '\n' -n 5000 "$sluice" stream append orders --format file --key-from-path <"$work/files"
    echo "# generated events with keys, repeated headers, nulls, binary data, and values of several MiB"
    python3 tools/quickstart/generate_events.py 20000 | run stream append orders --format ndjson
    run stream info orders
}

export_words=(export --from orders --to s3://harbour/logs --to s3://island/archive
    --object-bytes 32MiB --part-size 5MiB)

# MiB that the server has received.
sent_by_now() {
    curl -s --noproxy '*' "$endpoint/_sim/counters" |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["bytes_in"] >> 20)'
}

export_and_kill() {
    local size
    size=$("$sluice" stream info orders --json |
        python3 -c 'import json,sys; print(sum(p["bytes"] for p in json.load(sys.stdin)["partitions"]))')
    whole=$((2 * size >> 20)) # two places
    echo "# to be killed half-way"
    show "${export_words[@]}"
    if python3 tools/quickstart/kill_half_way.py "$endpoint" "$size" "$sluice" "${export_words[@]}" --quiet; then
        echo "killed with SIGKILL after $(sent_by_now) of $whole MiB had been sent"
    else
        echo "it had ended before it could be killed"
    fi
    echo "# the same command again continues"
    run "${export_words[@]}"
    sent=$(sent_by_now)
}

read_with_python() {
    "$sluice" ls s3://island/archive/orders --json >"$work/listing.json"
    if ! python3 -c 'import avro' 2>/dev/null; then
        avro="not tried: Python has no Avro library here (Debian: python3-avro)"
        echo "$avro"
        return
    fi
    avro=$(python3 tools/quickstart/read_avro.py "$work/listing.json" "$work/orders.ndjson")
    echo "$avro"
}

set_up
say "1. A server"
start_server
say "2. A stream of two partitions"
fill_stream
say "3. Two copies in S3, in spite of a SIGKILL"
export_and_kill
show ls s3://harbour/logs/orders
"$sluice" ls s3://harbour/logs/orders | awk 'NR <= 3; { last = $0 } END { print "…"; print last }'
say "4. Back into a stream, and the proof"
run import --from s3://harbour/logs/orders --to orders-copy
run verify s3://harbour/logs/orders --against orders
run verify s3://island/archive/orders --against orders
"$sluice" stream cat orders >"$work/orders.ndjson"
digest=$(sha256sum <"$work/orders.ndjson")
copied=$("$sluice" stream cat orders-copy | sha256sum)
echo "# every event of both streams as text, digested"
echo "orders       ${digest%% *}"
echo "orders-copy  ${copied%% *}"
[ "$digest" = "$copied" ] || die "the streams differ"
echo "# the second place, read with Python's own Avro library and compared with the log"
read_with_python
events=$(wc -l <"$work/orders.ndjson")
rm -f "$work/orders.ndjson"

say "All of it arrived"
cat <<END
$events events went from the stream "orders" to s3://harbour/logs and s3://island/archive, and back into "orders-copy".
The export was killed half-way and continued: $sent MiB were sent altogether for $whole MiB of log in two places,
so what had arrived was not sent again. Nothing was lost, doubled or changed: each event was compared bit for bit.
Independent reader: $avro

To look around yourself (the stream stays; the simulated server ends with this script):
  export PATH="$source/build/tools/sluice:\$PATH" XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
  sluice stream cat orders-copy --limit 3
  sluice transfer list
  sluice --help
END
