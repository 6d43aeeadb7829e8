#!/usr/bin/env bash
# The client is killed at random moments, in the middle of whatever it does. What a command had said was
# kept is there afterwards; what it had not said is there wholly or not at all; nothing is sent twice.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

rounds=${KETNAP_KILLS:-60}
small_province s
enrol a D.A
RANDOM=${KETNAP_SEED:-20220922}
killed=0 finished=0

# cut COMMAND ...: run it and kill it after a random while; 0 when it had finished before.
cut_off()
{
	local pid result=0

	"$ketnap" "$@" >cut.out 2>cut.err </dev/null &
	pid=$!
	sleep "0.0$(printf '%02d' $((RANDOM % 40)))"
	kill -9 $pid 2>/dev/null || true
	wait $pid 2>/dev/null || result=$?
	if [ $result -eq 137 ]; then
		killed=$((killed + 1))
	else
		finished=$((finished + 1))
		[ $result -eq 0 ] || [ $result -eq 75 ] || fail "$1 ended with $result: $(cat cut.err)"
	fi
	return $result
}

# Figures: what was said to be kept is kept.
known=0
for ((i = 1; i <= rounds; i++)); do
	if cut_off enter monthly 2022-08 "admitted=$i" "src_rural=$i" members_end=100 --data a; then
		known=$i
	fi
	got=$(cj a '.figures.admitted // 0' enter monthly 2022-08 died=0)
	[ "$got" -eq "$known" ] || [ "$got" -eq "$i" ] || fail "typed $i, last known $known, found $got"
	known=$got
	is "$got" "$(jq '.figures.src_rural // 0' out)" 'both figures of one act'
done
c a enter monthly 2022-08 members_end=100 # on a slow disk each of them may have been killed

# A signed sheet: draft or op, never both, never neither.
for ((i = 0; i < rounds / 4; i++)); do
	cut_off submit monthly 2022-08 --blanks-nil --data a || true
	now=$(cj a '"\(.draft) \(.queued + .acked)"' status)
	[ "$now" = '1 0' ] || [ "$now" = '0 1' ] || fail "after submit: $now"
	[ "$now" = '1 0' ] || break
done
[ "$now" = '0 1' ] || c a submit monthly 2022-08 --blanks-nil

# Syncs, with something new to send each time.
for ((i = 1; i <= rounds; i++)); do
	c a enter monthly 2022-08 "died=$i" "members_end=$((100 - i))" "admitted=$known"
	c a submit monthly 2022-08 --reason "round $i"
	cut_off sync --data a || true
	made=$((i + 1))
	is "$made" "$(cj a '.queued + .acked' status)" 'ops that are there after a cut sync'
	is '0 0' "$(jq -r '"\(.refused) \(.late)"' out)" 'refused or late'
done
c a sync
is "0 $made true" "$(cj a '"\(.queued) \(.acked) \(.delivered)"' status)" 'all delivered in the end'
is "$rounds" "$(json .measures.died totals D.A --period 2022-08 --data s)" 'the last value at the server'
is "$made" "$(json '[.[] | select(.kind == "sheet")] | length' log --data s)" 'each op is one entry'
is true "$(json .ok verify --data s)" 'verify'
printf '%d killed, %d had finished before\n' $killed $finished
[ $killed -ge $((rounds / 4)) ] || fail "only $killed kills hit anything"
