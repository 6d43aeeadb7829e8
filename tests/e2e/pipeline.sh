#!/usr/bin/env bash
# Dossiers on their way and the target: a forecast "admitted + what can still make it" at every level without a name,
# and the cause of a unit whose dossiers wait beyond their days. Nothing of it without a register.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province p
enrol a D.A approver
enrol b D.B approver
enrol d D approver
enrol op P operator
readonly ask=(D --period 2022 --to 2022-09-22 --level grassroots --data p)
row()
{
	json ".rows[] | select(.unit == \"D.A\") | $1" progress "${ask[@]}"
}
# Eight months of D.A, 7 admitted of 12; 8 are due by 22/9.
printf 'unit,form,from,to,measure,value,approx\n' >figures.csv
for m in 01 02 03 04 05 06 07 08; do
	last=$(date -d "2022-$m-01 +1 month -1 day" +%F)
	printf 'D.A,monthly,2022-%s-01,%s,%s,%s,\n' $m "$last" admitted $((10#$m > 1)) $m "$last" src_rural $((10#$m > 1)) \
		$m "$last" members_end $((20 + 10#$m))
done >>figures.csv
k import figures figures.csv --data p
is '7 8 behind low null' "$(row '"\(.value) \(.by_now) \(.status) \(.cause) \(.pipeline)"')" 'without a case'
is null "$(json '.total.forecast.by_pipeline | tostring' progress "${ask[@]}")" 'nothing to forecast from'

# --- three cases at D.A, one at D.B ------------------------------------------------------------------------

# person DIR NAME CELL-DAY [SUBMIT-DAY]
person()
{
	c "$1" case open "name=$2" birth=1999-03-04 sex=f source=rural education=4 day=2021-01-04
	c "$1" case step "$2" list 2021-02-01
	c "$1" case step "$2" helper 2021-06-01
	c "$1" case step "$2" apply 2022-06-01
	c "$1" case step "$2" cell "$3" votes=9/9
	[ -z "${4:-}" ] || c "$1" case step "$2" submit "$4"
}
c d case key # so that what is submitted to it can be opened there
c d sync
c a sync
c b sync
person a 'Nguyễn Thị Một' 2022-06-20 2022-06-27 # 60 working days ended on 14/9
person a 'Nguyễn Thị Hai' 2022-08-15 2022-08-22
person a 'Nguyễn Thị Ba' 2022-09-15
person b 'Trần Thị Bốn' 2022-09-15
for device in a b a; do
	c $device sync
done
is '10 3 0 3 0 1 false' "$(row '.pipeline | "\(.value) \(.cases) \(.admitted) \(.can_make_it) \(.too_late) \(.decision_late) \(.doubtful)"')" \
	'7 reported and three on their way'
is 'late-dossiers' "$(row .cause)" 'one dossier beyond its days is the one that lacks'
is '11 4 4' "$(json '.total.pipeline | "\(.value) \(.cases) \(.can_make_it)"' progress "${ask[@]}")" 'the level above, added up'
k progress "${ask[@]}"
has 'D.A, by cases: 7 admitted + 3 that can still make it = 10; decision overdue: 1' out
lacks 'Nguyễn' out
forecast()
{
	json ".total.forecast | $1" progress "${ask[@]}"
}
# All 7 were reported without a case: the months tell, and the dossiers stand beside them. 4 dossiers, by the rules: two
# that were submitted at 95 %, two resolved by the cell at 85 %.
is 'months true true' "$(forecast '"\(.used) \(.by_months.value == .value) \(.by_months.in_80 == .in_80)"')" 'who is used'
is 'cell:2:85.00 submitted:2:95.00' \
	"$(forecast '[.dossiers.stages[] | select(.count > 0) | "\(.stage):\(.count):\(.chance_percent)"] | join(" ")')" 'by stage'
is '0 0 85' "$(forecast '.dossiers.stages[0] | "\(.tried) \(.made) \(.rule_percent)"')" 'nothing seen yet'
is '11' "$(forecast '.by_dossiers.value')" '7, 3.6 of 4 dossiers, and who has none yet'
is 'came fresh no_dossier stages' "$(forecast '.dossiers | keys | join(" ")')" 'keys'
is 'chance_percent count made rule_percent source stage tried' "$(forecast '.dossiers.stages[0] | keys | join(" ")')" 'keys'
is 'in_50 in_80 in_95 value' "$(forecast '.by_dossiers | keys | join(" ")')" 'keys'
k progress "${ask[@]}" --lang en
has 'D, forecast by dossiers: 11' out
has 'used: months' out
has '2 dossiers, 85% each (planning figure of this program)' out
is 'late-dossiers' "$(json '.rows[] | select(.unit == "D.A") | .cause' laggards "${ask[@]}")" 'a cause for a letter'
k letter "${ask[@]}" --of resolution
has 'Hoàn thiện, thẩm định và trình cấp có thẩm quyền các hồ sơ đề nghị kết nạp đã quá thời hạn' out
is '7 0 3' "$(json '.rows[] | select(.unit == "D.A") | .pipeline | "\(.value) \(.can_make_it) \(.too_late)"' progress D \
	--period 2022-01-01..2022-09-30 --to 2022-09-22 --level grassroots --data p)" 'by the end of September none of them'
is null "$(json '.rows[] | select(.unit == "D.A") | .pipeline | tostring' progress "${ask[@]}" \
	--known-at "$("$ketnapd" status --data p --json | jq .lsn)")" 'as known at an entry'
is null "$(json '.rows[] | select(.unit == "D.A") | .pipeline | tostring' progress "${ask[@]}" --measure admitted_women)" \
	'of another figure'

# --- decided: admitted, though the month is not reported yet --------------------------------------------------

c d sync
c d case step 'nguyen thi mot' agree 2022-09-19
c d case step 'nguyen thi mot' decide 2022-09-20
c d sync
is '9 3 1 2 0' "$(row '.pipeline | "\(.value) \(.cases) \(.admitted) \(.can_make_it) \(.decision_late)"')" \
	'what was reported is more than what cases come to'

# --- without a register ----------------------------------------------------------------------------------------

c op act setting key=register value=off
c op sync
is null "$(row '.pipeline | tostring')" 'switched off'

# --- who is behind by the season of past years is so in the list of laggards, and in letters -----------------------

is 'behind low' "$(row .status) $(json '.rows[] | select(.unit == "D.A") | .cause' laggards "${ask[@]}")" 'by the time gone'
printf 'unit,form,from,to,measure,value,approx\n' >figures.csv
for m in 01 02 03 04 05 06 07 08 09 10 11 12; do
	last=$(date -d "2021-$m-01 +1 month -1 day" +%F)
	n=$((10#$m == 12 ? 12 : 0))
	printf 'D.A,monthly,2021-%s-01,%s,%s,%s,\n' $m "$last" admitted $n $m "$last" src_rural $n $m "$last" members_end $((8 + n))
done >>figures.csv
k import figures figures.csv --data p
is 'on-pace' "$(row .status)" 'all came in December'
is '' "$(json '[.rows[].unit] - ["D.B"] | join(" ")' laggards "${ask[@]}")" 'nobody is urged for it'
is 'low' "$(json '.rows[] | select(.unit == "D.A") | .cause' laggards "${ask[@]}" --season linear)" 'unless it is asked evenly'

stop_server
k verify --data p
