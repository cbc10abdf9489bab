#!/bin/sh
# Measures the server's memory per idle subscriber: bench/idle.sh [N] [SETTLE] [serve flags...]
# Each connection is in one channel, with heartbeats on. N is bounded by the descriptors of one process (ulimit -n).
set -eu
cd "$(dirname "$0")"
n=${1:-18000}
settle=${2:-150s}
[ $# -gt 1 ] && shift 2 || shift $#
tool=idle
. ./serve.sh
# One symbol with a trade every 1000 s: the channel btcusdt@trade is silent.
GODEBUG=gctrace=1 "$out/weir" serve --listen 127.0.0.1:0 --symbols 1 --trade-rate 0.001 --drain-window off "$@" >"$out/log" 2>"$out/gc" &
server=$!
listening "$out/log" "$out/gc"
sleep 2 # what the start needed once is in the figure of the empty server
"$out/idle" --url "$url" --pid "$server" --n "$n" --settle "$settle"
echo "GC cycles        $(grep -c '^gc ' "$out/gc" || :) in the server, the last: $(grep '^gc ' "$out/gc" | tail -1)"
