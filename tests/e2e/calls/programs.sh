#!/usr/bin/env bash
# Whole programs whose n-th call of one kind fails, once or from then on: memory, files and their flushes, sockets,
# threads. Each ends in words or goes on; none crashes, hangs or calls done what is not; what it leaves is as before or
# as afterwards; what was acked before is there, `verify` finds nothing, and the same command works without the fault.
# usage: programs.sh [POINTS_OF_EACH_CALL [SEED [SCENE ...]]]
#        programs.sh every SECONDS [SEED [SCENE ...]]     every point of each scene that has time, one after another
#        programs.sh sites SECONDS [SEED [SCENE ...]]     every site of each scene that has time: where a call comes from
#        programs.sh at SCENE CALL N|@SITE once|while     that one alone, as a failure names it
#   points   of those that an undisturbed run has, drawn evenly (1; a large number: every one); 0: one point of each scene
#   every    of each call in turn, so that those of few points are all tried; of memory first the first point of each site,
#            behind it the others. A point that fails is told, and the next one is tried. In the end, of each call: the points
#            that failed once + from then on, of how many
#   sites    the same of the first call from each site: `own`, told apart by the three innermost places of the program's
#            own code that led to it, and `near`, by the two innermost of whosever code, as far as no `own` one was there
set -euo pipefail
calls=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$calls/../lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$calls/../serve_lib.sh"
# shellcheck source=tests/e2e/calls/scenes.sh
. "$calls/scenes.sh"
mode=drawn points=1 seed=1 seconds=0
case ${1:-} in
at) mode='at' && shift ;;
every | sites)
	mode=$1 seconds=${2:?} seed=${3:-1}
	shift $(($# < 3 ? $# : 3))
	;;
*)
	points=${1:-1} seed=${2:-1}
	shift $(($# < 2 ? $# : 2))
	;;
esac
readonly all_calls=(malloc mmap open read write pwrite fsync fdatasync rename ftruncate fallocate mkdir flock unlink
	socket bind listen accept4 connect getsockopt setsockopt getsockname shutdown ioctl fcntl pipe2 eventfd epoll_create1
	epoll_ctl epoll_wait recv send pthread_create getaddrinfo)
preload=("LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so"
	"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0:detect_leaks=0:allocator_may_return_null=1")
input=/dev/null
readonly reset=104 # ECONNRESET of Linux
readonly lasting=$work/broken hit=$work/hit patience=100
struck=0 refused=0 under=0 beside='' where='' fault=() got=0 state='' now=''
declare -A before=() after=() # how far a scene is when nothing fails
RANDOM=$seed

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

# How far it has come: as before, or as afterwards when it says that it is done; whatever was begun is taken back.
not_half_done()
{
	now=''
	"${1}_state"
	checks=$((checks + 1))
	[ "$now" != "${after[$1]}" ] || return 0
	if [ "$under" -eq 0 ] || { [ "$now" != "${before[$1]}" ] && ! in_between "$1" "$now"; }; then
		fail "$where: exit code $under, and it is at '$now'"
	fi
}

# point SCENE CALL N|@SITE once|while
point()
{
	local scene=$1 call=$2 at=$3 how=$4 said

	fresh "$scene"
	fault=("${preload[@]}" "FAIL_CALL=$call" "FAIL_AT=$at" "FAIL_HIT=$hit")
	[ "${at#@}" = "$at" ] || fault+=("FAIL_SITE=${at#@}")
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
	said=$(head -c 300 err)
	not_half_done "$scene"
	if [ "$under" -ne 0 ]; then
		refused=$((refused + 1))
		"${scene}_run"
		[ "$got" -eq 0 ] || grep -qF "${done_by_then[$scene]:-no such}" err || fail "$where: \"$said\"; and again, without it: exit code $got"
	fi
	"${scene}_end"
}

readonly -A glimpses=([init]='fsync 3 once' [import]='pwrite 1 while' [close]='fdatasync 1 once' [backup]='rename 1 once'
	[keys]='fsync 5 once' [rebuild]='open 7 while' [restore]='pwrite 1 once' [recovered]='fdatasync 1 while'
	[bundle]='malloc 200 while' [promote]='unlink 8 once' [enter]='malloc 150 while' [submit]='fdatasync 1 while'
	[export]='rename 1 once' [answer]='pwrite 1 once' [ui]='open 3 once' [enroll]='write 2 once' [sync]='send 2 while'
	[follow]='recv 5 once' [serve]='malloc 3000 while')

# Where an undisturbed run begins and ends, and how often it makes each call: in calls.of
undisturbed()
{
	fresh "$1"
	now=''
	"${1}_state"
	before[$1]=$now
	fault=("${preload[@]}" "FAIL_COUNT=$work/calls.of" "FAIL_SITES=$work/sites")
	where="$1, undisturbed"
	"${1}_run"
	is 0 "$got" "$where"
	fault=()
	now=''
	"${1}_state"
	after[$1]=$now
	"${1}_end"
}

# ---- which of them ----

# Drawn evenly: one of each of so many equal parts, all of few.
sweep()
{
	local scene=$1 call all how i n

	undisturbed "$scene"
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
	local scene=$1 call at how was=$struck

	undisturbed "$scene"
	read -r call at how <<<"${glimpses[$scene]}"
	point "$scene" "$call" "$at" "$how"
	is $((was + 1)) $struck "struck by $where"
}

# What a program asks for before it looks at its data: who runs it, its words.
beginning()
{
	p "$@" --data none
	is 1 "$got" "exit code of $1 with $where"
	[ -s err ] || fail "$1 with $where: not a word"
}

beginnings()
{
	local at

	for ((at = 1; at <= 60; at++)); do
		: >"$lasting"
		where="malloc $at of the beginning while"
		fault=("${preload[@]}" FAIL_CALL=malloc "FAIL_AT=$at" "FAIL_HIT=$hit" "FAIL_WHILE=$lasting")
		beginning "$ketnapd" close monthly 2022-07 --scope NA
		beginning "$ketnap" enter monthly 2022-07 admitted=1
		rm "$lasting"
		where="malloc $at of the beginning once"
		beginning "$ketnapd" close monthly 2022-07 --scope NA # asks who runs it, by more than one file
	done
	fault=()
}

# Every point of a scene, as CALL N HOW: of each call the first of a drawn order, then of each the second ...
every_point()
{
	awk -v seed="$seed" -v calls="${all_calls[*]}" '
		BEGIN { srand(seed); split(calls, list, " "); for (i in list) known[list[i]] = 1 }
		function add(call, n) { kind[++m] = call; at[m] = n " once"
			if (call != "epoll_wait") { kind[++m] = call; at[m] = n " while" } }
		function tell(  i, j, t) {
			for (i = m; i > 1; i--) { j = 1 + int(rand() * i); t = at[i]; at[i] = at[j]; at[j] = t }
			for (i = 1; i <= m; i++) print before + i, kind[i], at[i]
			before += m; m = 0 }
		FILENAME ~ /sites$/ { if ($1 == "malloc") first[$4] = 1; next }
		!known[$1] { next }
		{ before = 0
		  for (n = 1; n <= $2; n++) if ($1 == "malloc" && n in first) add("place", n)
		  tell()
		  for (n = 1; n <= $2; n++) if ($1 != "malloc" || !(n in first)) add($1, n)
		  tell() }' "$work/sites" "$work/calls.of" | sort -n -k 1,1 -s | cut -d' ' -f 2-
}

# alone CALL SCENE ...: one that fails ends only itself; what it has counted is added up in a file.
alone()
{
	trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
	struck=0 refused=0
	point "${@:2}"
	printf '%s %s %d %d\n' "$1" "$5" $struck $refused >>"$work/tried"
}

# Every site of a scene, as CALL @SITE HOW BY: first those of our own code, memory behind the rest, then those near the
# call that none of these is the first call of. Of several runs, which do not all come by the same.
every_site()
{
	local run

	: >"$work/all.sites"
	for run in 1 2 3; do
		undisturbed "$1"
		sort -k 2,2r -k 4,4n "$work/sites" | sed "s/$/ $run/" >>"$work/all.sites"
	done
	awk -v seed="$seed" '
		BEGIN { srand(seed) }
		function add(how) { printf "%d %.6f %s @%s %s %s\n", 2 * ($2 == "near") + ($1 == "malloc"), rand(), $1, $3, how, $2 }
		seen[$3]++ { next }
		$2 == "own" { met[$1, $4, $6] = 1 }
		$2 == "near" && ($1, $4, $6) in met { next }
		{ add("once"); if ($1 != "epoll_wait") add("while") }' "$work/all.sites" | sort -n | cut -d' ' -f 3-
}

every()
{
	local scene=$1 until=$((SECONDS + seconds)) call at how by

	if [ "$mode" = sites ]; then
		every_site "$scene" >"$work/points"
	else
		undisturbed "$scene"
		every_point >"$work/points"
	fi
	: >"$work/tried"
	while read -r call at how by <&3; do
		[ $SECONDS -lt $until ] || break
		(alone "$by $call" "$scene" "${call/place/malloc}" "$at" "$how") >"$work/said" 2>&1 ||
			{ printf 'at %s %s %s %s\n' "$scene" "${call/place/malloc}" "$at" "$how" && cat "$work/said" && bad=$((bad + 1)); }
	done 3<"$work/points"
	awk -v scene="$scene" '
		FILENAME ~ /points$/ { c = $4 ($4 ? " " : "") $1; of[c $3]++; total++; if (!seen[c]++) names[++m] = c; next }
		{ c = NF > 4 ? $1 " " $2 : $1; tried[c $(NF - 2)]++; all++; struck += $(NF - 1); refused += $NF }
		END { printf "%s: %d of %d points, %d struck, %d refused:", scene, all, total, struck, refused
		      for (i = 1; i <= m; i++) { c = names[i]
			printf " %s %d+%d of %d+%d", c, tried[c "once"], tried[c "while"], of[c "once"], of[c "while"] }
		      printf "\n" }' "$work/points" "$work/tried"
	struck=$((struck + $(awk '{ n += $(NF - 1) } END { print n + 0 }' "$work/tried")))
	refused=$((refused + $(awk '{ n += $NF } END { print n + 0 }' "$work/tried")))
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

# The number of a site is the same in each run: one that an earlier run came by is met.
site_met()
{
	local was=$struck

	point init fsync "@$(awk '$1 == "fsync" && $2 == "own" { print $3; exit }' "$work/sites")" once
	is $((was + 1)) $struck "struck by $where"
}

# As a program would that says it is done when nothing is, or refuses and has begun.
taken_for_done()
{
	before[$1]=other after[$1]=another
	point "$@"
}

main()
{
	local scene all=("$@") bad=0

	[ ${#all[@]} -gt 0 ] || all=("${scenes[@]}")
	prepare
	if [ "$mode" = at ]; then
		server_for "$1"
		undisturbed "$1"
		point "$@"
		printf 'exit code under it %d\n' "$under"
		server_for ''
		return 0
	fi
	undisturbed init
	noticed 'exit code 134' broken_program FAIL_DEADLY=yes point init fsync 1 once
	noticed 'and it is at' taken_for_done init fsync 1 once
	site_met
	beginnings
	for scene in "${all[@]}"; do
		server_for "$scene"
		case $mode-$points in
		every-* | sites-*) every "$scene" ;;
		*-0) glimpse "$scene" ;;
		*) sweep "$scene" ;;
		esac
	done
	server_for ''
	printf '%d failures, %d refused in words\n' $struck $refused
	[ $bad -eq 0 ] || { printf '%d points failed\n' $bad && return 1; }
}

main "$@"
