# Sourced by the scripts that measure a `weir serve`: builds weir and the given tool into $out, and ends the server with the script.
# usage: tool=NAME; . ./serve.sh; "$out/weir" serve ... >"$out/log" & server=$!; listening LOG...
out=$(mktemp -d)
: >"$out/log"
server=
cleanup() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$server" ] || wait "$server" 2>/dev/null || :
	rm -rf "$out"
}
trap cleanup EXIT INT TERM
(cd .. && go build -o "$out/weir" ./cmd/weir)
go build -o "$out/$tool" "./cmd/$tool"

# listening waits until the server says in $out/log where it listens, and sets url; it shows the given files if that fails.
listening() {
	i=0
	until url=$(sed -n 's,^listening on ws://\(.*\)/feed$,\1,p' "$out/log") && [ -n "$url" ]; do
		i=$((i + 1))
		if [ $i -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
			cat "$@" >&2
			exit 1
		fi
		sleep 0.1
	done
}
