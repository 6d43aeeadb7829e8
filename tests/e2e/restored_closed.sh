#!/usr/bin/env bash
# A month is closed after the copy was made that the server goes on from: what was closed is closed again with all that
# stood before it, whoever comes first, and nothing of it is late.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# closed [PERIOD]
closed()
{
	json .measures.admitted totals P --period "${1:-2022-07}" --basis closed --data s
}

small_province s
for who in a:D.A b:D.B d:D p:P; do
	enrol "${who%:*}" "${who#*:}"
done
k backup old.mdb --data s
delivered a 2022-07 1 20
delivered b 2022-07 2 20
k close monthly 2022-07 --scope P --data s
for who in a b d p; do
	c "$who" sync
done
is 3 "$(closed)" 'what was closed'

# --- who comes first has read the closing, and one sheet of two --------------------------------------------------
restore_from old.mdb
c a sync
exits 1 "$ketnapd" totals P --period 2022-07 --basis closed --data s
has 'closed' err
c d sync
exits 1 "$ketnapd" totals P --period 2022-07 --basis closed --data s
c p sync
is 3 "$(closed)" 'it came with who had read all that it closes'
for who in a b d p; do
	c "$who" sync
	is '0 0' "$(cj "$who" '"\(.queued) \(.late)"' status)" "nothing waits and nothing is late at $who"
done
is 3 "$(closed)" 'and stays'
is 0 "$(json length late --data s)" 'nothing is late'
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify'

# --- nobody who had read all of it is left: the recovery is ended when the others have been there ----------------
restore_from old.mdb
rm -rf p
for who in a b d; do
	c "$who" sync
done
exits 1 "$ketnapd" totals P --period 2022-07 --basis closed --data s
k restore --end --data s
c a sync
is 3 "$(closed)" 'with the first that comes after the end'
is 0 "$(json length late --data s)" 'nothing is late'
is true "$(json .ok verify --data s)" 'verify, the second time'

# --- closed at a device that has not heard of the restore: what it had read is in front of that, as it was there ---------
enrol q P operator
c q sync
k backup august.mdb --data s
delivered a 2022-08 4 21
delivered b 2022-08 5 22
c q sync
c q close monthly 2022-08
restore_from august.mdb
c q sync
is 9 "$(closed 2022-08)" 'behind the sheets that it had read'
for who in a b d q; do
	c "$who" sync
	is '0 0' "$(cj "$who" '"\(.queued) \(.late)"' status)" "nothing waits and nothing is late at $who"
done
is 0 "$(json length late --data s)" 'nothing is late'
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify, the third time'

# --- what stood behind a closing does not come in front of it, though who made it comes first ------------------------
k backup june.mdb --data s
delivered a 2022-06 6 14
c q sync
c q close monthly 2022-06
c q sync
delivered b 2022-06 7 13 # it had not read the closing
for who in a b d q; do
	c "$who" sync
done
is 6 "$(closed 2022-06)" 'closed without what was late'
is 1 "$(json length late --data s)" 'which waits for a decision'
restore_from june.mdb
exits 75 "$ketnap" sync --data b
exits 1 "$ketnapd" totals P --period 2022-06 --basis closed --data s
is 1 "$(cj b .queued status)" 'it waits for the closing'
c q sync
is 6 "$(closed 2022-06)" 'the closing is back in its place'
for who in a b d q; do
	c "$who" sync
done
is 6 "$(closed 2022-06)" 'and what stood behind it is behind it'
is 1 "$(json length late --data s)" 'late, as it was'
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify, the fourth time'
