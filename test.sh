#!/usr/bin/env bash
# Sets everything up, builds, and runs the tests. The last line is "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'END'
usage: ./test.sh [--long] [--sanitize] [--help]

Installs the Debian packages that are missing, builds, and runs the unit and the integration tests. Each
skipped test is named with its reason. It can be run again, and is fast then.

  --long       also the tests that take more than a few minutes
  --sanitize   instead: a build with the address and undefined-behaviour sanitizers in build-asan/, the unit
               tests and the integration tests that are marked for it
  --help       this text

Environment: CXX (default: g++ through ccache), SLUICE_TEST_KEEP=1 keeps the scratch folders of failed integration tests.
END
}

long=no
sanitize=no
for argument in "$@"; do
    case $argument in
    --long) long=yes ;;
    --sanitize) sanitize=yes ;;
    --help | -h)
        usage
        exit 0
        ;;
    *)
        echo "unknown option: $argument" >&2
        usage >&2
        exit 2
        ;;
    esac
done

# Whatever goes wrong before the tests can be counted is one failure.
give_up() {
    echo "$1"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
}

# Debian's own tools first: they know Debian's Python modules.
export PATH="/usr/bin:/bin:$PATH"
# meson takes ccache by itself, unless CXX is set; this lets several checkouts share what it keeps.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

bash tools/setup/install_packages.sh build test ceph || give_up "the packages for the build could not be installed"

build=build
options=()
suites=(--suite unit --suite simulation --suite integration)
if [ "$sanitize" = yes ]; then
    build=build-asan
    options=(-Db_sanitize=address,undefined -Db_lundef=false -Doptimization=0)
    suites=(--suite unit --suite simulation --suite sanitized)
    export SLUICE_TEST_SANITIZED=1
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=99}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
fi
[ "$long" = yes ] && suites+=(--suite long)

if [ ! -f "$build/build.ninja" ]; then
    CXX_LD=${CXX_LD:-gold} meson setup "$build" "${options[@]}" || give_up "meson could not set up $build/"
fi
ninja -C "$build" -j "$(nproc)" || give_up "the build in $build/ failed"
exec python3 test/run_tests.py "$build" "${suites[@]}"
