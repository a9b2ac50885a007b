#!/bin/sh
# Runs many seeds of the simulation on all processors: run.sh BUILD-FOLDER [HOW-MANY [FIRST]]. A million by default.
set -eu
build=${1:?"usage: run.sh BUILD-FOLDER [HOW-MANY [FIRST]]"}
count=${2:-1000000}
first=${3:-0}
batch=1000
seq "$first" "$batch" "$((first + count - 1))" |
    xargs -P "$(nproc)" -I '{}' sh -c '
        to=$(( $1 + $2 < $3 ? $1 + $2 : $3 ))
        "$0" --seeds "$1..$to" --keep-going' \
        "$build/test/simulation/simulate" '{}' "$batch" "$((first + count))"
