#!/usr/bin/env bash
# The server's disk is lost and an older copy put back: a device notices, the operator declares it, and the
# devices bring everything back, also what others made who are no more.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

declare -A stands

# month DIR PERIOD ADMITTED: entered, signed and confirmed. The beginning is computed; typed alike it is taken.
month()
{
	local begin=${stands[$1]:-20}

	stands[$1]=$((begin + $3))
	delivered "$@" "$begin"
}

totals_of()
{
	k totals P --data s --period 2022 --json
	jq -S 'del(.known_at)' out
}

# Of D.B on the first day of 2022.
members_of()
{
	json .members totals D.B --from 2022-01-01 --to 2022-01-01 --data s
}

# What every device wrote: identity and body are what must be there once.
sheets_of()
{
	k log --data s --json
	jq -r '.[] | select(.kind == "sheet") | "\(.device) \(.unit) \(.verdict)"' out | sort
}

small_province s
enrol a D.A
enrol b D.B
enrol d D
month a 2022-06 1
month b 2022-06 2
c d sync
k backup old.mdb --data s
had=$(lsn_of s)

# --- more work: two devices that will be no more, one of them enrolled after the copy ----------------
month a 2022-07 3
month b 2022-07 4
month b 2022-08 5
enrol late D.A
c late enter monthly 2022-08 admitted=6 src_rural=6 members_end=30 --old
c late submit monthly 2022-08 --signer 'Lê Thị Ký' --blanks-nil --old
c late sync
stolen=$(cj late .device status)
k revoke "$stolen" --reason 'left with the bag' --data s
cat >more.csv <<-'CSV'
unit,date,members
D.B,2022-01-01,77
CSV
sed 's/,77$/,78/' more.csv >mistyped.csv
for file in more mistyped more; do # the third says what the first did, and is another act
	k import members "$file.csv" --data s
done
c d sync
is 77 "$(members_of)" 'the members'
totals_of >before
sheets_of >sheets.before
is 21 "$(jq .measures.admitted before)" 'all of it'
rm -rf b late

# --- an older copy, and nobody has said so --------------------------------------------------------------
# Noticed by what comes by stick: while nothing runs, and by a server that runs, at once.
stop_server
put_back old.mdb
c a export a.bundle
exits 75 "$ketnapd" bundle a.bundle --answer no.answer --data s
is true "$(json '.behind | tostring' status --data s)" 'noticed without a server'
exits 1 "$ketnapd" import members more.csv --data s
rm s/behind # as if it had gone first to the server that runs
serve s
is false "$(json '.behind | tostring' status --data s)" 'a server that does not know'
exits 75 "$ketnapd" bundle a.bundle --answer no.answer --data s
is true "$(json '.behind | tostring' status --data s)" 'noticed while it runs'
has 'event=behind' s.log
[ -e s/behind ] || fail 'and kept'
before=$(lsn_of s)
exits 1 "$ketnapd" import members more.csv --data s
exits 1 "$ketnap" sync --data d
has 'its operator must declare that it was restored' err
is "$before" "$(lsn_of s)" 'nothing was written'
[ ! -e no.answer ] || fail 'there is no answer'
stop_server
rm s/behind
put_back old.mdb
serve s
is false "$(json '.behind | tostring' status --data s)" 'nobody knows yet'
exits 1 "$ketnap" sync --data a
has 'its operator must declare that it was restored' err
is true "$(json '.behind | tostring' status --data s)" 'noticed'
has 'event=behind' s.log
has 'ketnapd restore' s.log
before=$(lsn_of s)
exits 1 "$ketnapd" import members more.csv --data s
has 'ketnapd restore' err
exits 1 "$ketnapd" restore --end --data s
exits 1 "$ketnap" sync --data d
is "$before" "$(lsn_of s)" 'nothing was written'
k status --data s
has 'nothing is written' out
stop_server
serve s
is true "$(json '.behind | tostring' status --data s)" 'remembered by the next one'

