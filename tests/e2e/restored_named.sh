#!/usr/bin/env bash
# What names entries of a log that is no more by their numbers: a flash the request that it answers, a decision the late sheet
# that it is on. And what was signed once more after it was sent back, though nothing that comes back sends it back.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# admitted PERIOD
admitted()
{
	json '.measures.admitted | tostring' totals P --period "$1" --data s
}

waiting()
{
	json '[.[] | select(.decided == null)] | length' late --data s
}

small_province s
for who in a:D.A b:D.B d:D p:P; do
	enrol "${who%:*}" "${who#*:}"
	c "${who%:*}" sync
done
# Three months are closed while b has no line.
signed b 2022-04 1 20
signed b 2022-05 2 21
signed b 2022-06 4 23
for period in 2022-04 2022-05 2022-06; do
	k close monthly "$period" --scope P --data s
done
k backup old.mdb --data s

c b sync
c d sync
late=$(json '[.[].lsn] | max' late --data s)
c d decide-late "$late" --counts --reason 'the line was down'
c d sync
is '4 2' "$(admitted 2022-06) $(waiting)" 'June counts'
delivered a 2022-07 1 20
c d sync
c d return monthly 2022-07 --unit D.A --reason 'one is missing'
c d sync
c a sync
delivered a 2022-07 2 20
is 2 "$(admitted 2022-07)" 'as it was signed in the end'
k request flash --day 2022-09-15 --due 2022-09-16T16:00 --scope D --data s
c a sync
c a enter flash 2022-09-15 admitted=3 members_end=25
c a submit flash 2022-09-15 --blanks-nil
c a sync
for who in b d p; do
	c "$who" sync
done

restore_from old.mdb
for _ in 1 2; do
	for who in p d a b; do
		c "$who" sync
	done
done
is 2 "$(admitted 2022-07)" 'the figure that was signed in the end'
is '1/2' "$(json '.[0] | "\(.answered)/\(.expected)"' requests --data s)" 'the flash answers the request that came back'
is 'null null null 3' "$(admitted 2022-04) $(admitted 2022-05) $(admitted 2022-06) $(waiting)" 'no other month counts'
for who in a b p; do
	is '0 0' "$(cj "$who" '"\(.queued) \(.refused)"' status)" "nothing waits and nothing is refused at $who"
done
is '0 2' "$(cj d '"\(.queued) \(.refused)"' status)" 'the return and the decision'
late=$(json '[.[].lsn] | max' late --data s)
c d decide-late "$late" --counts --reason 'the line was down'
c d sync
is '4 2' "$(admitted 2022-06) $(waiting)" 'decided on once more'
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify'
