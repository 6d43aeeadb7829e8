#!/usr/bin/env bash
# What the device of a district tells of a unit that has left it by an act: of the days on which the unit stood there
# what the server tells, corrections and acceptances of since too; nothing of later days, and nothing of its register.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

cat >tree.csv <<-'CSV'
code,parent,kind,name,reports,opened,closed,act
P,,province,Tỉnh P,no,2020-01-01,,
D,P,direct,Huyện Một,no,2020-01-01,,
E,P,direct,Huyện Hai,no,2020-01-01,,
D.A,D,base_committee,Đảng bộ xã An,yes,2020-01-01,,
D.B,D,base_cell,Chi bộ Bình,yes,2020-01-01,,
E.C,E,base_cell,Chi bộ Cát,yes,2020-01-01,,
CSV
cat >targets.csv <<-'CSV'
unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
D,2022,admitted,,resolution,11-NQ,2022-01-05,exact,20,,,,
D.A,2022,admitted,,resolution,11-NQ,2022-01-05,exact,12,,,,
CSV
data=s
k init --illustrative --tree tree.csv --data s
k clock 2022-10-20 --data s
k import targets targets.csv --data s
k import form "$KETNAP_SOURCE/common/domain/forms/2021/form2.ini" --data s
serve s
for who in a:D.A b:D.B d:D e:E; do
	enrol "${who%:*}" "${who#*:}"
	c "${who%:*}" sync
done

# month DIR PERIOD BEGIN ADMITTED
month()
{
	c "$1" enter monthly "$2" members_begin="$3" admitted="$4" src_rural="$4" members_end=$(($3 + $4)) --old
	c "$1" submit monthly "$2" --signer 'Lê Thị Ký' --blanks-nil --old "${@:5}"
}

# of DIR UNIT PERIOD: what is told there, without what only says who was asked and when. How it went on with the unit on
# what was the district's territory only those above both know.
readonly figures='{measures, reporting, sheets, members, targets: [.targets[] | del(.comparable)], sum_below}'
of()
{
	local program=$ketnap

	[ "$1" != s ] || program=$ketnapd
	"$program" totals "$2" --period "$3" --data "$1" --json | jq -cS "$figures"
}

same()
{
	local unit period

	is "$(json '.rows, .total' table D --period 2022-08 --data s)" "$(cj d '.rows, .total' table D --period 2022-08)" \
		"$1: the table"

	for unit in D D.A; do
		for period in 2022-07 2022-08 2022-Q3; do
			[ "$unit $period" != 'D.A 2022-Q3' ] || continue # it stands elsewhere at the end
			is "$(of s $unit $period)" "$(of d $unit $period)" "$1: $unit $period"
		done
	done
}

month a 2022-07 10 2
month a 2022-08 12 1
month b 2022-07 20 3
month b 2022-08 23 4
month b 2022-09 27 5
for dir in a b d; do
	c $dir sync
done
c d accept monthly 2022-08 --below
c d sync
c a enter monthly 2022-07 class_sent=3 --old # without a line, when July is closed
c a submit monthly 2022-07 --signer 'Lê Thị Ký' --blanks-nil --old --reason 'ba người đi học'
k close monthly 2022-07 --scope D --data s
printf 'change,unit,parent\nmove,D.A,E\n' >moved.csv
k act moved.csv --no 2 --signed 2022-09-01 --signer A --effective 2022-09-01 --data s
c d sync
is 5 "$(cj d .measures.admitted totals D --period 2022-08)" 'August, with the unit that left'
is '2 2' "$(jq -r '"\(.reporting.expected) \(.reporting.reported)"' out)" 'who reported'
is 1 "$(cj d .reporting.expected totals D --period 2022-09)" 'who reports since'
same 'when it has left'
enrol new D # and who reads for the first time
c new sync
is "$(of d D 2022-08)" "$(of new D 2022-08)" 'August, at a new device'

