#!/bin/sh
# Measures fast readers of a conflating channel beside nobody, beside readers that keep up with a tenth, and beside readers that take a tenth
# of the bytes, each on a server of its own: bench/conflate.sh [RATE] [N] [conflate flags...]. BESIDE names the cases, SERVE_FLAGS are
# for the server.
set -eu
cd "$(dirname "$0")"
rate=${1:-100000}
n=${2:-500}
[ $# -gt 1 ] && shift 2 || shift $#
tool=conflate
. ./serve.sh
for beside in ${BESIDE:-nobody maxhz tenth slow}; do
	echo "== beside $beside"
	# shellcheck disable=SC2086
	"$out/weir" serve --listen 127.0.0.1:0 --symbols 0 --publish-to ticks,tenth --publish-open --channels-rules '* ticker' --drain-window off \
		${SERVE_FLAGS:-} >"$out/log" 2>&1 &
	server=$!
	listening "$out/log"
	"$out/conflate" --url "$url" --pid "$server" --rate "$rate" --n "$n" --beside "$beside" "$@" || { cat "$out/log" >&2; exit 1; }
	kill "$server"
	wait "$server" || :
	server=
done
