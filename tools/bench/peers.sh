#!/bin/sh
# Our client beside others on the same server, interleaved; see `peers.sh --help`.
exec python3 "$(dirname "$0")/peers.py" "$@"
