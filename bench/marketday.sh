#!/bin/sh
# Plays a recording to N readers, some of them slow and some cut off, and holds their accounts and order books against it:
# bench/marketday.sh [SPEED] [N] [marketday flags...]. SECONDS_OF=90 plays the first 90 recorded seconds only; SERVE_FLAGS are for the server.
set -eu
cd "$(dirname "$0")"
file=${FILE:-../../shared/data/binance_spot_btcusdt_20240808.gz}
speed=${1:-10}
n=${2:-1000}
[ $# -gt 1 ] && shift 2 || shift $#
tool=marketday
. ./serve.sh
if [ -n "${SECONDS_OF:-}" ]; then
	gzip -dcf "$file" | awk -v s="$SECONDS_OF" 'NR == 1 { begin = $1 } $1 - begin > s * 1e9 { exit } { print }' >"$out/recording"
	file=$out/recording
fi
# shellcheck disable=SC2086
"$out/weir" serve --listen 127.0.0.1:0 --admin 127.0.0.1:0 --replay "$file" --speed "$speed" --min-subscribers "$n" ${SERVE_FLAGS:-} >"$out/log" 2>&1 &
server=$!
listening "$out/log"
admin=$(sed -n 's,^ *admin *http://\(.*\)/$,\1,p' "$out/log")
"$out/marketday" --url "$url" --admin "$admin" --replay "$file" --n "$n" --pid "$server" "$@" || { cat "$out/log" >&2; exit 1; }
kill "$server"
wait "$server" || :
server=
echo
cat "$out/log"
