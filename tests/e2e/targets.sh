#!/usr/bin/env bash
# Targets of the generated province: handed down exactly, floors that cannot be met, published and read back,
# followed against the time gone, ranked on exact ratios.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

readonly day=2022-09-22
"$make_province" csv >/dev/null
make_store s csv

share()
{
	k allocate QNA --period 2022 --data s "$@"
}

# --- by members at 31/12, exact --------------------------------------------------------------------

share --of decision:426-QĐ/TU --base members:2021-12-31 --json
cp out shares.json
is '22 1640 1640 70682 false' "$(jq -r '[(.rows | length), .total, (.rows | map(.share) | add), .base_sum,
	.impossible] | join(" ")' shares.json)" 'the shares add up'
# Largest remainders again, by somebody else: whole parts, then one each for the largest remainders.
is '[]' "$(jq -c '.base_sum as $sum | .total as $total
	| [.rows[] | {unit, share, whole: (.base * $total / $sum | floor), rest: (.base * $total % $sum)}]
	| ($total - (map(.whole) | add)) as $left
	| (sort_by(-.rest) | .[:$left] | map(.unit)) as $more
	| map(select(.share != .whole + (if .unit | IN($more[]) then 1 else 0 end)))' shares.json)" \
	'shares that another calculation does not find'
is '[1,2,3]' "$(jq -c '[.rows[] | select(.remainder_rank <= 3) | .remainder_rank] | sort' shares.json)" 'ranks'
is 1 "$(jq '[.rows[] | select(.last.num > 0 and .plus_one) | .last.den] | unique | length' shares.json)" \
	'one denominator'
is "$(jq -c '[.rows[].share]' shares.json)" \
	"$(json '[.rows[].share] | tojson' allocate QNA --period 2022 --total 1.640 --data s)" 'the same total, typed'
share --of decision --explain
has 'base 4,849, by base alone 112 35,976/70,682' out
has '1,640 to hand down to 22 units' out
share --of decision --explain --lang vi
has '1.640' out
lacks "hand down" out

# --- floors that cannot be met ---------------------------------------------------------------------

exits 1 "$ketnapd" allocate QNA --period 2022 --of decision --floor 3 --data s --json
is 'true 2131 true null 146' "$(jq -r '[.impossible, .floors_asked,
	([.rows[] | .floor_asked == (.base * 3 + 99) / 100 - (.base * 3 + 99) % 100 / 100] | all),
	(.rows[0].share | tostring), .rows[0].floor_asked] | join(" ")' out)" 'floors of 3 %'
has 'floors and locked shares need 2,131, and 1,640 is handed down' err
exits 1 "$ketnapd" allocate QNA --period 2022 --of decision --floor 3 --data s
has 'that is more than there is to hand down, by 491' out
has '--floors lower          lower the floors in proportion: 1,640' out
has '--floors down           round the floors down: 2,109' out
choice()
{
	json "[.total, (.rows | map(.share) | add), .floors, ([.rows[] | .share >= .floor] | all)] | join(\" \")" \
		allocate QNA --period 2022 --of decision --floor 3 --floors "$1" --data s
}
is '2131 2131 2131 true' "$(choice raise)" 'the total raised'
is '1640 1640 1640 true' "$(choice lower)" 'the floors lowered'
exits 1 "$ketnapd" allocate QNA --period 2022 --of decision --floor 3 --floors down --data s
has 'need 2,109, and 1,640' err # not even rounded down
is '1640 1640 1623 true' "$(json '[.total, (.rows | map(.share) | add), .floors,
	([.rows[] | .share >= .floor] | all)] | join(" ")' allocate QNA --period 2022 --of decision \
	--floor 2,31 --floors down --data s)" 'floors of 2.31 % rounded down, more than 1,640 rounded up'
# A hundred small organisations: 3 % of each is less than one person.
is 'true true' "$(json '[([.rows[] | select(.floor_asked == 1) | .floor <= 1] | all),
	(.floors < .floors_asked)] | join(" ")' allocate QNA.TK --period 2022 --total 170 --floor 3 \
	--floors spread:1/3 --data s)" 'floors under one person, over three years'

# --- locks, caps, units left out, other bases ------------------------------------------------------

