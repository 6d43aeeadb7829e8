#!/usr/bin/env bash
# Whole programs whose n-th call of one kind fails, once or from then on: memory, files and their flushes, sockets,
# threads. Each ends in words or goes on; none crashes, hangs or calls done what is not; what was acked before is there,
# `verify` finds nothing, and the same command works without the fault.
# usage: programs.sh [POINTS_OF_EACH_CALL [SEED [SCENE ...]]]
#        programs.sh at SCENE CALL N once|while     that one alone, as a failure names it
#   points  of those that an undisturbed run has, drawn evenly (1; a large number: every one); 0: one point of each scene
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/../serve_lib.sh"
points=${1:-1} seed=1
if [ "$points" != at ]; then
	seed=${2:-1}
	shift $(($# < 2 ? $# : 2))
fi
readonly all_calls=(malloc mmap open read write pwrite fsync fdatasync rename ftruncate fallocate mkdir flock unlink
	socket bind listen accept4 connect eventfd epoll_create1 epoll_ctl epoll_wait recv send pthread_create getaddrinfo)
readonly scenes=(init import close backup keys rebuild bundle enter submit export answer ui enroll sync serve)
preload=("LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so"
	"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0:detect_leaks=0:allocator_may_return_null=1")
input=/dev/null
readonly reset=104 # ECONNRESET of Linux
readonly lasting=$work/broken hit=$work/hit patience=100
struck=0 refused=0 under=0 beside='' where='' fault=() got=0
RANDOM=$seed

# p PROGRAM ARGUMENT ...: under the fault of the moment; the shell and its tools are not.
p()
{
	got=0
	timeout -k 2 $patience env "${fault[@]}" "$@" >out 2>err <"$input" || got=$?
}

# in_background PROGRAM ARGUMENT ...: until it says that it is ready, or has ended
in_background()
{
	local i

	: >ready
	# In front it hands a signal on once; else twice, the second when the program is at its end.
	timeout --foreground -k 2 $patience env "${fault[@]}" "$@" >ready 2>err </dev/null &
	pid=$!
	pids+=("$pid")
	for ((i = 0; i < 20 * patience; i++)); do
		! grep -q '^ready ' ready || return 0
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
}

ended()
{
	got=0
	wait "$pid" || got=$?
}

# ---- the scenes: what is done under the fault, in a folder of its own, and what holds in the end ----

# Files whose content is not the store's: the log and what follows from it.
verified()
{
	local result=0

	"$ketnapd" verify --data "$1" --json >verify.out 2>verify.err </dev/null || result=$?
	[ $result -eq 0 ] || fail "verify of $1: $(cat verify.out verify.err)"
	is true "$(jq .ok verify.out)" "verify of $1"
}

# device DIR FIELD WANTED
device()
{
	local result=0

	"$ketnap" status --json --data "$1" >status.out 2>status.err </dev/null || result=$?
	[ $result -eq 0 ] || fail "status of $1: $(cat status.err)"
	is "$3" "$(jq -r ".$2" status.out)" "$2 of the device $1"
}

init_run() { p "$ketnapd" init --illustrative --tree "$documents/tree.csv" --data new; }
init_end() { verified new; }
import_run() { p "$ketnapd" import figures "$documents/figures.csv" --data figures; }
import_end() { verified figures; }
close_run() { p "$ketnapd" close monthly 2022-07 --scope NA --data d; }
close_end() { verified d; }
backup_run() { p "$ketnapd" backup copy.mdb --data d; }
backup_end() { verified d && [ -s copy.mdb ]; }
keys_run() { p "$ketnapd" keys --backup copy.keys --data d; }
keys_end() { verified d && [ -s copy.keys ]; }
rebuild_run() { input=code && p "$ketnapd" rebuild copy.mdb page --data r && input=/dev/null; }
rebuild_end() { verified r; }
bundle_run() { p "$ketnapd" bundle c.bundle --answer c.answer --data d; }
bundle_end() { verified d && [ -s c.answer ]; }
enter_run() { p "$ketnap" enter monthly 2022-09 members_end=21 --data c; }
enter_end() { device c draft 2; }
submit_run() { p "$ketnap" submit monthly 2022-08 --nil --data c; }
submit_end() { device c queued 2; }
export_run() { p "$ketnap" export c.bundle --data c; }
export_end() { device c queued 1; [ -s c.bundle ]; }
answer_run() { p "$ketnap" import c.answer --data c; }
answer_end() { device c queued 0; }
enroll_run() { p "$ketnap" enroll "$listen" "$code" --data n; }
enroll_end() { p "$ketnap" sync --data n && device n unit NA; } # the first sync may be what failed
sync_run() { p "$ketnap" sync --data c; }
sync_end() { device c queued 0; }

ui_run()
{
	in_background "$ketnap" ui --data c
	kill -TERM "$pid" 2>/dev/null || true
	ended
}

ui_end() { device c queued 1; }

# A server, and a device with a month to send: as long as it fails, and afterwards.
serve_run()
{
	local i

	in_background "$ketnapd" serve --data d --listen "$listen"
	if grep -q '^ready ' ready; then
		timeout $patience "$ketnap" sync --data c >sync.out 2>sync.err </dev/null || true
		rm -f "$lasting"
		for ((i = 0; i < 50; i++)); do
			kill -0 "$pid" 2>/dev/null || break
			! timeout $patience "$ketnap" sync --data c >sync.out 2>sync.err </dev/null || break
			sleep 0.1
		done
		[ $i -lt 50 ] || fail "the device is not served: $(cat sync.err)"
		kill -TERM "$pid" 2>/dev/null || true
	fi
	ended
}

# What the device heard to be acked is in the log, once.
serve_end()
{
	verified d
	device c queued 0
	"$ketnapd" log --json --data d >log.json 2>err </dev/null
	is 1 "$(jq '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log.json)" 'sheets in the log'
}

# What failed behind the act itself, in the first contact for instance; the end shows that it is done.
readonly -A done_by_then=([enroll]='holds an enrolled device already')

# ---- where they begin ----

base_of()
{
	case $1 in
	init | enroll) ;;
	import) printf 'figures\n' ;;
	close | backup | keys) printf 'small/d\n' ;;
	rebuild) printf '%s\n' copies/copy.mdb copies/page copies/code ;;
	bundle) printf '%s\n' stick/d stick/c.bundle ;;
	enter | submit | export | ui | sync) printf 'small/c\n' ;;
	answer) printf '%s\n' stick/c stick/c.answer ;;
	serve) printf '%s\n' small/d small/c ;;
	esac
}

