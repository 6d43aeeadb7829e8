#!/usr/bin/env bash
# Strangers of every kind against a server, while devices bring their month: what the server needs meanwhile stays
# under the bounds that strangers.c states, and no device fails. Prints a line for each kind, and one for
# the devices beside it.
# usage: strangers.sh [--short] [--only KIND,...] [--idle N]
#   --short  the kinds that need no minute, and fewer of them: what a check has time for
#   --idle   so many idle ones (10000)
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
readonly bin=$KETNAP_BUILD/tests
idle=10000 each=256 for_ms=8000 honest=300 rate=40
only='handshake hello frame unread idle garbage noise hellos enrols oversized nested old'
while [ $# -gt 0 ]; do
	case $1 in
	--short)
		idle=1000 each=64 for_ms=2000 honest=60 rate=30
		only='handshake idle garbage noise hellos enrols oversized nested old'
		;;
	--only) only=${2//,/ } && shift ;;
	--idle) idle=$2 && shift ;;
	*) fail "no option $1" ;;
	esac
	shift
done
server='' strangers=''

leave_strangers()
{
	local result=$? pid

	for pid in $strangers $server; do
		kill -9 "$pid" 2>/dev/null || true
	done
	[ $result -eq 0 ] || tail -n 5 log 2>/dev/null || true
	leave "$result"
}
trap leave_strangers EXIT

# value NAME LINE: of NAME=value
value()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$2"
}

# honest_beside WHAT: devices that nobody has seen yet, a month from each.
honest_beside()
{
	local line result=0

	line=$("$bin/surge_load" --server "$address" --clients clients --count $((used + honest)) --skip "$used" \
		--per-second "$rate" --server-pid "$server" 2>honest.err) || result=$?
	used=$((used + honest))
	[ $result -eq 0 ] || fail "$1: $line $(cat honest.err)"
	printf 'beside=%s devices=%s acked=%s p50_ms=%s p99_ms=%s\n' "$1" "$(value clients "$line")" \
		"$(value verified "$line")" "$(value p50_ms "$line")" "$(value p99_ms "$line")"
	is "$honest" "$(value verified "$line")" "devices served beside $1"
}

# run_kind KIND MANY: its line in told.
run_kind()
{
	"$bin/strangers" --as "$1" --server "$address" --clients few --server-pid "$server" --count "$2" \
		--ms "$for_ms" >told 2>why &
	strangers=$!
	sleep 0.5
	honest_beside "$1"
	wait "$strangers" || fail "$(cat told why)"
	strangers=''
	checks=$((checks + 1))
	cat told
}

read -ra kinds <<<"$only"
"$bin/make_clients" --out clients --clients $((honest * (${#kinds[@]} + 3))) --data s --history 0 >made
mkdir few
head -n 33 clients/clients.csv >few/clients.csv
cp clients/ca.pem few/
cp clients/store.txt few/ 2>/dev/null || true
while IFS=, read -r device _; do
	cp "clients/$device".{pem,key,flight} few/
done < <(tail -n +2 few/clients.csv)
: >ready
"$ketnapd" serve --data s --listen 127.0.0.1:0 --connections $((idle + 1000)) >ready 2>log </dev/null &
server=$!
waits_to_hear "$server" '^ready ' ready log
address=$(cut -d' ' -f2 ready)
used=0 highest=0
honest_beside nobody
for kind in "${kinds[@]}"; do
	many=$each
	[ "$kind" != idle ] || many=$idle
	run_kind "$kind" "$many"
	peak=$(value kib_peak "$(cat told)")
	[ "$peak" -le "$highest" ] || highest=$peak
done
# What was freed is used again: as many as before need little more than was needed already (a TLS session of each
# is kept for who comes back, up to a limit).
run_kind idle "$idle"
peak=$(value kib_peak "$(cat told)")
[ -n "${ASAN_OPTIONS-}" ] || [ "$peak" -le $((highest + 16384 + 8 * idle)) ] || fail "$peak KiB, where $highest were enough before"
honest_beside nobody
kill "$server"
wait "$server" || fail "the server ended with $?"
server=''
is '' "$(grep -E 'Sanitizer:|runtime error:|Assertion' log || true)" 'what the server complained of'
is true "$(json .ok verify --data s)" 'verify'
is $((honest * (${#kinds[@]} + 3))) "$(json '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' \
	log --data s)" 'months in the log'

# --- the control: a server without limits is found out -----------------------------------------------------
[[ " $only " == *' handshake '* ]] || exit 0
"$bin/make_clients" --out null --clients 4 >made
: >null.ready
"$bin/null_server" --clients null >null.ready 2>null.log &
server=$!
waits_to_hear "$server" '^ready ' null.ready null.log
exits 1 "$bin/strangers" --as handshake --server "$(cut -d' ' -f2 null.ready)" --clients null \
	--server-pid "$server" --count 4
has 'the server did not end them all in time' err