# --- declared while it serves ------------------------------------------------------------------------------
exits 2 "$ketnapd" restore --at many --data s
exits 1 "$ketnapd" restore --at 1000000 --data s
k restore --cause 'a disk died' --data s --json
is "$had true" "$(jq -r '"\(.branch) \(.recovering)"' out)" 'branch at the end of the copy'
is 'false true' "$(json '"\(.behind) \(.recovering)"' status --data s)" 'writes again'
k status --data s
has 'recovering:' out
exits 1 "$ketnapd" restore --data s
has 'declared already' err
c a sync
c d sync
is 0 "$(cj d .queued status)" 'nothing waits at the district'
diff sheets.before <(sheets_of) || fail 'the sheets are not what they were'
totals_of >after
diff before after || fail 'the totals are not what they were'
is 77 "$(members_of)" 'the members, told three times'
is 1 "$(json '[.[] | select(.kind == "revoke")] | length' log --data s)" 'the revocation came back'
is true "$(json ".[] | select(.id == \"$stolen\") | .revoked" devices --data s)" 'and holds'
# brought again by whoever comes next, nothing doubles
enrol d2 D
c d2 sync
c a sync
c d sync
diff sheets.before <(sheets_of) || fail 'something doubled'
k restore --end --data s
is false "$(json '.recovering | tostring' status --data s)" 'the recovery is over'
exits 1 "$ketnapd" restore --end --data s
month a 2022-05 1
is true "$(json .ok verify --data s)" 'verify'
totals_of >before
sheets_of >sheets.before

# --- once more, in its own folder: it notices by itself, and nothing is written ------------------------------
stop_server
newest=$(lsn_of s)
cp old.mdb s/store/data.mdb
rm -f s/store/lock.mdb
exits 1 "$ketnapd" import members more.csv --data s
has 'this log lacks entries that this server has signed. Was an older copy put back?' err
for _ in 1 2; do
	serve s
	is "true $had" "$(json '"\(.behind) \(.lsn)"' status --data s)" 'known before any device says so'
	exits 1 "$ketnap" sync --data a
	stop_server
done
[ "$newest" -gt "$had" ] || fail 'nothing was lost'
k restore --data s --json
is "$had" "$(jq -r .branch out)" 'branch at the end of the copy'
is 'true false' "$(json '"\(.recovering) \(.serving)"' status --data s)" 'declared without a server'
serve s
for who in d a d2 d a; do
	"$ketnap" sync --data "$who" >/dev/null 2>err || true
done
diff sheets.before <(sheets_of) || fail 'the sheets are not what they were, the second time'
totals_of >after
diff before after || fail 'the totals are not what they were, the second time'
for who in a d; do
	c "$who" sync
	is 0 "$(cj "$who" .queued status)" "nothing waits at $who"
done
stop_server
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify, the second time'

# --- and on another computer: started twice, and written to, before anybody notices ----------------------------
put_back old.mdb
for _ in 1 2; do
	serve s
	k import members more.csv --data s
	sed -i 's/,[0-9]*$/,31/; s/2022-\([0-9]*\)-01/2022-\1-02/' more.csv
	stop_server
done
[ "$(lsn_of s)" -gt $((had + 2)) ] || fail 'nothing was written behind the copy'
serve s
exits 1 "$ketnap" sync --data a
has 'its operator must declare that it was restored' err
k restore --data s --json
is "$had" "$(jq -r .branch out)" 'branch at the end of the copy, two starts ago'
printf 'unit,date,members\nD.B,2022-01-01,80\n' >anew.csv
k import members anew.csv --data s
for who in d a d2 d a; do
	"$ketnap" sync --data "$who" >/dev/null 2>err || true
done
diff sheets.before <(sheets_of) || fail 'the sheets are not what they were, the third time'
is 80 "$(members_of)" 'what was told since stays'
for who in a d; do
	c "$who" sync
	is 0 "$(cj "$who" .queued status)" "nothing waits at $who"
done
stop_server
is true "$(json .ok verify --data s)" 'verify, the third time'
