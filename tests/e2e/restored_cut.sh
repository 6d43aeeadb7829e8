#!/usr/bin/env bash
# Whoever brings back what a restored server lacks is cut off, wherever that is, and then the server is restored from the same copy
# once more: what it had taken in between is lost again, and comes back, in the place that it had.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

# month DIR PERIOD ADMITTED BEGIN: entered, signed and confirmed.
month()
{
	sheet "$@"
	c "$1" sync
}

# killed_at N: in its n-th reading from the line. False: it was through before.
killed_at()
{
	rm -f hit
	{
		env FAIL_CALL=recv "FAIL_AT=$1" FAIL_DEADLY=yes FAIL_HIT=hit \
			"LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so" \
			"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$ketnap" sync --data p >out 2>err
	} 2>/dev/null || true
	[ -f hit ]
}

small_province s
enrol a D.A
enrol b D.B
enrol p P operator
month a 2022-06 1 20
c p sync
k backup old.mdb --data s
month b 2022-06 2 20
month a 2022-07 3 21
month b 2022-07 4 22
c p sync
c p close monthly 2022-07
printf '\n' >>made # the one op that gives no reason
c p sync
month a 2022-08 5 24
c p sync
ops_of s >acked
rm -rf a b
stop_server
cp -r p saved

readonly most=60
before=0 behind=0
for ((n = 1; n <= most; n++)); do
	find p -mindepth 1 -delete # in its own folder: elsewhere it would be a copy
	cp -r saved/. p/
	restore_from old.mdb
	had=$(lsn_of s)
	killed_at $n || break
	if [ "$(lsn_of s)" -eq "$had" ]; then before=$((before + 1)); else behind=$((behind + 1)); fi
	[ $((n % 2)) -eq 0 ] || restore_from old.mdb # once it goes on with the server that it was cut off from
	c p sync
	ops_of s >now
	once made acked now
	is 7 "$(json .measures.admitted totals P --period 2022-07 --basis closed --data s)" "July as it was closed, cut off at $n"
	is '0 0' "$(cj p '"\(.queued) \(.late)"' status)" "nothing waits and nothing is late, cut off at $n"
done
[ $n -le $most ] || fail "it was never through"
if [ $before -eq 0 ] || [ $behind -eq 0 ]; then
	fail "cut off before the server had taken it $before times, behind that $behind times"
fi
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify'
