#!/usr/bin/env bash
# A year, month by month: signed in time and late, asked for in between, closed; the synthesis of closed months stays
# what it was when a later amendment has come.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province p
enrol a D.A
enrol b D.B
k calendar monthly --from 2023-01-01 --due-days 5,8,10 --data p
cat >year.csv <<-'CSV'
unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
P,2023,admitted,,plan,1-KH,2023-01-05,exact,20,,,,
D,2023,admitted,,plan,1-KH,2023-01-05,exact,20,,,,
D.A,2023,admitted,,plan,1-KH,2023-01-05,exact,12,,,,
D.B,2023,admitted,,plan,1-KH,2023-01-05,exact,8,,,,
CSV
k import targets year.csv --data p

# month WHO MONTH ADMITTED MEMBERS: entered and signed there
month()
{
	c "$1" enter monthly "2023-$2" "admitted=$3" "src_rural=$3" "members_end=$4"
	c "$1" submit monthly "2023-$2" --blanks-nil
	c "$1" sync
}
# on DAY: the clock of the province, and everybody has heard
on()
{
	k clock "$1" --data p
	c a sync
	c b sync
}

members=(40 20)
for m in 01 02 03 04 05 06 07 08 09 10 11 12; do
	n=$((10#$m))
	next=$(date -d "2023-$m-01 +1 month" +%Y-%m)
	on "$next-03"
	members[0]=$((members[0] + 1))
	month a $m 1 "${members[0]}"
	case $m in
	05 | 11) on "$next-07" ;; # two days after it was due
	esac
	members[1]=$((members[1] + n % 2))
	month b $m $((n % 2)) "${members[1]}"
	k close monthly "2023-$m" --scope P --data p
done

year=(--from 2023-01-01 --to 2023-12-31)
late()
{
	json '"\(.sheets.late) \(.reporting.late) \(.sheets.signed) \(.sheets.missing)"' totals "$@" --data p
}
is '2 1 24 0' "$(late D "${year[@]}")" 'two sheets of one unit came late'
is '0 0 12 0' "$(late D.A "${year[@]}")" 'the other was in time'
is '0 0 8 0' "$(late D --from 2023-01-01 --to 2023-04-30)" 'before May nothing was late'
is '1 1' "$(late D "${year[@]}" --known-at 2023-08-01 | cut -d' ' -f1,2)" 'as known in August'
is "$(json '[.rows[] | select(.time == "late")] | length' months P --period 2023 --data p)" \
	"$(late P "${year[@]}" | cut -d' ' -f1)" 'the board says the same'
k totals D "${year[@]}" --data p
has 'after the deadline: 2 sheets, of 1 units' out
is '2 1' "$(cj b '"\(.sheets.late) \(.reporting.late)"' totals "${year[@]}")" 'at the device'
is '2 1' "$(cj b '"\(.sheets.late) \(.reporting.late)"' totals D "${year[@]}")" 'and asked of the server'
is 'D.B:below' "$(json '[.rows[] | select(.proposed | not) | "\(.unit):\(.why)"] | join(" ")' commend D --period 2023 \
	--level grassroots --data p)" 'commended by the target alone'
is 'D.B:late' "$(json '[.rows[] | select(.proposed | not) | "\(.unit):\(.why)"] | join(" ")' commend D --period 2023 \
	--level grassroots --percent 50 --on-time --data p)" 'with no sheet late'

# --- the synthesis, and what comes after it ------------------------------------------------------------

k synthesis P --year 2023 --json --data p
cp out closed.json
k synthesis P --year 2023 --data p
cp out closed.txt
has 'all months of the year are closed' closed.txt
is '12 18 20 90.00' "$(jq -r '"\(.closed_months) \(.tables[] | select(.code == "units") | .rows[-1].cells
	| "\(.value) \(.goal) \(.attained)")"' closed.json)" 'the year'
is 18 "$(json .measures.admitted totals P "${year[@]}" --basis closed --data p)" 'what was closed'

# An amendment of June, a year's figure that nobody foresaw, and a target amended afterwards.
c a sync
c a enter monthly 2023-06 admitted=2 src_rural=2 members_end=47 --old
c a submit monthly 2023-06 --old --blanks-nil --reason 'bổ sung một người'
is '1 0' "$(cj a '"\(.acked) \(.refused)"' sync)" 'the amendment is taken'
is 19 "$(json .measures.admitted totals P "${year[@]}" --data p)" 'as known now'
is 18 "$(json .measures.admitted totals P "${year[@]}" --basis closed --data p)" 'as closed'
printf '%s,supersedes,reason\n' "$(head -n 1 year.csv)" >amended.csv
echo 'P,2023,admitted,,plan,9-KH,2024-01-05,exact,30,,,,,1-KH,điều chỉnh' >>amended.csv
k import targets amended.csv --data p
is 30 "$(json '.targets[0].goal' totals P "${year[@]}" --data p)" 'the target of now'
k synthesis P --year 2023 --json --data p
cmp closed.json out || fail 'the synthesis of closed months has changed'
k synthesis P --year 2023 --data p
cmp closed.txt out || fail 'its words have changed'
k synthesis P --year 2023 --open-months --json --data p
is '19 30' "$(jq -r '.tables[] | select(.code == "units") | .rows[-1].cells | "\(.value) \(.goal)"' out)" 'with what came since'
# Other deadlines, set now, change nothing of what was closed.
k calendar monthly --from 2023-01-01 --due-days 9,9,10 --data p
is '0 2' "$(late P "${year[@]}" | cut -d' ' -f1) $(json .sheets.late totals P "${year[@]}" --basis closed --data p)" \
	'other deadlines'

# --- figures asked for ---------------------------------------------------------------------------------

on 2024-01-15T09:00
k request flash --day 2024-01-15 --due 2024-01-15T16:00 --scope D --data p
answered()
{
	json '.[0] | "\(.answered)/\(.expected) \(.in_time) \(.over) \(.missing | join(","))"' requests "$@" --data p
}
is '0/2 0 false D.A,D.B' "$(answered)" 'asked'
c a sync
c a enter flash 2024-01-15 admitted=1 members_end=53
c a submit flash 2024-01-15 --blanks-nil
c a sync
is '1/2 1 false D.B' "$(answered)" 'one of two'
is '0/1 0 false D.B' "$(answered --unit D.B)" 'of a part'
on 2024-01-16
c b enter flash 2024-01-15 admitted=0 members_end=26
c b submit flash 2024-01-15 --blanks-nil
c b sync
is '2/2 1 true ' "$(answered)" 'the other came after it was due'
is '1/1 0' "$(cj b '.[0] | "\(.answered)/\(.expected) \(.in_time)"' requests)" 'at the device'
k requests --data p
has '2/2' out
stop_server
k verify --data p
