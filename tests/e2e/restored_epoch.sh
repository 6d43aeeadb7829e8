#!/usr/bin/env bash
# A clerk goes over to another computer after the copy was made that the server goes on from: the epoch that it was given is
# lost, and with it what was sent before and after. All of it is there again, whoever comes first.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# all_there WHO ...: come in this order, and everything is as it was
all_there()
{
	local who

	restore_from old.mdb
	for who in "$@"; do
		c "$who" sync
		is 7 "$(json .measures.admitted totals P --period 2022 --data s)" "with $who first of $*"
		is '0 0' "$(cj "$who" '"\(.queued) \(.refused)"' status)" "at $who"
	done
	is 2 "$(cj new .epoch status)" 'the epoch that it had'
	k restore --end --data s
	is true "$(json .ok verify --data s)" 'verify'
}

small_province s
enrol b D.B
enrol d D
delivered b 2022-05 1 20
c d sync
k backup old.mdb --data s
delivered b 2022-06 2 21
cp -r b new
rm -rf b
c new sync
delivered new 2022-07 4 23
is 2 "$(cj new .epoch status)" 'another computer, another epoch'
c d sync

all_there new d
all_there d new
delivered new 2022-08 8 27
is 15 "$(json .measures.admitted totals P --period 2022 --data s)" 'and it goes on'
