#!/usr/bin/env bash
# The generated province: the table for the standing committee, what was known when, the mark on all that
# comes out, and one admission more in one sheet seen everywhere above it and nowhere else.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

readonly mark='Số liệu minh họa: chỉ số toàn tỉnh là số đã công bố'
readonly range=(--from 2022-01-01 --to 2022-09-22)
"$make_province" csv >/dev/null
make_store s csv
{
	head -n 1 "$documents/claims.csv"
	grep '^S4-' "$documents/claims.csv"
} >claims.csv
k import claims claims.csv --data s

# --- the table -----------------------------------------------------------------------------------

k table QNA "${range[@]}" --data s --json
cp out table.json
is "$(tail -n +2 "$KETNAP_SOURCE/scripts/demo/province/direct-units.csv" | cut -d, -f1,2)" \
	"$(jq -r '.rows[] | "\(.unit),\(.name)"' table.json)" '22 rows in official order'
is '1336 71087 1153 1153' "$(jq -r '.total | "\(.value) \(.members) \(.reported) \(.expected)"' table.json)" \
	'the totals row'
is '1640 81.46 1500 89.07' \
	"$(jq -r '[.total.targets[] | "\(.goal) \(.attained_percent)"] | join(" ")' table.json)" 'its targets'
is '1336 71087 1640 1500 1153' "$(jq -r '[(.rows | map(.value) | add), (.rows | map(.members) | add),
	(.rows | map(.targets[0].goal) | add), (.rows | map(.targets[1].goal) | add),
	(.rows | map(.reported) | add)] | join(" ")' table.json)" 'the rows add up'
k table QNA "${range[@]}" --data s
has '1,153 = 388 committees + 765 cells' out
has '1,336' out
k table QNA "${range[@]}" --data s --lang vi
has '1.336' out
has '81,46%' out
has '71.087' out
k table QNA "${range[@]}" --data s --csv
is 24 "$(grep -c '^QNA\|unit,name' out)" 'lines of the CSV'
has 'QNA,Đảng bộ tỉnh Quảng Nam,1336,1640,81.46,1500,89.07,71087,1153,1153' out
is 'QNA.DX' "$(json '.rows[0].unit' table QNA "${range[@]}" --order attainment --data s)" 'first by attainment'
is 'QNA.DB' "$(json '.rows[0].unit' table QNA "${range[@]}" --order count --data s)" 'first by count'
is 1 "$(json '.total.targets | length' table QNA "${range[@]}" --of decision:426-QĐ/TU --data s)" 'one instrument'
is 0 "$(json '.total.targets | length' table QNA "${range[@]}" --of plan --data s)" 'an instrument nobody used'
is 74 "$(json '.rows | length' table QNA.TK "${range[@]}" --level grassroots --data s)" 'grassroots rows'
is '388 765 2 3346 1640' "$(json '"\(.units.base_committee) \(.units.base_cell) \(.units.section) \(.units.sub_cell) \(.sum_below)"' \
	totals QNA "${range[@]}" --data s)" 'units and the sum of targets below'
is 'agrees agrees agrees agrees agrees agrees-half-up' "$(json '[.[].verdict] | join(" ")' claims --data s)" \
	'claims of S4'

# --- known when ----------------------------------------------------------------------------------

at()
{
	json '"\(.measures.admitted) \(.known_at.lsn) \(.known_at.time)"' totals QNA "${range[@]}" --data s \
		--known-at "$1"
}
lsn=$(lsn_of s)
is "1336 $lsn 2022-09-22T23:59:59.999+07:00" "$(at "$lsn")" 'known at the last entry'
is "1336 $lsn 2022-09-22T23:59:59.999+07:00" "$(at 2022-09-22)" 'known on the day'
is "1336 $lsn 2022-09-22T23:59:59.999+07:00" "$(at 2030-01-01)" 'known later'
before=$(json '[.[] | select(.time | startswith("2000-01-01"))] | length' log --data s)
is "null $before 2000-01-01T00:00:00.000+07:00" "$(at 2022-09-22T12:00)" 'known before the clock was set'
is "null $before 2000-01-01T00:00:00.000+07:00" "$(at "$before")" 'known at an early entry'
[ "$(at $((lsn - 100)) | cut -d' ' -f1)" -lt 1336 ] || fail 'not all was known a hundred entries ago'
exits 1 "$ketnapd" totals QNA "${range[@]}" --data s --known-at $((lsn + 1))
exits 2 "$ketnapd" totals QNA "${range[@]}" --data s --known-at yesterday
has '--known-at yesterday' err

