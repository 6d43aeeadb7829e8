#!/usr/bin/env bash
# A round of drafts: sent down, read by the units at their next contact, answered there without a line, seen by the
# planner, published. A draft is no target and counts nowhere; no target given is not zero.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province p
enrol a D.A
enrol b D.B
enrol boss D
enrol op P operator
for device in a b boss op; do
	c $device sync
done
readonly year=2023

table()
{
	json "$1" drafts D --period $year --data p
}
row()
{
	table ".rows[] | select(.unit == \"$1\") | $2"
}

# --- sent down ---------------------------------------------------------------------------------------

is '2 0 0' "$(table '"\(.units) \(.drafted) \(.answered)"')" 'nothing yet'
printf 'unit,weight\nD.A,3\nD.B,1\n' >weights.csv
share=(allocate D --period "$year" --total 16 --base weights:weights.csv)
is 2 "$(json .entries "${share[@]}" --draft --answer-by 2022-10-05 --dry-run --data p)" 'dry'
is 0 "$(table .drafted)" 'nothing was written'
exits 2 "$ketnapd" "${share[@]}" --draft --publish --data p
k "${share[@]}" --draft --answer-by 2022-10-05 --data p
has '2 drafts sent down' out
is '2 0 16 0 2022-10-05' "$(table '"\(.drafted) \(.answered) \(.draft) \(.registered) \(.answer_by)"')" 'drafted'
is '[]' "$(json '.targets | tojson' totals D.A --from 2023-01-01 --to 2023-12-31 --data p)" 'a draft is no target'

# --- read and answered -------------------------------------------------------------------------------

is '[]' "$(cj a '. | tojson' drafts)" 'not before the next contact'
c a sync
is '2023 waits 12 null 2022-10-05' "$(cj a '.[0] | "\(.period) \(.state) \(.draft) \(.registered) \(.answer_by)"' drafts)" \
	'at the unit'
c a drafts
has 'not answered, asked for by 2022-10-05' out
exits 1 "$ketnap" register $year 9 --data a
has 'not queued' err
is 0 "$(cj a .queued status)" 'no reason, and nothing queued'
stop_server
c a register $year 9 --reason 'hết nguồn ở thôn 3'
c a register $year 10 --reason 'rà soát lại nguồn'
is 2 "$(cj a .queued status)" 'without a line'
serve p
c a sync
is '1 10 -2 rà soát lại nguồn answered' "$(table '"\(.answered) \(.registered) \(.difference)"') $(row D.A \
	'"\(.reason) \(.state)"')" 'at the planner'
k drafts D --period $year --data p
has '1 of 2 units have answered, 0 are published; 0 units have no draft' out
has 'not answered' out
# The district answers for the one that telephoned; nobody else answers for it.
exits 1 "$ketnap" register $year 4 --unit D.B --reason x --data a
c boss sync
c boss register $year 4 --unit D.B --on-behalf --from 'điện thoại, bà Hoa' --reason 'không có đường truyền'
c boss sync
is '2 14 -2' "$(table '"\(.answered) \(.registered) \(.difference)"')" 'all have answered'
is 'điện thoại, bà Hoa' "$(row D.B .on_behalf)" 'on whose word'
is "$(table '[.rows[] | del(.registered_at)] | tojson')" \
	"$(cj boss '[.rows[] | del(.registered_at)] | tojson' drafts --period $year)" 'the same table at the district'

# --- another draft, one unit left out -----------------------------------------------------------------

printf 'unit,weight\nD.A,1\n' >weights.csv
k "${share[@]/16/11}" --leave-out D.B --draft --data p
is 'waits 11 10 false withdrawn null 4' "$(row D.A '"\(.state) \(.draft) \(.registered) \(.answered)"') $(row D.B \
	'"\(.state) \(.draft) \(.registered)"')" 'a new draft has no answer yet'
is '1 0' "$(table '"\(.drafted) \(.answered)"')" 'and who is left out is not waited for'
c a sync
c a register $year 11
c a sync
is 'answered 0' "$(row D.A '"\(.state) \(.difference)"')" 'agreed, without a reason'

# --- published ---------------------------------------------------------------------------------------

exits 2 "$ketnapd" publish D --period $year --data p
exits 2 "$ketnapd" publish D --period $year --instrument plan:3-KH --day 2022-12-20 --take all --data p
exits 1 "$ketnapd" publish D --period 2024 --instrument plan:3-KH --day 2022-12-20 --data p
has 'there is no draft to publish' err
exits 1 "$ketnapd" publish D --period $year --instrument plan:3-KH --day 2022-12-20 --set P=3 --data p
before=$("$ketnapd" status --data p --json | jq .lsn)
c boss sync
exits 1 "$ketnap" publish D --period $year --instrument plan:3-KH --day 2022-12-20 --data a
c boss publish --period $year --instrument plan:3-KH --day 2022-12-20 --take registered
c boss sync
is '1 published 11 3-KH' "$(table .published) $(row D.A '"\(.state) \(.given) \(.doc_no)"')" 'by the district itself'
is '0 answered' "$(json '"\(.published) \(.rows[0].state)"' drafts D --period $year --known-at "$before" --data p)" \
	'as it was known before'