is '1640 100 50 null 1' "$(json 'def share(u): .rows[] | select(.unit == u) | .share | tostring;
	[(.rows | map(.share // 0) | add), share("QNA.TK"), share("QNA.HA"), share("QNA.BP"), .left_out] | join(" ")' \
	allocate QNA --period 2022 --of decision --lock QNA.TK=100 --cap QNA.HA=50 --leave-out QNA.BP --data s)" \
	'locked, capped, left out'
{
	printf 'unit,weight\n'
	jq -r '.rows[] | "\(.unit),\(if .unit == "QNA.TK" then 3 else 1 end)"' shares.json
} >weights.csv
is '3 1' "$(json '[.rows[0].share, .rows[1].share] | join(" ")' allocate QNA --period 2022 --total 24 \
	--base weights:weights.csv --data s)" 'given weights'
is 1336 "$(json '.base_sum' allocate QNA --period 2022 --total 24 --base measure:admitted:2022-01-01..$day --data s)" \
	'a measure'
exits 1 "$ketnapd" allocate QNA --period 2022 --total 24 --base last --data s
has 'QNA.TK: nobody reported admitted in 2021; leave it out, or lock its share' err

refused()
{
	local code=$1 text=$2

	shift 2
	exits "$code" "$ketnapd" allocate QNA --period 2022 --data s "$@"
	has "$text" err
}
refused 2 '--total NUMBER or --of'
refused 2 '--total NUMBER or --of' --total 5 --of decision
refused 2 '--total 1.64' --total 1.64
refused 1 'QNA has 0 targets plan' --of plan
refused 1 '--lock: QNA.XX is not directly below QNA' --total 5 --lock QNA.XX=3
refused 2 '--lock QNA.TK: UNIT=NUMBER' --total 5 --lock QNA.TK
refused 2 '--cap QNA.TK=few: UNIT=NUMBER' --total 5 --cap QNA.TK=few
refused 1 'need 6, and 5 is handed down' --total 5 --lock QNA.TK=6
refused 1 'QNA.TK: the locked share 6 is above the cap 4' --total 50 --lock QNA.TK=6 --cap QNA.TK=4
refused 2 '--base members[:DAY], last' --total 5 --base luck
refused 2 '--floors refuse, raise, lower, down or spread:YEAR/YEARS, not spread:4/3' --total 5 --floors spread:4/3
refused 2 '--publish needs --instrument' --total 5 --publish
refused 2 'there is no such instrument' --total 5 --instrument rumour
sed -i '$d' weights.csv
refused 1 'has no weight; leave it out, or give it one' --total 5 --base weights:weights.csv
printf 'unit,weight\nQNA.TK,1\nQNA.TK,2\n' >weights.csv
refused 1 'line 3, column unit: QNA.TK stands there twice' --total 5 --base weights:weights.csv

# --- published -------------------------------------------------------------------------------------

lsn=$(lsn_of s)
readonly plan=(--of decision --instrument plan:7-KH/TU --day 2022-10-01)
is 22 "$(json .entries allocate QNA --period 2022 "${plan[@]}" --publish --dry-run --data s)" 'targets, dry'
is "$lsn" "$(lsn_of s)" 'lsn after what-ifs'
share "${plan[@]}" --csv
cp out targets.csv
cp -r s t
share "${plan[@]}" --publish
has '22 targets written' out
is $((lsn + 22)) "$(lsn_of s)" 'lsn after publishing'
k import targets targets.csv --data t
# goals DATA: of all units, in one answer
goals()
{
	json ".rows[].goal" progress QNA --period 2022 --to $day --of plan:7-KH/TU --data "$1"
}
is "$(jq '.rows[].share' shares.json)" "$(goals s)" 'the targets written are the shares'
is "$(jq '.rows[].share' shares.json)" "$(goals t)" 'and those of the file'
is "$(jq '.rows[0].share' shares.json)" "$(json '.targets[] | select(.doc_no == "7-KH/TU") | .goal' totals \
	"$(jq -r '.rows[0].unit' shares.json)" --from 2022-01-01 --to 2022-12-31 --data s)" 'and as totals say it'

# Beside a server: what-ifs read, publishing is the server's to do.
serve t
lsn=$(lsn_of t)
is 1640 "$(json '.rows | map(.share) | add' allocate QNA --period 2022 --of decision --data t)" 'beside a server'
printf 'unit,weight\n' >weights.csv
jq -r '.rows[] | "\(.unit),1"' shares.json >>weights.csv
is 22 "$(json .entries allocate QNA --period 2022 --total 44 --base weights:weights.csv --instrument letter:9-CV \
	--day 2022-10-02 --publish --data t)" 'published by a server'
is $((lsn + 22)) "$(lsn_of t)" 'lsn of the server'
is 2 "$(json '.targets[] | select(.doc_no == "9-CV") | .goal' totals QNA.TK --from 2022-01-01 --to 2022-12-31 --data t)" \
	'a target that the server wrote'
stop 0

# --- followed --------------------------------------------------------------------------------------

k progress QNA --period 2022 --to $day --data s --json
is 'decision 426-QĐ/TU linear 72.60' "$(jq -r '[.instrument, .doc_no, .season, .due_percent] | join(" ")' out)" \
	'what is followed'
is '1336 1640 81.46 304 0 1190 146 93 100 on-pace' "$(jq -r '.total | [.value, .goal, .attained_percent, .missing,
	.excess, .by_now, .ahead, .per_month, .days_left, .status] | join(" ")' out)" 'the province'
is '1336 1640 22' "$(jq -r '[(.rows | map(.value) | add), (.rows | map(.goal) | add), (.rows | length)] | join(" ")' out)" \
	'the rows add up'
is 'true' "$(jq '[.rows[], .total | .forecast | .in_95[0] <= .in_80[0] and .in_80[0] <= .in_50[0] and .in_50[0] <= .value
	and .value <= .in_50[1] and .in_50[1] <= .in_80[1] and .in_80[1] <= .in_95[1]] | all' out)" 'intervals'
