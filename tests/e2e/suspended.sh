#!/usr/bin/env bash
# A client's folder is copied to another computer: the device is met in two places, suspended, and lifted for
# one of them. And what the server has seen of its devices outlives it.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

nil_month()
{
	c "$1" enter monthly "$2" members_end=20 --old
	c "$1" submit monthly "$2" --nil --old
}

small_province s
enrol a D.A
nil_month a 2022-06
c a sync
cp -r a copy

# --- in two places ---------------------------------------------------------------------------------------
nil_month copy 2022-07
c copy sync
is '2' "$(cj copy .epoch status)" 'the copy has an epoch of its own'
first=$(cj a .installation status)
second=$(cj copy .installation status)
[ "$first" != "$second" ] || fail 'two places, one installation'
nil_month a 2022-08
exits 1 "$ketnap" sync --data a
has 'two computers' err
exits 1 "$ketnap" sync --data copy
k devices --data s
has 'suspended' out
device=$(json '.[0].id' devices --data s)
is true "$(json '.[0].suspended | tostring' devices --data s)" 'suspended'
c a status
has "installation $first" out
is 1 "$(cj a .queued status)" 'what was typed is kept'

# --- lifted for the first one ------------------------------------------------------------------------------
exits 2 "$ketnapd" lift "$device" --data s
exits 2 "$ketnapd" lift "$device" --reason 'asked by telephone' --data s
has "$first" err
has "$second" err
exits 2 "$ketnapd" lift "$device" --reason 'asked' --installation 00000000 --data s
exits 1 "$ketnapd" lift 0000000000000001 --reason 'asked' --data s
before=$(lsn_of s)
k lift "$device" --reason 'asked by telephone' --installation "$first" --data s --json
is "$((before + 1)) 3" "$(jq -r '"\(.lsn) \(.epoch)"' out)" 'one entry, a new epoch'
is 'asked by telephone' "$(json '.[-1].reason' log --data s)" 'why'
exits 1 "$ketnapd" lift "$device" --reason 'again' --installation "$first" --data s
has 'is not suspended' err
"$ketnap" sync --data a >out 2>err || true
is '3 1' "$(cj a '"\(.epoch) \(.aside)"' status)" 'it goes on; what was queued waits for a person'
exits 1 "$ketnap" sync --data copy
has 'two computers' err
is true "$(json '.[0].suspended | tostring' devices --data s)" 'the other one is met again'

# --- what was seen outlives the server ----------------------------------------------------------------------
k lift "$device" --reason 'the copy is wiped' --installation "$first" --data s
rm -rf copy
enrol b D.B
nil_month b 2022-06
c b enter monthly 2022-07 members_end=20 --old
c b sync
# What was seen of a device is written seconds later: is it in a copy of the store?
kept()
{
	rm -rf looked
	cp -r s looked
	k backup looked.mdb --data s
	mv looked.mdb looked/store/data.mdb
	rm -f looked/store/lock.mdb looked/control
	[ "$(json "$seen" devices --data looked)" = "$was" ]
}
seen='.[] | select(.unit == "D.B") | "\(.last_seen) \(.drafts) \(.held)"'
was=$(json "$seen" devices --data s)
is '1 0' "${was#* }" 'a draft; what was signed is delivered'
waits_for 'it is in the store' kept
kill -9 "$server_pid"
wait "$server_pid" 2>/dev/null || true
server_pid=
is "$was" "$(json "$seen" devices --data s)" 'known without a server'
serve s
is "$was" "$(json "$seen" devices --data s)" 'known to the next one'
is true "$(json .ok verify --data s)" 'verify leaves observations out'
stop_server
is "$was" "$(json "$seen" devices --data s)" 'after an orderly stop'
