#!/usr/bin/env bash
# members, targets, figures and claims that cannot be taken: each bad row named by line and column, nothing
# written, and the store verifies afterwards.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_documents s

# --- columns and rows ----------------------------------------------------------------------------

bad members s 1 members 'the column is missing' <<'CSV'
unit,date
HY,2024-01-01
CSV
bad members s 1 3 "unknown column 'member', perhaps 'members'" <<'CSV'
unit,date,member
HY,2024-01-01,70000
CSV
bad members s 1 4 "unknown column 'colour'" <<'CSV'
unit,date,members,colour
HY,2024-01-01,70000,red
CSV
bad members s 1 3 "column 'unit' stands twice" <<'CSV'
unit,date,unit,members
HY,2024-01-01,HY,70000
CSV
bad members s 3 members 'the row ends after 2 of 3 fields' <<'CSV'
unit,date,members
HY,2024-01-01,70000
HY,2024-02-01
CSV
bad members s 2 4 'the row has 4 fields, the header 3' <<'CSV'
unit,date,members
HY,2024-01-01,70.000,5
CSV
bad members s 2 unit 'the field is empty' <<'CSV'
unit,date,members
,2024-01-01,70000
CSV
bad members s 2 date 'the quote is never closed' <<'CSV'
unit,date,members
HY,"2024-01-01,70000
CSV
bad members s 3 unit 'there is no unit XX' <<'CSV'
unit,date,members
HY,2024-01-01,70000
XX,2024-01-01,70000
CSV

bad members s 4 date 'this unit and day stand on line 2 too' <<'CSV'
unit,date,members
HY,2024-01-01,1336
NA,2024-01-01,1336
HY,2024-01-01,1337
CSV
bad members s 2 date 'the unit did not exist' <<'CSV'
unit,date,members
HY,2019-01-01,70000
CSV

# --- numbers and dates ---------------------------------------------------------------------------

bad members s 3 members "'81.46' is not a count" <<'CSV'
unit,date,members
HY,2024-01-01,1.336
HY,2024-02-01,81.46
CSV
bad members s 3 members 'two ways to group digits in one column' <<'CSV'
unit,date,members
HY,2024-01-01,1.336
HY,2024-02-01,"1,336"
CSV
bad members s 2 members "'99999999999999999999' is too large" <<'CSV'
unit,date,members
HY,2024-01-01,99999999999999999999
CSV
bad members s 2 members 'fewer than none' <<'CSV'
unit,date,members
HY,2024-01-01,-5
CSV
bad members s 2 date '2024-02-30' <<'CSV'
unit,date,members
HY,2024-02-30,70000
CSV
bad members s 3 date 'two ways to write a date in one column' <<'CSV'
unit,date,members
HY,2024-01-01,70000
HY,01/02/2024,70000
CSV
bad targets s 3 rate 'decimal point and decimal comma in one column' <<'CSV'
unit;period;measure;group;instrument;doc_no;doc_date;type;value;value_max;rate;base_date;base_value
HY;2025;admitted;;plan;1;;rate;;;3.5;;70000
HY;2025;admitted;;plan;2;;rate;;;3,5;;70000
CSV

# --- encodings -----------------------------------------------------------------------------------

printf 'unit,date,members\nHY,2024-01-01,7\xff0\n' | bad members s 2 members 'byte 0xff is not UTF-8'
claims_head=id,unit,from,to,measure,value,percent,of,instrument,source
# "Chỉ thị của Tỉnh ủy về kết nạp đảng viên mới" as two old fonts have it.
printf '%s\nT1,HY,2024-01-01,2024-12-31,admitted,5,,,,Ch\xd8 th\xde c\xf1a T\xd8nh \xf1y v\xd2 k\xd5t n\xb9p \xae\xb6ng vi\xaan m\xedi\n' \
	$claims_head | bad claims s 2 source 'not UTF-8 but probably TCVN3: save the file as UTF-8'
printf '%s\nT1,HY,2024-01-01,2024-12-31,admitted,5,,,,Ch\xe6 th\xf2 cu\xfba T\xe6nh u\xfby ve\xe0 ke\xe1t na\xefp \xf1a\xfbng vie\xe2n m\xf4\xf9i\n' \
	$claims_head | bad claims s 2 source 'not UTF-8 but probably VNI: save the file as UTF-8'

# --- targets -------------------------------------------------------------------------------------

