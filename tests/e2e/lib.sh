# What the tests of this folder share. KETNAP_BUILD is a build folder with its programs in stage/,
# KETNAP_SOURCE the checkout.
# shellcheck shell=bash
set -euo pipefail
: "${KETNAP_BUILD:?}" "${KETNAP_SOURCE:?}"
export KETNAP_LANG=en LC_ALL=C.UTF-8
# shellcheck disable=SC2034
readonly ketnapd=$KETNAP_BUILD/stage/bin/ketnapd make_province=$KETNAP_BUILD/tests/make_province
# shellcheck disable=SC2034
readonly documents=$KETNAP_SOURCE/scripts/demo/documents
work=$(mktemp -d "${TMPDIR:-/tmp}/ketnap-e2e.XXXXXX")
readonly work
checks=0

# leave [RESULT]: the traps of the other libraries hand theirs on. A command that fails would end the trap itself.
leave()
{
	local result=${1:-$?}

	rm -rf -- "$work"
	[ "$result" -ne 0 ] || printf '%d checks\n' "$checks"
}
trap leave EXIT
cd "$work"

# Says where, in the test, not here.
fail()
{
	local depth=1

	while [ "${BASH_SOURCE[$depth]##*/}" = lib.sh ]; do
		depth=$((depth + 1))
	done
	printf 'FAILED %s:%s: %s\n' "${BASH_SOURCE[$depth]##*/}" "${BASH_LINENO[$depth - 1]}" "$1"
	[ ! -s err ] || sed 's/^/  stderr: /' err
	exit 1
}

# is WANTED GOT WHAT
is()
{
	checks=$((checks + 1))
	[ "$1" = "$2" ] || fail "$3: wanted '$1', got '$2'"
}

# has TEXT FILE: the file has the text, literally.
has()
{
	checks=$((checks + 1))
	grep -qF -- "$1" "$2" || fail "no '$1' in $2: $(head -c 600 "$2")"
}

# lacks TEXT FILE: the file is there, and has no such text.
lacks()
{
	checks=$((checks + 1))
	[ -r "$2" ] || fail "no file $2 to look for '$1' in"
	! grep -qF -- "$1" "$2" || fail "'$1' in $2"
}

# nowhere TEXT PATH ...: these files and folders are all there, and none has the text in its bytes.
nowhere()
{
	local text=$1 path

	shift
	checks=$((checks + 1))
	for path in "$@"; do
		[ -s "$path" ] || fail "no $path to look for '$text' in"
	done
	if grep -rlaF -- "$text" "$@" >nowhere.found; then
		fail "'$text' in clear: $(paste -sd' ' nowhere.found)"
	fi
}

# exits CODE COMMAND ...: stdout in out, stderr in err.
exits()
{
	local want=$1 got=0

	shift
	"$@" >out 2>err </dev/null || got=$?
	is "$want" "$got" "exit code of ${*##*/}"
}

# dies CALL AT COMMAND ...: which does not survive its call of that function of the system.
dies()
{
	rm -f hit
	{
		env "FAIL_CALL=$1" "FAIL_AT=$2" FAIL_DEADLY=yes FAIL_HIT=hit \
			"LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so" \
			"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0" "${@:3}" >out 2>err
	} 2>/dev/null || true
	checks=$((checks + 1))
	[ -f hit ] || fail "${*:3} has no $1 number $2"
}

# waits_for WHAT COMMAND ...: until the command succeeds. A minute is enough on a slow machine too.
waits_for()
{
	local what=$1 end=$((SECONDS + 60))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "a minute is over, and still not: $what"
		sleep 0.05
	done
	checks=$((checks + 1))
}

# waits_to_hear PROCESS LINE FILE LOG: until that program, in the background, has such a line in FILE; LOG may say why not.
waits_to_hear()
{
	local end=$((SECONDS + 60))

	until grep -q -- "$2" "$3"; do
		if [ $SECONDS -ge $end ] || ! kill -0 "$1" 2>/dev/null; then
			fail "no line '$2' in $3: $(tail -n 3 "$4")"
		fi
		sleep 0.05
	done
}

milliseconds()
{
	printf '%d' $((${EPOCHREALTIME/[.,]/} / 1000))
}

# k ARGUMENT ...: ketnapd, which must succeed.
k()
{
	exits 0 "$ketnapd" "$@"
}

# json FILTER ARGUMENT ...: what jq finds in the command's --json
json()
{
	local filter=$1

	shift
	k "$@" --json
	jq -er "$filter" out || fail "$filter finds nothing in $*"
}

# says DIR FILTER: does jq find it true in the status of DIR, which may still be in the making?
says()
{
	"$ketnapd" status --data "$1" --json 2>/dev/null | jq -e "$2" >/dev/null
}

lsn_of()
{
	"$ketnapd" status --data "$1" --json | jq -r .lsn
}

# The five documents in DIR.
make_documents()
{
	local what

	k init --tree "$documents/tree.csv" --data "$1"
	for what in members targets figures claims; do
		k import "$what" "$documents/$what.csv" --data "$1"
	done
}

# make_store DIR CSV: the generated province, all files.
make_store()
{
	local what

	k init --illustrative --tree "$2/tree.csv" --data "$1"
	k clock 2022-09-22 --data "$1"
	for what in members targets; do
		k import "$what" "$2/$what.csv" --data "$1"
	done
	for what in "$2"/figures-*.csv; do
		k import figures "$what" --data "$1"
	done
}

# Nothing may have been written: refused by `bad` and what it asks.
# bad KIND DATA LINE COLUMN REASON <CSV: the import is refused, the row named, the store as before.
bad()
{
	local kind=$1 data=$2 place="line $3, column $4" before

	cat >bad.csv
	before=$(lsn_of "$data")
	exits 1 "$ketnapd" import "$kind" bad.csv --data "$data"
	has "$place" err
	has "$5" err
	is 1 "$(grep -F -- "$5" err | grep -cF -- "$place: " || true)" "lines that name '$place' with '$5'"
	is '' "$(grep -vE '(^|: )line [0-9,]+, column [a-z_0-9]+: |^ketnapd: bad.csv: nothing was written$' err || true)" \
		'complaints that name no line or no column'
	is '' "$(grep -v '^Số liệu minh họa: ' out || true)" 'stdout of a refused import'
	is "$before" "$(lsn_of "$data")" "lsn after a refused $kind import"
}
