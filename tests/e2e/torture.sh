#!/usr/bin/env bash
# The long tests' own script, in small: each kind that a check has time for still takes its options, what
# fails is told, and nothing is left behind.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
torture=$KETNAP_SOURCE/scripts/torture

"$torture" --help | grep -q -- '--record' || fail 'no help'
exits 2 "$torture" --only nothing
exits 2 "$torture" --for soon
exits 2 "$torture" --seed
"$torture" --short --only sim,cut,faults --build "$KETNAP_BUILD" --seed 7 >out || fail "$(cat out)"
grep -qE '^sim +ok +[0-9]+ s  [0-9]+ worlds, from seed 7, blocks of [0-9]+, digest of all [0-9a-f]{16};' out || fail "sim: $(cat out)"
grep -qE '^cut +ok +[0-9]+ s  [0-9]+ cuts, from seed 7$' out || fail "cut: $(cat out)"
grep -qE '^faults +ok +[0-9]+ s  [0-9]+ failures$' out || fail "faults: $(cat out)"
[ "$(wc -l <out)" -eq 3 ] || fail "more than a line for each in a pipe: $(cat out)"
if command -v clang >/dev/null; then
	"$torture" --short --only fuzz --targets code --build "$KETNAP_BUILD" >out || fail "$(cat out)"
	grep -qE '^fuzz +ok +[0-9]+ s  1 targets, [1-9][0-9]* s of processor, [1-9][0-9]* executions, 0 inputs kept, 0 died$' out || fail "fuzz: $(cat out)"
	exits 1 "$torture" --short --only fuzz --targets nosuch --build "$KETNAP_BUILD"
fi
# Without afl++ it says what to install.
if ! command -v afl-fuzz >/dev/null; then
	"$torture" --short --only afl --build "$KETNAP_BUILD" >out && fail 'AFL++ ran, and is not there'
	grep -q 'afl++ is missing: apt-get install afl++$' out || fail "afl: $(cat out)"
fi