targets_head=unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
bad targets s 2 instrument 'order is not an instrument' <<CSV
$targets_head
HY,2025,admitted,,order,1,,exact,5,,,,
CSV
bad targets s 2 type 'exact, minimum, range, rate, maximum or rate-maximum' <<CSV
$targets_head
HY,2025,admitted,,plan,1,,about,5,,,,
CSV
bad targets s 2 value 'a number is needed' <<CSV
$targets_head
HY,2025,admitted,,plan,1,,exact,,,,,
CSV
bad targets s 2 value_max 'the range is upside down' <<CSV
$targets_head
HY,2025,admitted,,plan,1,,range,9,5,,,
CSV
bad targets s 2 value_max 'only a range has an upper bound' <<CSV
$targets_head
HY,2025,admitted,,plan,1,,exact,5,9,,,
CSV
bad targets s 3 doc_no 'there is one already: 1-KH' <<CSV
$targets_head
HY,2025,admitted,,plan,1-KH,,exact,5,,,,
HY,2025,admitted,,plan,1-KH,,minimum,6,,,,
CSV
bad targets s 2 doc_no 'there is one already: 49-CT/TU' < <(grep -e ^unit -e '^HY,2023,' "$documents/targets.csv")
bad targets s 2 doc_no 'there is one already: congress' < <(grep -e ^unit -e '^TNG,' "$documents/targets.csv")
bad targets s 2 rate 'a rate is needed' <<CSV
$targets_head
HY,2025,admitted,,plan,1,,rate,,,,,
CSV
bad targets s 2 measure 'no form has a measure admited' <<CSV
$targets_head
HY,2025,admited,,plan,1,,exact,5,,,,
CSV
bad targets s 2 period '2025-Q5' <<CSV
$targets_head
HY,2025-Q5,admitted,,plan,1,,exact,5,,,,
CSV
bad targets s 2 base_date 'a base after the period it belongs to' <<CSV
$targets_head
HY,2022,admitted,,plan,1,,rate,,,3,2023-01-01,70000
CSV

# A cell may hold a line break, an entry not; it would be in the log for good and not be readable.
bad targets s 2 issuer 'issuer: not text of one line' <<CSV
$targets_head,issuer
HY,2025,admitted,,plan,1,,exact,5,,,,,"Ban
Thường vụ"
CSV
bad targets s 2 doc_no 'doc_no: not text of one line, or over' <<CSV
$targets_head
HY,2025,admitted,,plan,$(printf 'x%.0s' $(seq 300)),,exact,5,,,,
CSV

# --- figures -------------------------------------------------------------------------------------

figures_head=unit,form,from,to,measure,value,approx
bad figures s 2 form 'there is no form weekly' <<CSV
$figures_head
HY,weekly,2024-01-01,2024-01-31,admitted,5,
CSV
bad figures s 2 measure 'form monthly has no measure admited' <<CSV
$figures_head
HY,monthly,2024-01-01,2024-01-31,admited,5,
CSV
bad figures s 2 measure 'members_begin is computed, never given' <<CSV
$figures_head
HY,monthly,2024-01-01,2024-01-31,members_begin,5,
CSV
bad figures s 3 measure 'admitted stands on line 2 too' <<CSV
$figures_head
HY,monthly,2024-01-01,2024-01-31,admitted,5,
HY,monthly,2024-01-01,2024-01-31,admitted,6,
CSV
bad figures s 2 value 'the figure is too large' <<CSV
$figures_head
HY,monthly,2024-01-01,2024-01-31,admitted,1000000000001,
CSV
bad figures s 2 approx 'yes, or empty' <<CSV
$figures_head
HY,monthly,2024-01-01,2024-01-31,admitted,5,maybe
CSV
bad figures s 2 to 'the last day is before the first' <<CSV
$figures_head
HY,monthly,2024-01-31,2024-01-01,admitted,5,
CSV
bad figures s 2 from 'there is a sheet of this unit and period already' <<CSV
$figures_head
QNA,yearly,2022-01-01,2022-09-22,admitted,1336,
CSV
# Outside the plan: a unit above reports these days; the year has been reported as a whole; the unit is
# younger; the days have not come; nobody is planned.
cat >small.csv <<CSV
code,parent,kind,name,reports,opened,closed
P,,province,Tỉnh,no,2020-01-01,
P.D,P,direct,Huyện,yes,2020-01-01,
P.D.C,P.D,base_cell,Chi bộ,no,2020-01-01,
CSV
k init --tree small.csv --data small
bad figures small 3 unit 'P.D above it reports these days' <<CSV
$figures_head
P.D,monthly,2024-01-01,2024-01-31,admitted,5,
P.D.C,monthly,2024-01-01,2024-01-31,admitted,5,
CSV
bad figures s 2 from 'figures are there already' <<CSV
$figures_head
NA,monthly,2022-03-01,2022-03-31,admitted,5,
CSV
# A slip, 02/09 for 01/09: no plan entry takes the month away from a unit that reports monthly.
bad figures s 2 from 'figures outside the plan' <<CSV
$figures_head
NT.PRTC,monthly,2024-09-02,2024-09-30,admitted,5,
CSV
# Nor does the running year of another form, though nothing is reported yet.
bad figures small 2 from 'figures outside the plan' <<CSV
$figures_head
P.D,yearly,$(date +%Y)-01-01,$(date +%Y)-12-31,admitted,5,
CSV
printf '%s\nP.D,yearly,2021-01-01,2021-12-31,admitted,5,\n' "$figures_head" >history.csv
k import figures history.csv --dry-run --data small
has 'reporting plan: P.D yearly 2021' out
bad figures s 2 to 'the unit did not exist' <<CSV
$figures_head
HY,monthly,2019-03-01,2019-03-31,admitted,5,
CSV
bad figures s 2 from 'it has not begun' <<CSV
$figures_head
HY,monthly,2029-01-01,2029-01-31,admitted,5,
CSV
bad figures s 2 from 'does not report that period' <<CSV
$figures_head
VN,flash,2024-01-01,2024-01-20,admitted,5,
CSV

