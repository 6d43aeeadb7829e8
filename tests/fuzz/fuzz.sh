#!/usr/bin/env bash
# The fuzzers, live, in pieces of a minute; scripts/torture builds them and calls this.
# usage: fuzz.sh --dir BUILD --commit ID [--seconds N] [--seed N] [--jobs N] [--keep] [--record] TARGET...
#
# N are processor seconds (user and system) that the targets themselves take, together; merging and measuring do not
# count. The target that has had least so far has the next piece, so that an interrupted run counts as well as a
# whole one, and the sums of all stay near each other. What they find interesting stays in run/torture/corpus from run to
# run. --keep takes over what reaches code that nothing in the tree does: each in corpus/fuzz_NAME-found, no
# file above 64 KiB and no folder above 256. --record adds up in runs.csv and writes the table of tests/RESULTS.md.
# An input that a target dies of stays in run/torture, the target has no further piece, the others go on.
# Ends 1 when there was one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dir='' commit='' for_s=300 seed=1 jobs=1 keep=no record=no names=()
readonly piece_s=60 file_max=$((64 << 10)) folder_max=$((256 << 10)) corpus_count_max=4000
readonly work_corpus=$root/run/torture/corpus
work=$(mktemp -d "${TMPDIR:-/tmp}/ketnap-fuzz.XXXXXX")
# shellcheck source=tests/fuzz/sums.sh
. "$here/sums.sh"
declare -A ms=() had=() bad=() pid_of=()
executions=0 new=0

stop_pieces()
{
	local name

	stopped=yes
	for name in "${!pid_of[@]}"; do
		kill "${pid_of[$name]}" 2>/dev/null || true
	done
}

stopped=no
trap 'rm -rf "$work"' EXIT
trap stop_pieces INT TERM

while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=yes ;;
	--record) record=yes ;;
	--dir) dir=$2; shift ;;
	--commit) commit=$2; shift ;;
	--seconds) for_s=$2; shift ;;
	--seed) seed=$2; shift ;;
	--jobs) jobs=$2; shift ;;
	*) names+=("$1") ;;
	esac
	shift
done
: "${dir:?}" "${commit:?}" "${names[0]:?}"

live()
{
	printf '%s/tests/fuzz_%s_live' "$dir" "$1"
}

# The folders of a target in the tree that are there.
tree_of()
{
	local folder

	for folder in "$here/corpus/fuzz_$1" "$here/corpus/fuzz_$1-found"; do
		[ ! -d "$folder" ] || printf '%s\n' "$folder"
	done
}

# ---- one piece ----

# A process of its own, so that `times` counts nothing but the fuzzer: prints result, milliseconds of processor, executions.
piece()
{
	local name=$1 seconds=$2 rc=0 pid log=$work/$1.log tree=()

	mapfile -t tree < <(tree_of "$name")
	"$(live "$name")" -max_total_time="$seconds" -seed=$((seed + $3)) -timeout=60 -print_final_stats=1 \
		-artifact_prefix="$root/run/torture/fuzz_$name-" "$work_corpus/fuzz_$name" "${tree[@]}" >"$log" 2>&1 &
	pid=$!
	trap 'kill "$pid" 2>/dev/null || true' TERM
	wait "$pid" || rc=$?
	while kill -0 "$pid" 2>/dev/null; do # the signal only ended the waiting
		rc=0
		wait "$pid" || rc=$?
	done
	[ "$rc" -ne 72 ] || rc=0 # interrupted, in order
	times >"$work/$name.times" # not through a pipe, whose process has no children
	printf '%d %d %d\n' "$rc" "$(children_ms "$work/$name.times")" \
		"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)" >"$work/$name.piece"
}

begin()
{
	had[$1]=$((${had[$1]} + 1))
	pieces=$((pieces + 1))
	piece "$1" "$each" "$pieces" &
	pid_of[$1]=$!
}

# What a piece that has ended came to.
end()
{
	local name=$1 rc took count

	unset "pid_of[$name]"
	read -r rc took count <"$work/$name.piece"
	ms[$name]=$((${ms[$name]} + took)) spent_ms=$((spent_ms + took)) executions=$((executions + count))
	if [ "$rc" -ne 0 ]; then
		bad[$name]=yes
		tail -n 30 "$work/$name.log"
		printf 'fuzz_%s died; the input is in run/torture\n' "$name"
	fi
	[ "$record" = no ] || add_up "$name" "$took" "$count" "$([ "$rc" -eq 0 ] && echo 0 || echo 1)" "$(tree_state "$name")"
	printf '%s, %d of %d s\n' "$name" $((spent_ms / 1000)) "$for_s"
}

end_finished()
{
	local name

	for name in "${!pid_of[@]}"; do
		kill -0 "${pid_of[$name]}" 2>/dev/null || end "$name"
	done
}