is 'true' "$(jq '[.rows[] | (.status == "reached") == (.value >= .goal)
	and (.status == "far-behind") == (.value * 100 < .by_now * 80)
	and (.status != "reached" or .forecast.reach_percent == 100)] | all' out)" 'statuses'
k progress QNA --period 2022 --to $day --data s
has 'on pace: 1,190 due by now, 93 a month still needed' out
k progress QNA --period 2022 --to $day --of resolution --data s --json
is '1500 89.07' "$(jq -r '.total | "\(.goal) \(.attained_percent)"' out)" 'the other instrument'
exits 2 "$ketnapd" progress QNA --period 2022 --season guess --data s
exits 1 "$ketnapd" progress QNA --period 2023 --to 2022-12-31 --data s
has 'the period has not begun yet' err

# --- ranked ----------------------------------------------------------------------------------------

rank()
{
	k rank QNA --period 2022 --to $day --data s --json "$@"
}
rank
cp out rank.json
is 'null' "$(jq -c '.rows as $r | [$r[] | . as $u | select(.place != 1 + ([$r[]
	| select(.value * $u.goal > $u.value * .goal)] | length)) | .unit] | if length == 0 then null else . end' rank.json)" \
	'places that another calculation does not find'
is '18 3 1' "$(jq -r '[.rows[] | .group] | [(map(select(. == "locality")) | length), (map(select(. == "armed")) | length),
	(map(select(. == "bloc")) | length)] | join(" ")' rank.json)" 'groups'
is 'QNA.DX QNA.QUANSU' "$(jq -r '[.rows[] | select(.in_group == 1 and .group != "bloc") | .unit] | join(" ")' rank.json)" \
	'first in their groups'
is 'QNA.DB' "$(json '.rows[0].unit' rank QNA --period 2022 --to $day --order count --data s)" 'by number'
is 'QNA.QUANSU' "$(json '.rows[0].unit' rank QNA --period 2022 --to $day --order rate --data s)" 'by rate'
# Another group for some days: what counts is what holds on the day that is asked for.
k group QNA.DX 'miền núi' --from 2022-07-01 --to 2022-12-31 --doc-no 5-QĐ/BTC --data s
k group QNA.NT 'miền núi' --from 2022-07-01 --data s
k group QNA.NT - --from 2022-09-01 --data s
group_of()
{
	json ".rows[] | select(.unit == \"$1\") | .group" rank QNA --period 2022 --to "$2" --data s
}
is 'miền núi locality locality miền núi' "$(group_of QNA.DX $day) $(group_of QNA.DX 2022-06-30) $(group_of QNA.NT $day) $(
	group_of QNA.NT 2022-08-31)" 'groups of the day'
is '1 1 17' "$(json '(.rows[] | select(.unit == "QNA.DX") | "\(.in_group) \(.in_group_of)"), ([.rows[]
	| select(.group == "locality")] | length)' rank QNA --period 2022 --to $day --data s | paste -sd' ')" 'places in it'
is "$(jq -c '[.rows[] | .place]' rank.json)" "$(json '[.rows[] | .place] | tojson' rank QNA --period 2022 --to $day --data s)" \
	'places overall do not change'
exits 1 "$ketnapd" group QNA.DX x --from 2022-07-01 --to 2022-06-30 --data s
k group QNA.DX - --from 2022-07-01 --data s
rank --small 60
is '17 1 5 small-target' "$(jq -r '[.rows[0].of, .rows[0].place, ([.rows[] | select(.apart)] | length),
	(.rows[-1].apart)] | join(" ")' out)" 'small targets apart'