# --- its own clock -------------------------------------------------------------------------------

exits 1 "$ketnapd" clock 2022-09-21 --data s
has 'the clock does not go back' err
exits 2 "$ketnapd" clock soon --data s
is "$lsn" "$(lsn_of s)" 'lsn after refused clocks'
k clock 2022-10-05T08:30 --data s
is $((lsn + 1)) "$(lsn_of s)" 'lsn after the clock was set'
is '2022-10-05T08:30:00.000+07:00' "$(json .time status --data s)" 'time of the newest entry'
is "1336 $((lsn)) 2022-09-22T23:59:59.999+07:00" "$(at 2022-09-22)" 'still known on that day'

# Never set, it is the real one; once an entry came by that, the clock cannot be set to before.
k init --illustrative --tree "$documents/tree.csv" --data late
k import members "$documents/members.csv" --data late
exits 1 "$ketnapd" clock 2022-09-22 --data late
has 'the clock does not go back: the newest entry is of 20' err

# --- the mark ------------------------------------------------------------------------------------

marked()
{
	k "$@" --data s
	has "$mark" out
	is 1 "$(grep -cF "$mark" out)" "marks in $1"
	k "$@" --data s --json
	is true "$(jq --arg m "$mark" 'if type == "array" then length > 0 and all(.[]; .illustrative == $m)
		else .illustrative == $m end' out)" "the mark in the JSON of $1"
}
printf 'unit,date,members\nQNA,2022-09-30,71100\n' >one.csv
marked totals QNA "${range[@]}"
marked table QNA "${range[@]}"
marked claims
marked log --unit QNA.TK
marked status
marked verify
marked import members one.csv --dry-run
k table QNA "${range[@]}" --data s --csv
is "$(printf '\xef\xbb\xbf# %s' "$mark")" "$(head -n 1 out)" 'the mark in CSV'
k backup text.mdb --data s
has "$mark" out
k backup json.mdb --data s --json
is "$mark" "$(jq -r .illustrative out)" 'the mark in the JSON of backup'
k clock 2022-10-06 --data s
has "$mark" out
k init --illustrative --tree "$documents/tree.csv" --data v
has "$mark" out

# --- one admission more --------------------------------------------------------------------------

readonly sheet=figures-2022-05.csv
line=$(grep -n '^QNA\.TK.*,admitted,[1-9]' csv/$sheet | head -n 1 | cut -d: -f1)
was=$(sed -n "${line}p" csv/$sheet | cut -d, -f6)
cp -r csv csv2
sed -i "${line}s/,admitted,$was,/,admitted,$((was + 1)),/" csv2/$sheet
is 1 "$(diff csv/$sheet csv2/$sheet | grep -c '^>')" 'lines changed'
make_store t csv2
k import claims claims.csv --data t
k table QNA "${range[@]}" --data t --json
is '1337 81.52 89.13' \
	"$(jq -r '"\(.total.value) \(.total.targets[0].attained_percent) \(.total.targets[1].attained_percent)"' out)" \
	'the totals row with one more'
is '[["QNA.TK",1]]' "$(jq -c --slurpfile old table.json '[.rows, $old[0].rows] | transpose
	| map(select(.[0].value != .[1].value) | [.[0].unit, .[0].value - .[1].value])' out)" 'rows that changed'
is 'agrees agrees agrees agrees contradicts contradicts' "$(json '[.[].verdict] | join(" ")' claims --data t)" \
	'claims with one more'
k totals QNA "${range[@]}" --data t
has '1,337' out
has '81.52%' out
has '89.13%' out
is true "$(json .ok verify --data t)" 'verify'
