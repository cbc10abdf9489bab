#!/bin/sh
# Plays a recording at full speed to N subscribers and checks every delivery: bench/feedcheck.sh [FILE] [N] [serve flags...]
set -eu
cd "$(dirname "$0")"
file=${1:-../../shared/data/binance_spot_btcusdt_20240808.gz}
n=${2:-1000}
[ $# -gt 1 ] && shift 2 || shift $#
tool=feedcheck
. ./serve.sh
"$out/weir" serve --listen 127.0.0.1:0 --replay "$file" --speed max --min-subscribers "$n" --skip-snapshots "$@" >"$out/log" 2>&1 &
server=$!
listening "$out/log"
"$out/feedcheck" --url "$url" --replay "$file" --n "$n" --pid "$server"
kill "$server"
wait "$server" || :
server=
echo
cat "$out/log"