# All of it is made where the scenes are played: a device that finds itself in another folder is a copy, and says so.
prepare()
{
	local what

	mkdir small stick copies now
	k init --tree "$documents/tree.csv" --data figures
	for what in members targets; do
		k import "$what" "$documents/$what.csv" --data figures
	done
	cd now
	make_small d
	serve d
	enroll d NA c --role approver
	listen=$address
	month 2022-07 c
	c enter monthly 2022-08 members_end=20 --old --data c
	stop 0
	cp -r c d ../small
	k backup ../copies/copy.mdb --data d
	k server-keys ../copies/page --data d --json
	jq -r .code out >../copies/code
	c export ../stick/c.bundle --data c
	cp -r c d ../stick
	k bundle ../stick/c.bundle --answer ../stick/c.answer --data d
}

fresh()
{
	local what

	cd "$work/now"
	rm -f "$hit" "$lasting"
	find . -mindepth 1 -maxdepth 1 ! -name c ! -name d -exec rm -rf {} +
	find . -type f -delete
	for what in $(base_of "$1"); do
		cp -r "$work/$what" .
	done
	if [ "$1" = enroll ]; then
		"$ketnapd" enroll NA --data "$work/s" --json >card 2>err </dev/null || fail 'no code'
		code=$(jq -r .code card)
	fi
}

# ---- one point ----

# Beside what a check says: where it was, which is what is wanted to have it again.
say_where()
{
	local result=$?

	[ $result -eq 0 ] || printf 'at %s\n' "$where"
	[ $result -eq 0 ] || [ -z "${KETNAP_KEEP:-}" ] || cp -r "$work" "$KETNAP_KEEP"
	(exit $result)
	leave_serving
}
trap say_where EXIT

