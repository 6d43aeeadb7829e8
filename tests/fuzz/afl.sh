#!/usr/bin/env bash
# AFL++ against the whole server, in pieces of five minutes; scripts/torture builds it and calls this.
# usage: afl.sh --dir BUILD --commit ID [--seconds N] [--seed N] [--record] [--short]
# N are processor seconds of afl-fuzz and the server together. It ends at the first crash; that input, and all of the same life
# of the server in their order (*.said, for afl_server --again), stay in run/torture together with the store they
# were said to. Its corpus stays in run/torture/corpus: what is in it fits only keys that are made anew each time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dir='' commit='' for_s=300 seed=1 record=no short=no
readonly piece_s=300 patience_ms=60000
place=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || place=/dev/shm # every commit is flushed
work=$(mktemp -d "$place/ketnap-afl.XXXXXX")
# shellcheck source=tests/fuzz/sums.sh
. "$here/sums.sh"
pid='' stopped=no spent_ms=0 executions=0
trap 'rm -rf "$work"' EXIT
trap 'stopped=yes; [ -z "$pid" ] || kill "$pid" 2>/dev/null || true' INT TERM

while [ $# -gt 0 ]; do
	case $1 in
	--record) record=yes ;;
	--short) short=yes ;;
	--dir) dir=$2; shift ;;
	--commit) commit=$2; shift ;;
	--seconds) for_s=$2; shift ;;
	--seed) seed=$2; shift ;;
	esac
	shift
done
: "${dir:?}" "${commit:?}"
program=$dir/tests/afl_server

stat_of()
{
	sed -n "s/^$1 *: *//p" "$work/out/default/fuzzer_stats"
}

# So many seconds by the clock, the corpus of the pieces before included. Bit by bit first (-D): at a hundred executions a
# second, chance alone does not meet the one byte that is a frame's length.
piece()
{
	local before=$executions

	AFL_NO_UI=1 AFL_BENCH_UNTIL_CRASH=1 AFL_AUTORESUME=1 AFL_FAST_CAL=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
		AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
		afl-fuzz -D -i "$work/seeds" -o "$work/out" -m none -t "$patience_ms" -s "$seed" -V "$1" -- \
		"$program" "$work/template" "$work/clients" "$work/live" >"$work/log" 2>&1 </dev/null &
	pid=$!
	wait "$pid" || true
	while kill -0 "$pid" 2>/dev/null; do # the signal only ended the waiting
		wait "$pid" || true
	done
	pid=''
	if ! [ -s "$work/out/default/fuzzer_stats" ]; then
		tail -n 20 "$work/log"
		exit 1
	fi
	executions=$(stat_of execs_done)
	[ "$executions" -gt "$before" ]
}

# Milliseconds of all that was waited for; each call of this shell's `times` tells the sum from its beginning.
spent()
{
	times >"$work/times"
	children_ms "$work/times"
}

count_in()
{
	find "$work/out/default/$1" -type f -name 'id:*' | wc -l
}

keep_finds()
{
	local to=$root/run/torture/afl-$seed

	rm -rf "$to"
	mkdir -p "$to"
	cp -r "$work"/template "$work"/clients "$work"/live.said "$to"
	find "$work/out/default/crashes" "$work/out/default/hangs" -type f -name 'id:*' -exec cp -t "$to" {} +
	tail -n 40 "$work/log"
	printf 'inputs, store and what was said before are in run/torture/afl-%d\n' "$seed"
}

main()
{
	local finds=0 found=0 was=0 counted=0 all

	mkdir -p "$work/seeds" "$root/run/torture/corpus/afl_server"
	"$dir/tests/make_clients" --out "$work/clients" --clients 2 --data "$work/template" --history 0 >"$work/log"
	"$program" --seeds "$work/clients" "$here/corpus/fuzz_wire" "$work/seeds"
	find "$root/run/torture/corpus/afl_server" -type f -exec cp -t "$work/seeds" {} +
	[ "$short" = no ] || find "$work/seeds" -type f -not -name '*-flight' -not -name '*-tls' -delete
	spent >"$work/spent"
	was=$(<"$work/spent")
	while [ "$stopped" = no ] && [ "$finds" -eq 0 ] && [ "$spent_ms" -lt $((for_s * 1000)) ]; do
		piece $((for_s < piece_s ? for_s : piece_s)) || break
		spent >"$work/spent"
		all=$(<"$work/spent")
		finds=$(($(count_in crashes) + $(count_in hangs)))
		[ "$record" = no ] || add_up afl $((all - was - spent_ms)) $((executions - counted)) $((finds - found)) \
			"0,0,$(stat_of edges_found),$(stat_of total_edges)"
		spent_ms=$((all - was)) found=$finds counted=$executions
		printf '%d of %d s\n' $((spent_ms / 1000)) "$for_s"
	done
	find "$work/out/default/queue" -type f -name 'id:*' -size -64k -print0 | while read -r -d '' file; do
		cp "$file" "$root/run/torture/corpus/afl_server/$(sha256sum "$file" | cut -c 1-12)"
	done
	[ "$finds" -eq 0 ] || keep_finds
	printf '%d executions in %d s of processor, %d of %d edges, the same again %s, %d finds\n' "$executions" \
		$((spent_ms / 1000)) "$(stat_of edges_found)" "$(stat_of total_edges)" "$(stat_of stability)" "$finds"
	[ "$stopped" = no ] || exit 130
	[ "$finds" -eq 0 ] && [ "$executions" -gt 0 ]
}

main
