#!/usr/bin/env bash
# The n-th call of the system for sockets, threads and waiting fails, once or for a while, in the server and in a device:
# either refuses in words and works the next time, or it goes on and the month comes through; nobody crashes, nothing
# acked is lost.
# usage: calls.sh [POINTS_OF_EACH_CALL]     (2; a large number: all there are)
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/../serve_lib.sh"
points=${1:-2}
failing=("LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so" "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
	"FAIL_HIT=hit")
struck=0

# in_words WHAT CODE: it refused as a program does, with a reason on stderr.
in_words()
{
	case $2 in
	1 | 75) ;;
	*) fail "$1: exit code $2: $(tail -n 3 err log.d)" ;;
	esac
	lacks 'Sanitizer' err
}

# The server with this fault, until it is ready or has ended; $server is empty then.
serve_failing()
{
	local got=0

	rm -f ready.d hit
	env "${failing[@]}" "$@" "$ketnapd" serve --data d --listen "$listen" >ready.d 2>err </dev/null &
	server=$!
	pids+=("$server")
	for _ in $(seq 200); do
		[ ! -s ready.d ] || break
		kill -0 "$server" 2>/dev/null || break
		sleep 0.05
	done
	[ -s ready.d ] && return 0
	wait "$server" || got=$?
	server=''
	in_words "serve with $*" "$got"
	[ -s err ] || fail "serve with $*: not a word"
}

sync_until_acked()
{
	for _ in $(seq 50); do
		"$ketnap" sync --data c1 --json >out 2>err </dev/null && return 0
		sleep 0.1
	done
	fail "$1: the device is not served: $(cat err)"
}

# One point: fails, then heals; false when there is no such point.
server_point()
{
	local call=$1 at=$2 how=$3 extra=()

	[ "$how" = once ] || { touch broken && extra=("FAIL_WHILE=broken"); }
	serve_failing "FAIL_CALL=$call" "FAIL_AT=$at" "${extra[@]}"
	if [ -n "$server" ]; then
		timeout 20 "$ketnap" sync --data c1 --json >out 2>sync.err </dev/null || true
		rm -f broken
		sync_until_acked "$call $at $how"
		stop 0
	fi
	rm -f broken
	[ -f hit ]
}

client_point()
{
	local call=$1 at=$2 how=$3 got=0 extra=()

	[ "$how" = once ] || { touch broken && extra=("FAIL_WHILE=broken"); }
	rm -f hit
	timeout 60 env "${failing[@]}" "FAIL_CALL=$call" "FAIL_AT=$at" "${extra[@]}" "$ketnap" sync --data c1 --json \
		>out 2>err </dev/null || got=$?
	rm -f broken
	[ $got -eq 0 ] || in_words "sync with $call $at $how" $got
	sync_until_acked "$call $at $how, afterwards"
	[ -f hit ]
}

sweep()
{
	local side=$1 call at how

	shift
	for call in "$@"; do
		for how in once while; do
			for ((at = 1; at <= points; at++)); do
				"${side}_point" "$call" "$at" "$how" || break
				struck=$((struck + 1)) checks=$((checks + 1))
			done
		done
	done
}

make_small d
serve d
enroll d NA c1 --role approver
month 2022-05 c1
c sync --data c1
listen=$address
stop 0
sweep server socket bind listen accept4 eventfd epoll_create1 epoll_ctl pthread_create getaddrinfo
serve d
sweep client socket connect eventfd epoll_create1 epoll_ctl pthread_create getaddrinfo
stop 0
is true "$(json .ok verify --data d)" 'verify'
is 1 "$(json '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log --data d)" 'sheets in the log'
[ $struck -ge 10 ] || fail "only $struck calls failed"
printf '%d failures\n' $struck
