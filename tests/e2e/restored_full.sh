#!/usr/bin/env bash
# The disk is full just when a restore has been declared: what is done and what is not is said, and the same command once
# more does the rest and declares nothing anew.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# full AT COMMAND ...: its write number AT finds no room (28, ENOSPC).
full()
{
	rm -f hit
	exits 75 env FAIL_CALL=write FAIL_AT="$1" FAIL_ERRNO=28 FAIL_HIT=hit \
		"LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so" \
		"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0" "${@:2}"
	[ -f hit ] || fail "there is no write number $1"
}

restores()
{
	json '[.[] | select(.kind == "incarnation")] | length' log --data s
}

small_province s
k backup old.mdb --data s
k close monthly 2022-07 --scope P --data s
stop_server
cp old.mdb s/store/data.mdb
rm -f s/store/lock.mdb
cp -r s older

# --- whichever write it is: done or not, and then once -----------------------------------------------------------
noted=no
for at in {1..12}; do
	rm -rf s
	cp -r older s
	is 1 "$(restores)" 'an older copy'
	full "$at" "$ketnapd" restore --data s
	if grep -q 'is declared (incarnation' err; then
		noted=yes
		has 'once more only notes that in s' err
		has 'no room is left' err
		is 2 "$(restores)" 'it is declared'
		exits 1 "$ketnapd" close monthly 2022-06 --scope P --data s
		has 'this log lacks entries' err
	else
		is 1 "$(restores)" 'nothing is declared'
	fi
	k restore --data s
	has 'goes on from entry' out
	is 2 "$(restores)" 'declared once'
	exits 1 "$ketnapd" restore --data s
	has 'declared already' err
	k close monthly 2022-06 --scope P --data s
	[ $noted = no ] || break
done
is yes $noted 'a write after the declaration'
is true "$(json .ok verify --data s)" 'verify'