# Of those that do not run now the one that had least; nothing when there is none.
least()
{
	local name best=''

	for name in "${names[@]}"; do
		[ -z "${bad[$name]:-}${pid_of[$name]:-}" ] || continue
		if [ -z "$best" ] || [ "${ms[$name]}" -lt "${ms[$best]}" ]; then
			best=$name
		fi
	done
	printf '%s' "$best"
}

# Each has had a piece, and together they had what was asked for; what runs now will have its seconds.
enough()
{
	local name

	[ "$stopped" = no ] || return 0
	for name in "${names[@]}"; do
		[ "${had[$name]}" -gt 0 ] || return 1
	done
	[ $((spent_ms + ${#pid_of[@]} * each * 1000)) -ge $((for_s * 1000)) ]
}

all_pieces()
{
	local name

	while :; do
		while [ "${#pid_of[@]}" -lt "$jobs" ] && ! enough; do
			name=$(least)
			[ -n "$name" ] || break
			begin "$name"
		done
		[ "${#pid_of[@]}" -gt 0 ] || break
		wait -n || true
		end_finished
	done
}

# ---- the tree ----

# "INPUTS,BYTES,EDGES,OF": what is in the tree, and what it reaches of the whole program's edges (0 when it dies of it).
tree_state()
{
	local tree=() log=$work/$1.state

	mapfile -t tree < <(tree_of "$1")
	(cd "$work" && "$(live "$1")" -runs=0 "${tree[@]}") >"$log" 2>&1 || true
	printf '%d,%d,%d,%d\n' "$(find "${tree[@]}" -type f | wc -l)" "$(find "${tree[@]}" -type f -exec cat {} + | wc -c)" \
		"$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log")" \
		"$(sed -n 's/^INFO: Loaded 1 modules *(\([0-9]*\) inline.*/\1/p' "$log")"
}

# Smallest first, those that reach an edge which nothing before them does.
keep_new()
{
	local name=$1 found=$here/corpus/fuzz_$1-found have=$work/have_$1 tree=() file bytes

	mapfile -t tree < <(tree_of "$name")
	mkdir -p "$have" "$found" "$work/small_$name"
	for file in "${tree[@]}"; do
		cp "$file"/* "$have"
	done
	find "$have" -type f -printf '%f\n' >"$work/had"
	find "$work_corpus/fuzz_$name" -type f -size -"$((file_max + 1))c" -exec cp -t "$work/small_$name" {} +
	"$(live "$name")" -merge=1 -use_counters=0 "$have" "$work/small_$name" >"$work/$name.merge" 2>&1 ||
		{ tail -n 5 "$work/$name.merge"; return 1; }
	bytes=$(find "$found" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
	while read -r file; do
		bytes=$((bytes + $(stat -c %s "$have/$file")))
		[ "$bytes" -le "$folder_max" ] || { printf 'fuzz_%s: its folder is full\n' "$name"; break; }
		cp "$have/$file" "$found/${file:0:12}"
		new=$((new + 1))
	done < <(find "$have" -type f -printf '%s %f\n' | sort -n | cut -d ' ' -f 2 | grep -vxFf "$work/had")
	rmdir --ignore-fail-on-non-empty "$found"
}

# What a machine has gathered, without what has become superfluous.
shrink()
{
	local corpus=$work_corpus/fuzz_$1

	[ "$(find "$corpus" -type f | wc -l)" -gt "$corpus_count_max" ] || return 0
	mkdir "$work/shrunk"
	"$(live "$1")" -merge=1 "$work/shrunk" "$corpus" >"$work/$1.merge" 2>&1 && rm -r "$corpus" && mv "$work/shrunk" "$corpus"
}

# ---- all ----

main()
{
	local name

	mkdir -p "$root/run/torture"
	each=$((for_s / ${#names[@]})) spent_ms=0 pieces=0
	[ "$each" -le "$piece_s" ] || each=$piece_s
	[ "$each" -gt 0 ] || each=1
	for name in "${names[@]}"; do
		mkdir -p "$work_corpus/fuzz_$name"
		had[$name]=0 ms[$name]=0
		ms[$name]=$(had_ms "$name")
	done
	all_pieces
	[ "$stopped" = no ] || exit 130
	for name in "${names[@]}"; do
		[ "$keep" = no ] || keep_new "$name"
		[ "$keep$record" != yesyes ] || add_up "$name" 0 0 0 "$(tree_state "$name")"
		shrink "$name"
	done
	printf '%d targets, %d s of processor, %d executions, %d inputs kept, %d died\n' \
		"${#names[@]}" $((spent_ms / 1000)) "$executions" "$new" "${#bad[@]}"
	[ "${#bad[@]}" -eq 0 ]
}

main
