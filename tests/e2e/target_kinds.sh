#!/usr/bin/env bash
# Every kind of target there is in the field, by rows: stored from a file, shown in totals, followed by progress.
# Versions: a percentage of an earlier one is found again by day and by document. And what is refused, by unit and rule.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

cat >tree.csv <<-'END'
	code,parent,kind,name,reports,opened,closed
	P,,province,Tỉnh P,no,2019-12-31,
	D,P,direct,Huyện Một,no,2019-12-31,
	D.A,D,base_committee,Đảng bộ xã An,yes,2019-12-31,
	D.B,D,base_cell,Chi bộ Bình,yes,2019-12-31,
END
cat >members.csv <<-'END'
	unit,date,members
	D,2021-12-31,412
	D,2019-12-31,400
END
printf 'unit,form,from,to,measure,value,approx\n' >figures.csv
for unit in D.A D.B; do
	for y in 2021 2022; do
		for m in 01 02 03 04 05 06 07 08 09 10 11 12; do
			last=$(date -d "$y-$m-01 +1 month -1 day" +%F)
			for f in struck_off,$((10#$m / 12)) admitted,1 src_student,0 src_rural,1 admitted_women,$((10#$m % 2)) sympathisers,9; do
				echo "$unit,monthly,$y-$m-01,$last,$f,"
			done
		done
	done
done | sed '/D.A,.*-0[1-6]-..,src_student/s/,0,$/,1,/; /D.A,.*-0[1-6]-..,src_rural/s/,1,$/,0,/' >>figures.csv
k init --tree tree.csv --data s
k import members members.csv --data s
k import figures figures.csv --data s

# --- all kinds, side by side on one unit ----------------------------------------------------------------

# name|targets.csv row without the unit|days asked|goal attained percent excess, as totals say it|measure followed
cat >kinds <<-'END'
	exact|2022,admitted,,decision,1-QD,2022-01-05,exact,30,,,,,,|2022-01-01..2022-12-31|30 24 80.00 -6|admitted
	minimum|2022,admitted,,plan,2-KH,2022-01-05,minimum,20,,,,,,|2022-01-01..2022-12-31|20 24 120.00 4|admitted
	range|2022,admitted,,resolution,3-NQ,2022-01-05,range,22,28,,,,,|2022-01-01..2022-12-31|22 24 109.09 2|admitted
	rate, its base stated|2022,admitted,,directive,4-CT,2022-01-05,rate,,,"3,5",2021-12-31,412,,|2022-01-01..2022-12-31|15 24 160.00 9|admitted
	rate, its base looked up|2022,admitted,,programme,5-CTr,2022-01-05,rate,,,3,2021-12-31,,,|2022-01-01..2022-12-31|13 24 184.62 11|admitted
	each year of a term|2020-2025,admitted,,congress,6-NQ,2020-10-05,exact,25,,,,,,year|2022-01-01..2022-12-31|25 24 96.00 -1|admitted
	whole term|2020-2025,admitted,,congress,7-NQ,2020-10-05,minimum,500,,,,,,period|2020-01-01..2022-12-31|500 48 9.60 -452|admitted
	sub-target by main source|2022,admitted,src_student,plan,8-KH,2022-01-05,minimum,10,,,,,,|2022-01-01..2022-12-31|10 6 60.00 -4|src_student
	sub-target of-which|2022,admitted,admitted_women,plan,9-KH,2022-01-05,minimum,12,,,,,,|2022-01-01..2022-12-31|12 12 100.00 0|admitted_women
	helped, one each member|2022,sympathisers,,scheme,10-DA,2022-01-05,rate,,,100,2021-12-31,412,,|2022-01-01..2022-12-31|412 18 4.37 -394|sympathisers
	hamlets without a cell, at most|2022,hamlets_no_cell,,conclusion,11-KL,2022-01-05,maximum,3,,,,,,|2022-01-01..2022-06-30|3 null null null|
	removed, at most|2022,struck_off,,plan,19-KH,2022-01-05,maximum,1,,,,,,|2022-01-01..2022-12-31|1 2 null 1|struck_off
	party in private units|2020-2025,private_party,,resolution,12-NQ,2020-10-05,minimum,6,,,,,,|2022-01-01..2022-06-30|6 null null null|
	union in private units|2022,private_union,,letter,13-CV,2022-01-05,minimum,4,,,,,,|2022-01-01..2022-06-30|4 null null null|
	what the unit registered|2022,admitted,,registration,14-DK,2022-01-05,exact,26,,,,,,|2022-01-01..2022-12-31|26 24 92.31 -2|admitted
	a notice|2022,admitted,,notice,15-TB,2022-01-05,exact,24,,,,,,|2022-01-01..2022-12-31|24 24 100.00 0|admitted
	another document|2022,admitted,,other,16,2022-01-05,exact,48,,,,,,|2022-01-01..2022-12-31|48 24 50.00 -24|admitted
END
columns=unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value,issuer,per
{
	echo $columns
	cut -d'|' -f2 kinds | sed 's/^/D,/'
} >targets.csv
k import targets targets.csv --data s
while IFS='|' read -r name row days want follow; do
	doc=$(cut -d, -f5 <<<"$row")
	of=$(cut -d, -f4 <<<"$row")
	got=$(json ".targets[] | select(.doc_no == \"$doc\") | \"\(.goal) \(.attained) \(.attained_percent) \(.excess)\"" \
		totals D --from "${days%..*}" --to "${days#*..}" --data s </dev/null)
	is "$want" "$got" "$name, in totals"
	is "$(cut -d, -f1-3 <<<"$row") $(cut -d, -f7 <<<"$row")" \
		"$(json ".targets[] | select(.doc_no == \"$doc\") | \"\(.period),\(.measure),\(.group) \(.type)\"" totals D \
		--from "${days%..*}" --to "${days#*..}" --data s </dev/null)" "$name, as it was given"
	[ -n "$follow" ] || continue
	is "${want%% *} ${doc}" "$(json '"\(.total.goal) \(.doc_no)"' progress D --period "$(cut -d, -f1 <<<"$row")" --to 2022-12-31 \
		--measure "$follow" --of "$of:$doc" --data s </dev/null)" "$name, followed"
done <kinds
k totals D --from 2022-01-01 --to 2022-12-31 --data s
has 'each year: 25 to reach' out
has '16: 48 to reach, attained 50.00%, 24 still missing' out
is true "$(json .instruments_differ totals D --from 2022-01-01 --to 2022-12-31 --data s)" 'they differ, which is shown'
# Those of the survey of sources: what is there on the survey's last day, not a sum of months.
printf 'unit,form,from,to,measure,value,approx\n' >survey.csv
for f in hamlets_no_cell,2 private_party,7 private_union,1; do
	echo "D.A,sources,2022-01-01,2022-06-30,$f," >>survey.csv
done
k import figures survey.csv --data s
is 'true 2 -1' "$(json '.targets[] | select(.measure == "hamlets_no_cell") | "\(.kept) \(.attained) \(.excess)"' totals D \
	--from 2022-01-01 --to 2022-06-30 --data s)" 'a limit that is kept'
is '2 7 1' "$(json '[.targets[] | select(.measure | IN("hamlets_no_cell", "private_party", "private_union")) | .attained]
	| join(" ")' totals D --from 2022-01-01 --to 2022-06-30 --data s)" 'sibling targets'

# A limit is kept or exceeded: no percentage, no place, nobody is behind in it; what is shared out of it are limits.
is 'exceeded false null null exceeded' "$(json '.total | "\(.status) \(.kept) \(.attained_percent) \(.by_now) \(.cause)"' progress D \
	--period 2022 --to 2022-12-31 --measure struck_off --data s)" 'a limit that is exceeded'
k totals D --from 2022-01-01 --to 2022-12-31 --data s
has '19-KH, Struck off: at most 1: 2, exceeded by 1' out
k totals D --from 2022-01-01 --to 2022-06-30 --data s
has '11-KL, Hamlets without a party cell: at most 3: 2, 1 left' out
k table D --period 2022 --measure struck_off --data s
has '19-KH, a limit' out
has 'exceeded' out
exits 2 "$ketnapd" allocate D --period 2022 --measure struck_off --of plan --limit --data s
printf 'unit,weight\nD.A,1\nD.B,1\n' >equal.csv
is 'D.A maximum,D.B maximum' "$("$ketnapd" allocate D --period 2022 --measure struck_off --of plan --base weights:equal.csv --csv \
	--data s | awk -F, 'NR > 1 {print $1 " " $8}' | paste -sd,)" 'a limit is shared out as limits'
is 25 "$(json .total allocate D --period 2022 --of congress:6-NQ --base weights:equal.csv --data s)" "a year's number of a term is shared out"
cat >limits.csv <<-END
	$columns
	D.A,2022,struck_off,,plan,19-KH,2022-01-05,maximum,0,,,,,,
	D.B,2022,struck_off,,plan,19-KH,2022-01-05,maximum,1,,,,,,
END
k import targets limits.csv --data s
is 'D.A limit null 1 0' "$(json '.rows[] | select(.unit == "D.A") | "\(.unit) \(.apart) \(.place) \(.value) \(.goal)"' rank D \
	--period 2022 --to 2022-12-31 --measure struck_off --data s)" 'without a place'
is 'D.A exceeded null' "$(json '.rows[] | "\(.unit) \(.cause) \(.missing)"' laggards D --period 2022 --to 2022-12-31 \
	--measure struck_off --data s)" 'over the limit'
is '1' "$(json '.targets[] | select(.measure == "struck_off") | .sum_below' totals D --from 2022-01-01 --to 2022-12-31 \
	--data s)" 'limits below, added up'
k letter D --period 2022 --to 2022-12-31 --measure struck_off --of plan --data s
has 'Mức không được vượt: 0' out
has 'Đã vượt: 1' out
lacks 'đảng viên, đạt' out
# By rate: at most one in a hundred of the members; the greatest number that is not above it.
cat >rates.csv <<-END
	$columns
	D.A,2022,left,,plan,20-KH,2022-01-05,rate-maximum,,,1,2021-12-31,250,,
	D.B,2022,left,,plan,20-KH,2022-01-05,rate-maximum,,,"1,5",2021-12-31,66,,
END
k import targets rates.csv --data s
is '2 0' "$(json '[.rows[].goal] | join(" ")' progress D --period 2022 --to 2022-12-31 --measure left --data s)" \
	'1 % of 250 is two and a half, 1.5 % of 66 nearly one'
is 'rate-maximum 1 2' "$(json '.targets[] | select(.doc_no == "20-KH") | "\(.type) \(.rate) \(.goal)"' totals D.A \
	--from 2022-01-01 --to 2022-12-31 --data s)" 'a limit by rate'
# Computed: what documents differ by, the later less the earlier.
is '2' "$(json '.differences[] | select(.of.doc_no == "3-NQ" and .less.doc_no == "2-KH") | .difference' totals D \
	--from 2022-01-01 --to 2022-12-31 --data s)" 'a difference'
k totals D --from 2022-01-01 --to 2022-12-31 --data s
has "resolution 3-NQ less plan 2-KH: 22 - 20 = +2" out

# A term's number is not due in a year of it: a year is followed by its own, whichever was given first.
cat >term.csv <<-END
	$columns
	D.A,2020-2025,admitted,,congress,21-NQ,2020-10-05,minimum,60,,,,,,
	D.B,2020-2025,admitted,,congress,21-NQ,2020-10-05,minimum,60,,,,,,
	D.B,2022,admitted,,plan,22-KH,2022-01-05,maximum,14,,,,,,
	D.B,2022,admitted,,plan,22-KH,2022-01-05,exact,12,,,,,,
END
k import targets term.csv --data s
followed()
{
	json '.total | "\(.goal) \(.attained_percent) \(.status)"' progress "$1" --to 2022-12-31 --data s "${@:2}"
}
is 'null null no-target' "$(followed D.A --period 2022)" 'a term alone'
is '60 40.00 behind' "$(followed D.A --period 2020-2025)" 'the term'
is '60 20.00 over' "$(followed D.A --period 2022 --of congress)" 'a year held against the term, where it is named'
is '14 null kept' "$(followed D.B --period 2022)" 'the first of the year'
cat >sorts.csv <<-END
	$columns
	D,2023,admitted,,plan,23-KH,2023-01-05,exact,50,,,,,,
	D.B,2023-01-01..2023-06-30,admitted,,plan,23-KH,2023-01-05,exact,5,,,,,,
	D.B,2023,admitted,,plan,23-KH,2023-01-05,maximum,30,,,,,,
	D.B,2023,admitted,,plan,23-KH,2023-01-05,exact,20,,,,,,
END
k import targets sorts.csv --data s
is '20' "$(json '.rows[] | select(.unit == "D.B") | .goal' progress D --period 2023 --to 2023-03-31 \
	--of plan --data s)" \
	'of the days and the sort that the one above is of'

# What one unit below was given is amended by a document of its own: it is followed by that, and so are the others by theirs
# when the one above is amended. What another document gives is not taken for it.
cat >one.csv <<-END
	$columns,supersedes,reason
	D,2024,admitted,,plan,24-KH,2024-01-05,exact,40,,,,,,,,
	D.A,2024,admitted,,plan,24-KH,2024-01-05,exact,20,,,,,,,,
	D.B,2024,admitted,,plan,24-KH,2024-01-05,exact,20,,,,,,,,
	D.B,2024,admitted,,plan,25-KH,2024-07-05,exact,15,,,,,,,24-KH,đổi một đơn vị
END
k import targets one.csv --data s
of_rows()
{
	json '[.doc_no, (.rows[].goal | tostring)] | join(" ")' progress D --period 2024 --to 2024-12-31 --data s --of "$1"
}
is '24-KH 20 15' "$(of_rows plan)" 'one below amended'
is '24-KH 20 20' "$(of_rows plan:24-KH)" 'the version that is named'
printf '%s,supersedes,reason\n' $columns >above.csv
echo 'D,2024,admitted,,plan,26-KH,2024-08-05,exact,35,,,,,,,24-KH,theo đơn vị' >>above.csv
k import targets above.csv --data s
is '26-KH 20 15' "$(of_rows plan)" 'the one above amended'
printf '%s\nD,2024,admitted,,plan,27-KH,2024-09-05,exact,41,,,,,,\n' $columns >above.csv
k import targets above.csv --data s
is '26-KH null null' "$(of_rows plan)" 'two of the same instrument above: whose the others are nobody can tell'
is '27-KH null null' "$(of_rows plan:27-KH)" 'another document, named'

# --- versions ---------------------------------------------------------------------------------------------

before=$("$ketnapd" status --data s --json | jq .lsn)
was()
{
	json '.targets[] | select(.instrument == "decision") | "\(.doc_no) \(.goal) \(.attained_percent)"' totals D \
		--from 2022-01-01 --to 2022-12-31 --data s "$@"
}
is '1-QD 30 80.00' "$(was)" 'before'
printf '%s,supersedes,reason\n' $columns >amend.csv
echo 'D,2022,admitted,,decision,17-QD,2022-07-05,exact,32,,,,,,,1-QD,điều chỉnh giữa năm' >>amend.csv
k import targets amend.csv --data s
printf '%s,supersedes,reason\n' $columns >amend.csv
echo 'D,2022,admitted,,decision,18-QD,2022-10-05,exact,20,,,,,,,17-QD,điều chỉnh lần hai' >>amend.csv
k import targets amend.csv --data s
is '18-QD 20 120.00' "$(was)" 'the newest version'
is '17-QD 32 75.00' "$(was --known-at $((before + 1)))" 'the second, as known then'
is '1-QD 30 80.00' "$(was --known-at "$before")" 'the first, as known then'
is '30 80.00' "$(json '.total | "\(.goal) \(.attained_percent)"' progress D --period 2022 --to 2022-12-31 --of decision:1-QD \
	--known-at "$before" --data s)" 'by its document, at that time'
# And without naming a time: a document that was amended is answered by its last version, and marked.
amended=$(jq '[.[] | select(.reason | startswith("điều chỉnh"))] | .[0].lsn' <<<"$("$ketnapd" log --data s --json)")
is "1-QD 30 80.00 $amended" "$(json '.targets[] | "\(.doc_no) \(.goal) \(.attained_percent) \(.superseded_by)"' totals D \
	--from 2022-01-01 --to 2022-12-31 --of decision:1-QD --data s)" 'an earlier version in totals'
is "30 80.00 1-QD $amended" "$(json '"\(.total.goal) \(.total.attained_percent) \(.doc_no) \(.superseded_by)"' progress D --period 2022 \
	--to 2022-12-31 --of decision:1-QD --data s)" 'an earlier version followed'
is "1-QD $amended 30 80.00" "$(json '"\(.instruments[0].doc_no) \(.instruments[0].superseded_by) \(.total.targets[0].goal) \(.total.targets[0].attained_percent)"' \
	table D --period 2022 --of decision:1-QD --data s)" 'an earlier version in a table'
is "1-QD $amended" "$(json '"\(.doc_no) \(.superseded_by)"' rank D --period 2022 --to 2022-12-31 --of decision:1-QD --data s)" \
	'an earlier version ranked'
is '18-QD null' "$(json '"\(.doc_no) \(.superseded_by)"' progress D --period 2022 --to 2022-12-31 --of decision --data s)" \
	'the instrument alone: the version in force'
k totals D --from 2022-01-01 --to 2022-12-31 --of decision:1-QD --data s
has "1-QD, amended by entry $amended: 30 to reach, attained 80.00%" out
cat >claims.csv <<-END
	id,unit,from,to,measure,value,percent,of,instrument,source,doc_no
	old,D,2022-01-01,2022-12-31,admitted,24,80.00,target,decision,a report of June,1-QD
	new,D,2022-01-01,2022-12-31,admitted,24,120.00,target,decision,a report of December,18-QD
	any,D,2022-01-01,2022-12-31,admitted,24,80.00,target,decision,a report that names no document,
END
k import claims claims.csv --data s
is "agrees 30: decision 1-QD, amended by entry $amended" "$(json '.[] | select(.id == "old") | "\(.verdict) \(.explained_by[0])"' claims --data s)" \
	'printed by an earlier version'
is 'agrees contradicts' "$(json '[.[] | select(.id != "old") | .verdict] | join(" ")' claims --data s)" 'printed by the version in force'
k log --data s --json
is 2 "$(jq '[.[] | select(.reason | startswith("điều chỉnh"))] | length' out)" 'each with its reason'

# --- refused, by unit and rule ------------------------------------------------------------------------------

lsn=$("$ketnapd" status --data s --json | jq .lsn)
# bad REASON ROW: one row that is refused, and nothing is written
bad()
{
	printf '%s,supersedes,reason\n%s\n' $columns "$2" >bad.csv
	exits 1 "$ketnapd" import targets bad.csv --data s
	has "$1" err
	has 'line 2' err
	is "$lsn" "$("$ketnapd" status --data s --json | jq .lsn)" "nothing of '$1' is written"
}
bad 'column value_max: the range is upside down' 'D,2023,admitted,,plan,20-KH,,range,28,22,,,,,,,'
bad 'column value_max: only a range has an upper bound' 'D,2023,admitted,,plan,20-KH,,maximum,28,30,,,,,,,'
bad 'column value_max: only a range has an upper bound' 'D,2023,admitted,,plan,20-KH,,exact,28,30,,,,,,,'
bad 'column value_max: a range needs its upper bound' 'D,2023,admitted,,plan,20-KH,,range,28,,,,,,,,'
bad 'column base_date: a base after the period it belongs to' 'D,2023,admitted,,plan,20-KH,,rate,,,3,2024-01-01,,,,,'
bad 'it amends a target that does not exist' 'D,2022,admitted,,plan,20-KH,,exact,9,,,,,,,99-KH,sửa'
bad 'column reason' 'D,2022,admitted,,plan,20-KH,,exact,9,,,,,,,2-KH,'
bad 'column doc_no' 'D,2022,admitted,,plan,2-KH,,exact,9,,,,,,,,'
bad 'column unit: there is no unit D.X' 'D.X,2022,admitted,,plan,20-KH,,exact,9,,,,,,,,'
bad 'no form has a measure joy' 'D,2022,joy,,plan,20-KH,,exact,9,,,,,,,,'
bad 'is not an instrument' 'D,2022,admitted,,rumour,20-KH,,exact,9,,,,,,,,'
bad 'column type' 'D,2022,admitted,,plan,20-KH,,about,9,,,,,,,,'
bad 'column value: a number is needed' 'D,2022,admitted,,plan,20-KH,,exact,,,,,,,,,'
bad 'column rate: a rate is needed' 'D,2022,admitted,,plan,20-KH,,rate,,,,,,,,,'
bad 'column per: period or year' 'D,2022,admitted,,plan,20-KH,,exact,9,,,,,,decade,,'
bad 'column unit' 'D,2015,admitted,,plan,20-KH,,exact,9,,,,,,,,' # the unit was not there yet
k verify --data s
