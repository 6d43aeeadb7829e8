#!/usr/bin/env bash
# The n-th call of the system for sockets, threads and waiting fails, once or for a while, in the server and in a device:
# either refuses in words and works the next time, or it goes on and the month comes through; nobody crashes, nothing
# acked is lost. What is interrupted or not ready for once (EINTR, EAGAIN) is not noticed by anybody. Every third point
# has a month of its own to lose; and that a crash and a lost month would be noticed here is tried too.
# usage: calls.sh [POINTS_OF_EACH_CALL]     (2; a large number: all there are)
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/../serve_lib.sh"
points=${1:-2}
failing=("LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so" "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
	"FAIL_HIT=hit")
struck=0 months=0
quiet=no # yes: the device must be served at once

# One more month to send, as long as there are months.
next_month()
{
	[ $months -lt 32 ] && [ $((struck % 3)) -eq 0 ] || return 0
	month "$((2020 + months / 12))-$(printf %02d $((months % 12 + 1)))" c1
	months=$((months + 1))
}

# all_there DIR: every month that was acked is in its log.
all_there()
{
	is "$months" "$(json '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log --data "$1")" \
		"sheets in the log of $1"
}

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
	local call=$1 at=$2 how=$3 got=0 extra=()

	[ "$how" = once ] || { touch broken && extra=("FAIL_WHILE=broken"); }
	serve_failing "FAIL_CALL=$call" "FAIL_AT=$at" "${extra[@]}"
	if [ -n "$server" ]; then
		next_month
		timeout 20 "$ketnap" sync --data c1 --json >out 2>sync.err </dev/null || got=$?
		[ $quiet = no ] || is 0 $got "exit code of a device after $call $at at the server: $(cat sync.err)"
		kill -0 "$server" 2>/dev/null || fail "$call $at $how: the server ended: $(tail -n 3 err)"
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
	next_month
	timeout 60 env "${failing[@]}" "FAIL_CALL=$call" "FAIL_AT=$at" "${extra[@]}" "$ketnap" sync --data c1 --json \
		>out 2>err </dev/null || got=$?
	rm -f broken
	[ $quiet = no ] || is 0 $got "exit code of a device with $call $at"
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

# slips SIDE ERRNO CALL ...: fails once with this, now and then.
slips()
{
	local side=$1 call at

	failing+=("FAIL_ERRNO=$2")
	shift 2
	for call in "$@"; do
		for at in 1 2 5 11; do
			"${side}_point" "$call" $at once || break
			struck=$((struck + 1)) checks=$((checks + 1))
		done
	done
	unset 'failing[-1]'
}

readonly interrupted=4 not_ready=11 reset=104 # EINTR, EAGAIN, ECONNRESET of Linux
slips_of()
{
	quiet=yes
	slips "$1" $interrupted epoll_wait recv send
	slips "$1" $not_ready recv send
	quiet=no
	slips "$1" $reset recv send
}

# noticed TEXT COMMAND ...: this test fails over it, and says so.
noticed()
{
	local text=$1 got=0

	shift
	("$@") >control 2>&1 || got=$?
	is 1 $got "result of a test of which $* is wrong: $(cat control)"
	has "$text" control
}

deadly()
{
	failing+=("FAIL_DEADLY=yes")
	months=32 # the shell that counts them does not see this
	"$@"
}

# The first text that is not English, which opens the catalogue: each allocation until then fails once.
first_words()
{
	local at got

	for ((at = 1; ; at++)); do
		rm -f hit
		got=0
		env "${failing[@]}" KETNAP_LANG=vi FAIL_CALL=malloc "FAIL_AT=$at" "$@" --data nowhere >out 2>err </dev/null || got=$?
		in_words "${*##*/}, allocation $at" "$got"
		[ -e hit ] || break
		[ -s err ] || fail "${*##*/}, allocation $at: not a word"
		checks=$((checks + 1))
	done
	has 'nowhere' err
	[ "$at" -gt 20 ] || fail "${*##*/}: only $at allocations"
}

noticed 'exit code 134' deadly first_words "$ketnap" status
first_words "$ketnap" status
first_words "$ketnapd" verify
make_small d
serve d
enroll d NA c1 --role approver
cp -r d before
listen=$address
next_month
c sync --data c1
stop 0
noticed 'exit code 134' deadly server_point socket 1 once
noticed 'the server ended' deadly server_point accept4 1 once
noticed "sheets in the log of before" all_there before
sweep server socket bind listen accept4 eventfd epoll_create1 epoll_ctl pthread_create getaddrinfo
slips_of server
serve d
noticed 'exit code 134' deadly client_point connect 1 once
sweep client socket connect eventfd epoll_create1 epoll_ctl pthread_create getaddrinfo
slips_of client
c sync --data c1
stop 0
is true "$(json .ok verify --data d)" 'verify'
all_there d
[ $struck -ge 60 ] || fail "only $struck calls failed"
printf '%d failures, %d months\n' $struck $months
