#!/bin/sh
# Runs many seeds of the simulation on all processors: run.sh [FIRST [COUNT [BUILD-FOLDER]]]. A million from 0 by
# default. Each failing seed is told with the command that repeats it; the status is then not 0.
set -eu
first=${1:-0}
count=${2:-1000000}
build=${3:-build}
batch=1000
seq "$first" "$batch" "$((first + count - 1))" |
    xargs -P "$(nproc)" -I '{}' sh -c '
        to=$(( $1 + $2 < $3 ? $1 + $2 : $3 ))
        "$0" --seeds "$1..$to" --keep-going' \
        "$build/test/simulation/simulate" '{}' "$batch" "$((first + count))"