# --- members of a time to come: as with figures, not before the month begins ---
bad members s 2 date 'the day is after this month' <<CSV
unit,date,members
HY,$(($(date +%Y) + 4))-01-01,70000
CSV

# --- claims --------------------------------------------------------------------------------------

bad claims s 2 value 'a claim needs a value or a percentage' <<CSV
$claims_head
T1,HY,2024-01-01,2024-12-31,admitted,,,,,paper
CSV
bad claims s 2 of 'of what is this a percentage?' <<CSV
$claims_head
T1,HY,2024-01-01,2024-12-31,admitted,5,3,,,paper
CSV
bad claims s 2 how 'most is not a word for this column' <<CSV
$claims_head,how
T1,HY,2024-01-01,2024-12-31,admitted,5,,,,paper,most
CSV
bad claims s 3 id 'there is one already: T1' <<CSV
$claims_head
T1,HY,2024-01-01,2024-12-31,admitted,5,,,,paper
T1,HY,2024-01-01,2024-12-31,admitted,6,,,,paper
CSV

# --- several at once, JSON, Vietnamese -----------------------------------------------------------

printf 'unit,date,members\nXX,2024-01-01,5\nHY,2024-13-01,5\nHY,2024-01-01,5x\nHY,2024-02-01,5\n' >several.csv
before=$(lsn_of s)
exits 1 "$ketnapd" import members several.csv --data s
is 3 "$(grep -c '^several.csv: line ' err)" 'bad rows named'
has 'several.csv: nothing was written' err
exits 1 "$ketnapd" import members several.csv --data s --json
is 'false 3 [2,3,4]' "$(jq -c '.problems | map(.line)' out | cat <(jq -r '"\(.ok) \(.problem_count)"' out) - |
	paste -sd' ')" 'the same as JSON'
exits 1 "$ketnapd" import members several.csv --data s --lang vi
has 'dòng 2, cột unit: ' err
lacks 'there is no unit' err
is "$before" "$(lsn_of s)" 'lsn at the end'
is true "$(json .ok verify --data s)" 'verify at the end'
# A row that cannot be read hides nothing: each is named, by line.
printf 'unit,date,members\nHY,2019-01-01,5\nHY,2024-02-01,5,6\nXX,2024-01-01,5\n' >later.csv
exits 1 "$ketnapd" import members later.csv --data s --json
is '3 3' "$(jq -r '"\(.rows) \(.problem_count)"' out)" 'rows of the file, those too that cannot be read'
exits 1 "$ketnapd" import members later.csv --data s
is 'later.csv: line 2 later.csv: line 3 later.csv: line 4' "$(grep -o '^later.csv: line [0-9]' err | paste -sd' ')" 'all three'
printf '%s\nHY,monthly,2019-03-01,2019-03-31,admitted,5,\n' "$figures_head" >early.csv
exits 1 "$ketnapd" import figures early.csv --data s --lang vi
has 'dòng 2, cột to: ' err
printf '%s\nHY,monthly,2029-01-01,2029-01-31,admitted,5,\n' "$figures_head" >ahead.csv
exits 1 "$ketnapd" import figures ahead.csv --data s --lang vi
lacks 'future' err
# The same rows without the faults are taken.
sed -i '2,4d' several.csv
k import members several.csv --data s
is $((before + 1)) "$(lsn_of s)" 'lsn after the good row'
