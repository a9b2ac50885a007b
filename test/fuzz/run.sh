#!/usr/bin/env bash
# Runs the fuzz targets of a build folder one after the other, each for some seconds.
# usage: test/fuzz/run.sh [--seconds N] [--seed N] [BUILD-FOLDER] [TARGET...]
# The last input of a target that failed is kept in BUILD-FOLDER/test/fuzz/TARGET.input.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=60
seed=$RANDOM
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2 && shift 2 ;;
    --seed) seed=$2 && shift 2 ;;
    *) break ;;
    esac
done
build=${1:-build-asan}
[ $# -gt 0 ] && shift
targets=("$@")
[ ${#targets[@]} -eq 0 ] && targets=(avro ndjson delimited lines log_batches log_recovery commits s3_words words s3_documents s3_answers)
declare -A corpus=(
    [avro]='formats/*.avro' [ndjson]='formats/*.ndjson*' [delimited]='formats/sample.delimited' [lines]='formats/sample.lines'
    [log_batches]='log/[!R]*' [log_recovery]='log/*.log' [commits]='commits/*.json' [s3_words]='credentials/*.[ijxt]*' [words]='../fuzz/words.txt'
    [s3_documents]='../fuzz/s3/*.xml' [s3_answers]='../fuzz/s3/*.http'
)
failed=0
shopt -s nullglob # not every target has seeds of its own making
for target in "${targets[@]}"; do
    # shellcheck disable=SC2086 # the corpus is a pattern
    FUZZ_KEEP=$build/test/fuzz/$target.input "$build/test/fuzz/fuzz_$target" "$target" "$seconds" "$seed" \
        test/vectors/${corpus[$target]} "$build/test/fuzz/$target".seed[s] || { failed=1 && echo "failed: $target, seed $seed"; }
done
exit $failed
