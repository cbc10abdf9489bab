#!/bin/sh
# Plays a recording at full speed to N subscribers and checks every delivery: bench/feedcheck.sh [FILE] [N] [serve flags...]
set -eu
cd "$(dirname "$0")"
file=${1:-../../shared/data/binance_spot_btcusdt_20240808.gz}
n=${2:-1000}
[ $# -gt 1 ] && shift 2 || shift $#
out=$(mktemp -d)
server=
cleanup() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$server" ] || wait "$server" 2>/dev/null || :
	rm -rf "$out"
}
trap cleanup EXIT INT TERM
(cd .. && go build -o "$out/weir" ./cmd/weir)
go build -o "$out/feedcheck" ./cmd/feedcheck
"$out/weir" serve --listen 127.0.0.1:0 --replay "$file" --speed max --min-subscribers "$n" "$@" >"$out/log" 2>&1 &
server=$!
i=0
until url=$(sed -n 's,^listening on ws://\(.*\)/feed$,\1,p' "$out/log") && [ -n "$url" ]; do
	i=$((i + 1))
	if [ $i -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
		cat "$out/log" >&2
		exit 1
	fi
	sleep 0.1
done
"$out/feedcheck" --url "$url" --replay "$file" --n "$n" --pid "$server"
kill "$server"
wait "$server" || :
server=
echo
cat "$out/log"