k rank QNA --period 2022 --to $day --small 60 --data s
has 'small target: 46/36' out
lacks 'best' out
# Sheets of October are not there: nobody can be compared.
is '22 22' "$(json '[([.rows[] | select(.apart == "sheet-missing")] | length), ([.rows[] | select(.place == null)] | length)]
	| join(" ")' rank QNA --period 2022 --to 2022-10-31 --data s)" 'due sheets missing'
exits 2 "$ketnapd" rank QNA --period 2022 --order luck --data s
k rank QNA --period 2022 --to $day --data s --lang vi
has 'xếp thứ' out

# A unit all of whose cells say that nobody is left to admit is listed apart, and not called low.
cat >small.csv <<-'END'
	code,parent,kind,name,reports,opened,closed
	P,,province,Province,no,2021-12-31,
	P.A,P,direct,First,yes,2021-12-31,
	P.B,P,direct,Second,yes,2021-12-31,
END
cat >small-targets.csv <<-'END'
	unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
	P,2022,admitted,,plan,1-KH,2022-01-02,exact,200,,,,
	P.A,2022,admitted,,plan,1-KH,2022-01-02,exact,100,,,,
	P.B,2022,admitted,,plan,1-KH,2022-01-02,exact,100,,,,
END
cat >small-figures.csv <<-'END'
	unit,form,from,to,measure,value,approx
	P.A,monthly,2022-01-01,2022-01-31,admitted,1,
	P.A,monthly,2022-01-01,2022-01-31,cells,2,
	P.A,monthly,2022-01-01,2022-01-31,no_source_left,2,
	P.B,monthly,2022-01-01,2022-01-31,admitted,1,
	P.B,monthly,2022-01-01,2022-01-31,cells,2,
	P.B,monthly,2022-01-01,2022-01-31,no_source_left,1,
END
k init --tree small.csv --data small
k import targets small-targets.csv --data small
k import figures small-figures.csv --data small
is 'P.B 1 null P.A null no-source' "$(json '[.rows[] | .unit, (.place | tostring), (.apart | tostring)] | join(" ")' \
	rank P --period 2022 --to 2022-01-31 --data small)" 'no eligible people left'
is 'no-source low' "$(json '[.rows[].cause] | join(" ")' progress P --period 2022 --to 2022-01-31 --data small)" \
	'and why it is behind'

# --- put forward -----------------------------------------------------------------------------------

k commend QNA --period 2022 --to $day --per-group 2 --data s --json
is 'QNA.DB QNA.DX QNA.QUANSU' "$(jq -r '[.rows[] | select(.proposed) | .unit] | join(" ")' out)" 'put forward'
is 'true' "$(jq '[.rows[] | .proposed or (if .value >= .goal then .why == "beyond" and .in_group > 2
	else .why == "below" end)] | all' out)" 'and why the others are not'
k commend QNA --period 2022 --to $day --percent 130 --data s
is 1 "$(grep -c '  proposed$' out)" 'over 130 %'
has 'rules: at least 130% of the target' out
is '[null,"low"]' "$(json '[.rows[] | .cause] | unique | tojson' progress QNA --period 2022 --to $day --data s)" 'causes'
is '["not-reported"]' "$(json '[.rows[] | select(.cause) | .cause] | unique | tojson' progress QNA --period 2022 \
	--to 2022-10-31 --data s)" 'who did not report may be further'

# --- years ahead -----------------------------------------------------------------------------------

# Hưng Yên: 70,314 members, 2,112 set for the first year; 2,173 and 2,238 printed.
hung_yen()
{
	json '[.rows[] | .target] | tojson' project QNA --period 2023-2025 --rate 3 --base 70314 --data s "$@"
}
is '[2112,2173,2238]' "$(hung_yen --first 2112)" 'as printed'
is '[2109,2173,2238]' "$(hung_yen)" 'by the rule alone'
is '[2110,2110,2110]' "$(hung_yen --rounding up --fixed-base)" 'of the same base'
is '70314 42 100' "$(json '.rows[0] | "\(.base) \(.quota.num) \(.quota.den)"' project QNA --period 2023 --rate 3 \
	--base 70314 --data s)" 'exactly'
is '71010 284 73034 3.25 0.4' "$(json '[.rows[0].base, .rows[0].losses, .rows[1].base, .rate, .losses_percent] | join(" ")' \
	project QNA --period 2023-2024 --rate 3,25 --base members:2022-08-31 --losses 0.4% --rounding up --data s)" \
	'members, less losses'
exits 2 "$ketnapd" project QNA --period 2023-Q1 --rate 3 --data s
exits 2 "$ketnapd" project QNA --period 2023 --data s
exits 1 "$ketnapd" project QNA --period 2023-2024 --rate 1 --base 100 --losses 70 --data s
has 'year 2: more is lost than there is' err