is 'plan 3-KH exact 11' "$(json '.targets[0] | "\(.instrument) \(.doc_no) \(.type) \(.goal)"' totals D.A \
	--from 2023-01-01 --to 2023-12-31 --data p)" 'a target'
is '[]' "$(json '.targets | tojson' totals D.B --from 2023-01-01 --to 2023-12-31 --data p)" 'no target given'
c a sync
is 'published 11' "$(cj a '.[0] | "\(.state) \(.given)"' drafts)" 'and the unit reads it'
exits 1 "$ketnapd" publish D --period $year --instrument plan:3-KH --day 2022-12-20 --set D.A=12 --data p
has 'D.A: its target is published; amend that' err
k publish D --period $year --instrument plan:3-KH --day 2022-12-20 --set D.B=2 --data p
is 2 "$(json '.targets[0].goal' totals D.B --from 2023-01-01 --to 2023-12-31 --data p)" 'given after all'
k drafts D --period $year --csv --data p
has 'D.A,Đảng bộ xã An,2023,admitted,,published,11,11,0,11,3-KH,' out

# From an operator's device, as a range; it is kept as one when it is published.
c op act draft unit=D.B period=2024 measure=admitted type=range value=3 value_max=5 answer_by=2022-11-30
c op sync
is 'range 3 5' "$(json '.rows[] | select(.unit == "D.B") | "\(.type) \(.draft) \(.draft_max)"' drafts D --period 2024 --data p)" \
	'a range'
k publish D --period 2024 --instrument plan:4-KH --day 2023-12-20 --data p
is 'range 3 5' "$(json '.targets[0] | "\(.type) \(.value) \(.value_max)"' totals D.B --from 2024-01-01 --to 2024-12-31 \
	--data p)" 'a range given'
# --- a limit goes the same way ------------------------------------------------------------------------------

printf 'unit,weight\nD.A,3\nD.B,1\n' >weights.csv
limit=(allocate D --period 2023 --measure struck_off --total 4 --limit --base weights:weights.csv)
is 'D.A maximum 3,D.B maximum 1' "$("$ketnapd" "${limit[@]}" --csv --data p | awk -F, 'NR > 1 {print $1 " " $8 " " $9}' | paste -sd,)" \
	'shared out as limits'
k "${limit[@]}" --draft --data p
c a sync
c b sync
is 'maximum 3 waits' "$(cj a '.[] | select(.measure == "struck_off") | "\(.type) \(.draft) \(.state)"' drafts)" 'at the unit'
c a drafts --lang en
has 'at most 3' out
c a register 2023 2 --measure struck_off --reason 'năm nay chỉ để tối đa 2'
c a sync
c b sync
limits()
{
	json "$1" drafts D --period 2023 --measure struck_off --data p
}
is '1 2 answered' "$(limits '.answered') $(limits '.rows[] | select(.unit == "D.A") | "\(.registered) \(.state)"')" 'answered'
k publish D --period 2023 --measure struck_off --instrument plan:9-KH --day 2022-12-20 --take registered --data p
is 'D.A maximum 2, D.B maximum 1' "$(for u in D.A D.B; do json ".targets[] | select(.doc_no == \"9-KH\") | \"$u \\(.type) \\(.value)\"" totals $u \
	--from 2023-01-01 --to 2023-12-31 --data p; done | paste -sd, | sed 's/,/, /')" 'published as limits'

# --- at least so many, at most so many: both stand ---------------------------------------------------------------

both=(allocate D --period 2025 --base weights:weights.csv)
k "${both[@]}" --total 8 --draft --data p
k "${both[@]}" --total 12 --limit --draft --data p
k drafts D --period 2025 --data p --lang en
has 'beside these numbers a limit is drafted for 2 units (--limit)' out
sides()
{
	for sort in '' --limit; do
		json '"\(.limits) \(.beside) \(.draft) \(.answered): \([.rows[] | "\(.draft) \(.state)"] | join(","))"' drafts D \
			--period 2025 $sort --data p
	done | paste -sd';'
}
is 'false 2 8 0: 6 waits,2 waits;true 2 12 0: 9 waits,3 waits' "$(sides)" 'neither replaces the other'
c a sync
is '6 exact,9 maximum' "$(cj a '[.[] | select(.period == "2025") | "\(.draft) \(.type)"] | sort | join(",")' drafts)" 'at the unit'
c a register 2025 8 --limit --reason 'không quá 8'
c a register 2025 6
c a sync
k publish D --period 2025 --instrument plan:5-KH --day 2022-12-25 --take registered --limit --leave-out D.B --data p
is 'false 1 8 1: 6 answered,2 waits;true 2 9 1: 9 published,null withdrawn' "$(sides)" 'only the limit of one is taken back'
k publish D --period 2025 --instrument plan:5-KH --day 2022-12-25 --data p
is 'exact 6,maximum 8 exact 2' "$(for u in D.A D.B; do json '[.targets[] | "\(.type) \(.value)"] | sort | join(",")' totals $u \
	--from 2025-01-01 --to 2025-12-31 --data p; done | paste -sd' ')" 'both given, one each'

stop_server
k verify --data p