# point SCENE CALL N once|while
point()
{
	local scene=$1 call=$2 at=$3 how=$4 said

	fresh "$scene"
	fault=("${preload[@]}" "FAIL_CALL=$call" "FAIL_AT=$at" "FAIL_HIT=$hit")
	[ "$how" = once ] || { : >"$lasting" && fault+=("FAIL_WHILE=$lasting"); }
	case $call-$how in recv-while | send-while) fault+=("FAIL_ERRNO=$reset") ;; esac
	where="$scene, $call $at $how"
	"${scene}_run"
	rm -f "$lasting"
	fault=() under=$got
	case $got in
	0) ;;
	1 | 75) [ -s err ] || fail "$where: not a word" ;;
	*) fail "$where: exit code $got" ;;
	esac
	lacks Sanitizer err
	[ ! -e "$hit" ] || struck=$((struck + 1))
	checks=$((checks + 1))
	if [ "$got" -ne 0 ]; then
		refused=$((refused + 1))
		said=$(head -c 300 err)
		"${scene}_run"
		[ "$got" -eq 0 ] || grep -qF "${done_by_then[$scene]:-no such}" err || fail "$where: \"$said\"; and again, without it: exit code $got"
	fi
	"${scene}_end"
}

readonly -A glimpses=([init]='fsync 3 once' [import]='pwrite 1 while' [close]='fdatasync 1 once' [backup]='rename 1 once'
	[keys]='fsync 6 once' [rebuild]='open 7 while' [bundle]='malloc 200 while' [enter]='malloc 150 while'
	[submit]='fdatasync 1 while' [export]='rename 1 once' [answer]='pwrite 1 once' [ui]='open 3 once'
	[enroll]='write 2 once' [sync]='send 2 while' [serve]='malloc 3000 while')

# How often an undisturbed run makes each call, in calls.of
count_calls()
{
	fresh "$1"
	fault=("${preload[@]}" "FAIL_COUNT=$work/calls.of")
	where="$1, undisturbed"
	"${1}_run"
	is 0 "$got" "$where"
	fault=()
	"${1}_end"
}

# Drawn evenly: one of each of so many equal parts, all of few.
sweep()
{
	local scene=$1 call all how i n

	count_calls "$scene"
	for call in "${all_calls[@]}"; do
		all=$(awk -v c="$call" '$1 == c { print $2 }' "$work/calls.of")
		n=$((points < all ? points : all))
		for ((i = 0; i < n; i++)); do
			for how in once while; do
				[ "$call $how" != 'epoll_wait while' ] || continue # interrupted for ever
				point "$scene" "$call" $((1 + (i * all + RANDOM % all) / n)) $how
			done
		done
	done
	printf '%s: %d failures, %d refused\n' "$scene" "$struck" "$refused"
}

# One point of each, which is known to be met.
glimpse()
{
	local scene=$1 call at how before=$struck

	read -r call at how <<<"${glimpses[$scene]}"
	point "$scene" "$call" "$at" "$how"
	is $((before + 1)) $struck "struck by $where"
}

# noticed TEXT COMMAND ...: this test fails over it, and says so.
noticed()
{
	local text=$1 result=0

	shift
	("$@") >"$work/control" 2>&1 || result=$?
	is 1 $result "result of a test of which $* is wrong: $(cat "$work/control")"
	has "$text" "$work/control"
}

broken_program()
{
	preload+=("$1")
	shift
	"$@"
}

main()
{
	local scene all=("$@")

	[ ${#all[@]} -gt 0 ] || all=("${scenes[@]}")
	prepare
	if [ "$points" = at ]; then
		server_for "$2"
		point "${@:2}"
		printf 'exit code under it %d\n' "$under"
		server_for ''
		return 0
	fi
	noticed 'exit code 134' broken_program FAIL_DEADLY=yes point init fsync 1 once
	for scene in "${all[@]}"; do
		server_for "$scene"
		if [ "$points" -eq 0 ]; then
			glimpse "$scene"
		else
			sweep "$scene"
		fi
	done
	server_for ''
	printf '%d failures, %d refused in words\n' $struck $refused
}

# server_for SCENE: a server beside the scenes that want one, on the port that the device knows.
server_for()
{
	local wants=no

	cd "$work"
	case $1 in enroll | sync) wants=yes ;; esac
	if [ $wants = yes ] && [ -z "$beside" ]; then
		[ -d s ] || cp -r small/d s
		serve s
		beside=$server
	elif [ $wants = no ] && [ -n "$beside" ]; then
		server=$beside beside=''
		stop 0
	fi
}

main "$@"