# --- what is said of then afterwards, and of days since ------------------------------------------------------
month a 2022-09 13 7
month a 2022-08 12 2 --reason 'one was forgotten'
c a sync
c d sync
is 6 "$(cj d .measures.admitted totals D --period 2022-08)" 'corrected since'
same 'corrected since'
exits 1 "$ketnap" decide-late "$(cj d '.[0].lsn' late)" --counts --reason no --data e
c d decide-late "$(cj d '.[0].lsn' late)" --counts --reason 'theo điện thoại'
c d sync
is 3 "$(json .measures.class_sent totals D --period 2022-07 --data s)" 'late, and decided on by the superior of then'
same 'decided since'
c e sync
c e accept monthly 2022-09 --below
c e sync
c d sync
same 'accepted elsewhere since'
is 4 "$(cj d '[.[] | select(.unit == "D.A" and .kind == "sheet")] | length' log)" 'July and August twice, no September'
is '23 null' "$(json '.targets[0].comparable.attained' totals D --period 2022-Q3 --data s) $(cj d '.targets[0].comparable.attained' totals D --period 2022-Q3)" \
	'on the territory of January'

# --- its register is read where it stands -------------------------------------------------------------------
exits 1 "$ketnap" beside D --period 2022-08 --data d
has 'D.A stood here in that period and has left since' err
c d beside D --period 2022-09
policy='.rows[] | select(.measure == "f2_policy") | .register'
is 'null 0' "$(cj d "$policy" form D form2 --period 2022-H1) $(cj e "$policy" form E form2 --period 2022-H1)" \
	'what a form takes from the register of a district that one has left, and of another'

# --- an act is told of a day before what was closed ---------------------------------------------------------
# closed DIR: July of the district, as it was closed
closed()
{
	local program=$ketnap

	[ "$1" != s ] || program=$ketnapd
	"$program" totals D --period 2022-07 --basis closed --data "$1" --json | jq -cS "$figures"
}

before=$(closed s)
is "$before" "$(closed d)" 'July as it was closed'
c b sync
month b 2022-07 20 4 --reason 'one was forgotten'
c b sync
k clock 2022-10-21 --data s
printf 'change,unit,parent\nmove,D.B,E\n' >moved.csv
k act moved.csv --no 3 --signed 2022-10-01 --signer A --effective 2022-07-01 --data s
c d sync
is "$before" "$(closed s)" 'it stays as it was closed'
is "$before" "$(closed d)" 'the device asks the server for it'
is 2 "$(cj d .measures.admitted totals D --period 2022-07)" 'and tells itself what it is now'
# it is asked what was known on a day, not at the last entry of that day which is still here
known='totals D --period 2022-07 --known-at 2022-10-20'
# shellcheck disable=SC2086
is '6 6' "$(json .measures.admitted $known --data s) $(cj d .measures.admitted $known)" 'July, as known before the act'
# whose form of that half-year only the server prints
then=$(($(lsn_of s) - 1))
k form D form2 --period 2022-H2 --known-at "$then" --data s
exits 1 "$ketnap" form D form2 --period 2022-H2 --known-at "$then" --data d
has 'not all of D is held here' err
c d form D form2 --period 2022-H2
# and the unit itself has its month closed as before
c b sync
is closed "$(cj b '.rows[0].state' months D.B --period 2022-07)" 'July of who left, at its own device'

# --- one from elsewhere goes over into a unit of the district ------------------------------------------------
enrol g E.C
month g 2022-07 50 6
c g sync
printf 'change,unit,parent,kind,name,into\ncreate,D.N,D,base_cell,Chi bộ Mới,\nmerge,E.C,,,,D.N\n' >merged.csv
k act merged.csv --no 4 --signed 2022-10-01 --signer A --effective 2022-10-01 --data s
c d sync
is '6 6' "$(json .measures.admitted totals D --period 2022-07 --tree as-is --data s) $(cj d .measures.admitted totals D --period 2022-07 --tree as-is)" \
	'in the tree as it is what it had reported is the district'\''s'
is "$(json '.rows, .total' table D --period 2022-07 --tree as-is --data s)" "$(cj d '.rows, .total' table D --period 2022-07 --tree as-is)" \
	'and in the table'
stop_server
exits 75 "$ketnap" totals D --period 2022-06 --tree as-is --data d
has 'not all of D is held here for these days' err
is true "$(json .ok verify --data s)" 'verify'
