#!/usr/bin/env bash
# Reorganisation: Đề Gi = Cát Tài + Cát Minh + Cát Khánh by name, and on the generated province all districts
# end, three grassroots organisations become one directly under the province. Totals before and after agree,
# series as they were are the same byte for byte.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

readonly decision=(--no '1-QĐ/TU' --signed 2025-06-20 --signer 'Nguyễn Văn A' --effective 2025-07-01)

# --- by name -------------------------------------------------------------------------------------

cat >tree.csv <<'CSV'
code,parent,kind,name,reports,opened,closed
BD,,province,Đảng bộ tỉnh Bình Định,no,2020-01-01,
PC,BD,direct,Đảng bộ huyện Phù Cát,no,2020-01-01,
CT,PC,base_committee,Đảng bộ xã Cát Tài,yes,2020-01-01,
CM,PC,base_committee,Đảng bộ xã Cát Minh,yes,2020-01-01,
CK,PC,base_committee,Đảng bộ thị trấn Cát Khánh,yes,2020-01-01,
CSV
k init --illustrative --tree tree.csv --data g
k clock 2025-08-15 --data g
cat >figures.csv <<'CSV'
unit,form,from,to,measure,value,approx,source
CT,monthly,2024-07-01,2024-07-31,admitted,3,,report
CM,monthly,2024-07-01,2024-07-31,admitted,4,,report
CK,monthly,2024-07-01,2024-07-31,admitted,5,,report
CT,monthly,2025-06-01,2025-06-30,admitted,7,,report
CT,monthly,2025-06-01,2025-06-30,members_end,400,,report
CM,monthly,2025-06-01,2025-06-30,admitted,8,,report
CM,monthly,2025-06-01,2025-06-30,members_end,412,,report
CK,monthly,2025-06-01,2025-06-30,admitted,9,,report
CK,monthly,2025-06-01,2025-06-30,members_end,400,,report
CSV
k import figures figures.csv --data g
k totals BD --from 2025-06-01 --to 2025-06-30 --data g --json
jq 'del(.known_at)' out >before.json
k totals PC --from 2025-06-01 --to 2025-06-30 --data g --json
jq 'del(.known_at)' out >district.json
lsn=$(lsn_of g)
cat >act.csv <<'CSV'
change,unit,parent,kind,name,into
create,DG,BD,commune,Đảng bộ xã Đề Gi,
merge,CT,,,,DG
merge,CM,,,,DG
merge,CK,,,,DG
dissolve,PC,,,,
CSV
is '5 1 4 true 0' "$(json '"\(.changes) \(.entries) \(.units) \(.dry_run) \(.lsn)"' act act.csv "${decision[@]}" \
	--data g --dry-run)" 'a dry run'
is "$lsn" "$(lsn_of g)" 'which writes nothing'
# what it touches: targets, open sheets, devices, people
cat >targets.csv <<'CSV'
unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
CT,2025,admitted,,decision,9-QĐ,2025-01-02,exact,20,,,,
CT,2025,admitted,,resolution,8-NQ,2025-01-02,exact,22,,,,
CSV
k import targets targets.csv --data g
k officer CM 'Lê Thị Hoa' --from 2025-01-01 --data g
k enroll CK --role approver --person 'Phạm Văn Dũng' --data g
readonly dry=(act act.csv "${decision[@]}" --data g --dry-run)
is 'CK CM CT PC' "$(json '[.touched[].unit] | sort | join(" ")' "${dry[@]}")" 'the units'
is '2 0 0 2 0' "$(jq -r '"\(.targets) \(.devices) \(.cases) \(.people) \(.waiting - 6)"' out)" 'counts'
is 'merge 2' "$(jq -r '.touched[] | select(.unit == "CT") | "\(.changes[0]) \(.targets)"' out)" 'targets of one'
is 'Lê Thị Hoa' "$(jq -r '.touched[] | select(.unit == "CM") | .officer' out)" 'its officer'
is 'approver Phạm Văn Dũng' "$(jq -r '.touched[] | select(.unit == "CK") | .people[0] | "\(.role) \(.name)"' out)" 'its people'
is true "$(jq '.unsent > 20 and ([.touched[].unsent] | add) == .unsent' out)" 'months that nobody sent'
k "${dry[@]}"
has 'Đảng bộ xã Cát Minh' out
has 'followed by Lê Thị Hoa' out
exits 2 "$ketnapd" act act.csv --no 1 --data g
sed '/CK/d' act.csv >left.csv
exits 1 "$ketnapd" act left.csv "${decision[@]}" --data g
has 'CK: would stand under a unit that has ended' err
sed 's/,DG$/,PC/' act.csv >ends.csv
exits 1 "$ketnapd" act ends.csv "${decision[@]}" --data g
has 'goes over into a unit that is not there on that day' err

# --- what is refused, with the unit and the rule ----------------------------------------------------------

# bad_act RULE <CSV: refused, dry or not; nothing is written
bad_act()
{
	local before how

	cat >bad.csv
	before=$(lsn_of g)
	for how in --dry-run ''; do
		exits 1 "$ketnapd" act bad.csv "${decision[@]}" --data g ${how:+"$how"}
		has "$1" err
	done
	is "$before" "$(lsn_of g)" "the log after: $1"
}
bad_act 'PC: would stand under itself' <<<$'change,unit,parent\nmove,PC,CT'
bad_act 'PC: would stand under itself' <<<$'change,unit,parent\nmove,PC,PC'
bad_act 'CM: a path with two reporters' <<<$'change,unit,parent\nmove,CM,CT'
bad_act 'N1: a path without a reporter' <<<$'change,unit,parent,kind,name\ncreate,N1,BD,commune,Xã Mới'
bad_act 'the shares of unit' <<<$'change,unit,parent,kind,name,into,parts,ends\ncreate,N1,BD,commune,Xã Mới,,,\nsplit,CT,,,,N1 CM,400000 500000,yes'
bad_act 'the shares of unit' <<<$'change,unit,parent,kind,name,into,parts,ends\ncreate,N1,BD,commune,Xã Mới,,,\nsplit,CT,,,,N1 CM,600000 500000,'
bad_act 'line 2, column into: there is no unit ZZ' <<<$'change,unit,parent,kind,name,into\nmerge,CT,,,,ZZ'
bad_act 'line 2, column change: there is no change vanish' <<<$'change,unit\nvanish,CT'
bad_act 'BD: is the root' <<<$'change,unit\ndissolve,BD'
bad_act 'CT: has not ended' <<<$'change,unit\nreopen,CT'
k log --unit CT --data g --json
given=$(jq '[.[] | select(.kind == "target")][0].lsn' out)
bad_act 'CT: the parts do not add up to its target' <<<$'change,unit,into,parts,target\ntarget,CT,CM CK,7 8,'"$given"
bad_act 'it amends a target that does not exist' <<<$'change,unit,into,parts,target\ntarget,CM,CT CK,7 8,'"$given"
k act act.csv "${decision[@]}" --data g
bad_act 'DG: goes over into a unit that is not there on that day' <<<$'change,unit,into\nmerge,DG,CT'
bad_act 'CT: is not there on that day' <<<$'change,unit,name\nrename,CT,Tên khác'
before=$(lsn_of g)
printf 'change,unit,name\nrename,DG,Tên khác\n' >bad.csv
exits 1 "$ketnapd" act bad.csv --no 2 --signed 2025-06-01 --signer A --effective 2025-06-15 --data g
has 'DG: an act of a later day, or its opening, stands already' err
is "$before" "$(lsn_of g)" 'an act of before'
# the tree as it was and as it is; the word for a level goes by the day
is 'BD PC CT CM CK' "$(json '[.units[].unit] | join(" ")' tree --on 2025-06-30 --data g)" 'as it was'
is 'BD DG' "$(json '[.units[].unit] | join(" ")' tree --on 2025-07-01 --data g)" 'as it is'
is 'DG 2025-07-01 merged' "$(json '.units[] | select(.unit == "CT") | .into[0] | "\(.unit) \(.from) \(.how)"' \
	tree --on 2025-06-30 --data g)" 'what it went into'
is 'BD PC CT CM CK' "$(json '[.units[].unit] | join(" ")' tree --on 2025-07-01 --known-at "$lsn" --data g)" 'as known before'
k tree --lang vi --on 2025-06-30 --data g
has 'huyện' out
k tree --lang vi --on 2025-07-01 --data g
lacks 'huyện' out
has 'đảng ủy xã' out
k totals BD --from 2025-06-01 --to 2025-06-30 --data g --json
is '' "$(jq 'del(.known_at)' out | diff before.json - || true)" 'the province before and after'
k totals PC --from 2025-06-01 --to 2025-06-30 --data g --json
is '' "$(jq 'del(.known_at)' out | diff district.json - || true)" 'the district as it was'
printf 'unit,form,from,to,measure,value,approx,source\nDG,monthly,2025-07-01,2025-07-31,admitted,20,,report\nDG,monthly,2025-07-01,2025-07-31,members_end,1232,,report\n' >july.csv
k import figures july.csv --data g
is '20 12 true' "$(json '"\(.measures.admitted) \(.prev_year.admitted.value) \(.prev_year.admitted.computed)"' totals DG --from 2025-07-01 \
	--to 2025-07-31 --data g)" 'Đề Gi, and its predecessors the year before'
is true "$(json '.measures.admitted == null' totals DG --from 2025-06-01 --to 2025-06-30 --data g)" 'not there in June'
is 24 "$(json '.measures.admitted' totals DG --from 2025-06-01 --to 2025-06-30 --tree as-is --data g)" 'restated'
# what is learned of its past is that of its predecessors, and said to be so; BD was not made of others
dg()
{
	json ".rows[] | select(.unit == \"DG\") | $1" progress BD --period 2025 --to 2025-07-31 --data g
}
is 'true true false' "$(dg '"\(.forecast.past_computed) \(.forecast.by_history != null)"') $(json '.past_computed | tostring' progress BD \
	--period 2025 --to 2025-07-31 --data g)" 'progress of Đề Gi'
k progress BD --period 2025 --to 2025-07-31 --data g
has 'DG: past years are computed, the sums of the units that it was made of' out
is "$(json '.prev_year.admitted.value' totals DG --from 2025-01-01 --to 2025-07-31 --data g) last year computed" \
	"$(json '.tables[] | select(.code == "units") | .rows[] | select(.code == "DG") | .cells | "\(.last_year) \(.last_year_how)"' \
	synthesis BD --year 2025 --open-months --data g)" 'synthesis of Đề Gi'
k print totals DG --from 2025-07-01 --to 2025-07-31 --out dg.html --data g
has 'computed' dg.html
is true "$(json .ok verify --data g)" 'verify'

# --- the bridge from the one tree to the other ------------------------------------------------------------

is 'null 24 CT:7 CM:8 CK:9' "$(json '"\(.was.admitted) \(.is.admitted) \([.lines[] | "\(.unit):\(.figures.admitted)"] | join(" "))"' \
	bridge DG --from 2025-06-01 --to 2025-06-30 --on 2025-07-01 --data g)" 'Đề Gi in June'
is 'in 1-QĐ/TU 2025-07-01' "$(jq -r '.lines[0] | "\(.moved) \(.act) \(.effective)"' out)" 'by which act'
is '24 null CT:-7 CM:-8 CK:-9' "$(json '"\(.was.admitted) \(.is.admitted) \([.lines[] | "\(.unit):\(.figures.admitted)"] | join(" "))"' \
	bridge PC --from 2025-06-01 --to 2025-06-30 --on 2025-07-01 --data g)" 'the district'
is 0 "$(json '.lines | length' bridge BD --from 2025-06-01 --to 2025-06-30 --data g)" 'the province'
# A share by the last results: what the predecessors reached is the successor's.
is 'DG 44 100' "$(json '.rows[] | "\(.unit) \(.base) \(.share)"' allocate BD --period 2026 --total 100 --base last --data g)" \
	'last results of a merged unit'
k bridge DG --from 2025-06-01 --to 2025-06-30 --on 2025-07-01 --data g
has '1-QĐ/TU, 2025-07-01' out
k bridge DG --from 2025-06-01 --to 2025-06-30 --on 2025-07-01 --csv --data g
is 'in,CT,Đảng bộ xã Cát Tài,1-QĐ/TU,2025-07-01,7' "$(grep '^in,CT' out)" 'a line of CSV'
is 'line,unit,name,act,effective,admitted was,,,,, is,,,,,24' "$(grep -oE 'line,.*|^(was|is),.*' out | paste -sd' ')" 'its ends'
exits 2 "$ketnapd" bridge DG --from 2025-06-01 --to 2025-06-30 --basis closed --data g
exits 1 "$ketnapd" bridge DG --from 2025-06-01 --to 2025-06-30 --measure nothing --data g

# month by month: each is what is said of that month alone
readonly year=(--from 2025-05-01 --to 2025-07-31 --each month)
is '2025-05-31 2025-06-30 2025-07-31' "$(json '[.series[].to] | join(" ")' bridge DG "${year[@]}" --on 2025-07-01 --data g)" 'months'
jq -S '.series[1] | {was, lines, is}' out >june.json
k bridge DG --from 2025-06-01 --to 2025-06-30 --on 2025-07-01 --json --data g
is '' "$(jq -S '{was, lines, is}' out | diff june.json -)" 'June in a series and alone'
is 3 "$(jq '.lines | length' out)" 'with its lines'
k bridge DG "${year[@]}" --on 2025-07-01 --data g
has '05/2025' out
has '1-QĐ/TU, 2025-07-01' out
k bridge DG "${year[@]}" --on 2025-07-01 --csv --data g
is '2025-06-01,2025-06-30,in,CT,Đảng bộ xã Cát Tài,1-QĐ/TU,2025-07-01,7' "$(grep ',in,CT' out)" 'a line of CSV, of a month'
for tree in as-was as-is; do
	k totals DG "${year[@]}" --tree $tree --json --data g
	cp out series.json
	for i in 0 1 2; do
		k totals DG --from "$(jq -r ".series.from[$i]" series.json)" --to "$(jq -r ".series.to[$i]" series.json)" \
			--tree $tree --json --data g
		is "$(jq -Sc "[.measures, .reporting.expected, .reporting.reported, .sheets.missing, .members, .covered]" out)" \
			"$(jq -Sc --argjson i $i '.series | [(.measures | map_values(if . then .[$i] else null end)),
			.reporting.expected[$i], .reporting.reported[$i], .sheets.missing[$i], .members[$i], .covered[$i]]' series.json)" \
			"$tree, month $i"
	done
done
is 'null 24 20' "$(jq -r '.series.measures.admitted | map(tostring) | join(" ")' series.json)" 'restated, month by month'
k totals DG "${year[@]}" --tree as-is --csv --data g
is '2025-07-01,2025-07-31,1,1' "$(grep -o '^2025-07-01,2025-07-31,[0-9]*,[0-9]*' out)" 'a row of CSV'
k totals DG "${year[@]}" --data g
has '06/2025' out
exits 2 "$ketnapd" totals DG --from 2025-05-01 --to 2025-07-31 --each week --data g
exits 2 "$ketnapd" totals DG --from 2025-05-01 --to 2025-07-31 --csv --data g

# --- members: whole organisations on lines of their own -----------------------------------------------------

readonly july=(--from 2025-07-01 --to 2025-07-31 --data g)
is '0 20 1212 0 1232 0' "$(json '"\(.opening) \(.flows.admitted) \(.taken_over) \(.handed_over) \(.closing) \(.difference)"' \
	balance DG "${july[@]}")" 'Đề Gi takes over 1,212'
is 'CT:400 CM:412 CK:400' "$(jq -r '[.handed[] | "\(.unit):\(.members)"] | join(" ")' out)" 'of whom'
is '1212 0 1212 null' "$(json '"\(.opening) \(.taken_over) \(.handed_over) \(.closing)"' balance PC "${july[@]}")" 'the district'
is '1212 20 0 0 1232 0' "$(json '"\(.opening) \(.flows.admitted) \(.taken_over) \(.handed_over) \(.closing) \(.difference)"' \
	balance BD "${july[@]}")" 'the province'
k balance DG "${july[@]}"
has 'whole organisation taken over: Đảng bộ xã Cát Minh (1-QĐ/TU, 2025-07-01)' out
# the act itself has given them: nobody ran a command
is 'DG 1212 true 0' "$(json '"\(.units[0].unit) \(.units[0].members) \(.units[0].stands) \(.written)"' \
	openings --effective 2025-07-01 --dry-run --data g)" 'entered already'
is 'computed from those that were taken over' "$(json '[.[] | select(.kind == "members")][-1].reason' log --unit DG --data g)" 'as computed'
# a person's number stands until a person takes it back
printf 'unit,date,members\nDG,2025-06-30,1200\n' >members.csv
k import members members.csv --data g
is '1200 members 2025-06-30' "$(json '"\(.members) \(.members_from)"' totals DG --from 2025-08-01 --to 2025-08-15 --data g)" 'a person said so'
is 'DG 1212 1' "$(json '"\(.units[0].unit) \(.units[0].members) \(.written)"' openings --effective 2025-07-01 --dry-run --data g)" 'dry'
k openings --effective 2025-07-01 --data g
is 'true 0' "$(json '"\(.units[0].stands) \(.written)"' openings --effective 2025-07-01 --data g)" 'once is enough'
is '1212 members 2025-06-30' "$(json '"\(.members) \(.members_from)"' totals DG --from 2025-08-01 --to 2025-08-15 --data g)" 'a base of rates'
exits 2 "$ketnapd" openings --data g

# --- after 30/6/2025 no text says "huyện" ---------------------------------------------------------------------

cat >targets.csv <<'CSV'
unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
BD,2025-07-01..2025-12-31,admitted,,plan,5-KH,2025-07-02,exact,300,,,,
DG,2025-07-01..2025-12-31,admitted,,plan,5-KH,2025-07-02,exact,60,,,,
CSV
k import targets targets.csv --data g
k close monthly 2025-07 --scope BD --data g
while read -r words; do
	# shellcheck disable=SC2086
	k --lang vi $words --data g
	[ -s out ] || fail "nothing printed by $words"
	checks=$((checks + 1))
	! grep -inE 'huyện|district' out || fail "$words says it"
done <<'WORDS'
totals BD --period 2025-07
totals DG --period 2025-07
totals BD --period 2025-07 --tree as-is
totals BD --period 2025-07 --basis closed
table BD --period 2025-07
table BD --period 2025-07 --level grassroots
tree
months BD --period 2025-07
progress BD --period 2025-07-01..2025-12-31 --to 2025-07-31
rank BD --period 2025-07-01..2025-12-31 --to 2025-07-31
commend BD --period 2025-07-01..2025-12-31 --to 2025-07-31
laggards BD --period 2025-07-01..2025-12-31 --to 2025-07-31
letter BD --period 2025-07-01..2025-12-31 --to 2025-07-31 --of plan
allocate BD --period 2026 --total 100 --base last --explain
revisions BD --period 2025-07
sources BD --period 2025-H2
bridge BD --from 2025-07-01 --to 2025-07-31
balance BD --from 2025-07-01 --to 2025-07-31
late
claims
WORDS

# --- a month later a half of Đề Gi becomes a commune of its own ------------------------------------------------

# the past of both is their part of what was merged before
printf 'change,unit,parent,kind,name,into,parts\ncreate,ST,BD,commune,Đảng bộ xã Sơn Thành,,\nsplit,DG,,,,ST,500000\n' >split.csv
k act split.csv --no 3-QĐ/TU --signed 2025-07-30 --signer A --effective 2025-08-01 --data g
printf 'unit,form,from,to,measure,value,approx,source\nDG,monthly,2025-08-01,2025-08-31,admitted,2,,report\nST,monthly,2025-08-01,2025-08-31,admitted,3,,report\n' >august.csv
k import figures august.csv --data g
is 'DG true true ST true true' "$(json '[.rows[] | "\(.unit) \(.forecast.past_computed) \(.forecast.by_history != null)"] | sort | join(" ")' \
	progress BD --period 2025 --to 2025-08-31 --data g)" 'progress after a split'
k progress BD --period 2025 --to 2025-08-31 --data g
has 'ST: past years are computed, its part of what was split' out
is true "$(json .ok verify --data g)" 'verify'

# --- Bát Xát: 241 of 250, because Cốc San was detached ------------------------------------------------------

cat >tree.csv <<'CSV'
code,parent,kind,name,reports,opened,closed
LC,,province,Đảng bộ tỉnh Lào Cai,no,2015-01-01,
BX,LC,direct,Đảng bộ huyện Bát Xát,no,2015-01-01,
TP,LC,direct,Đảng bộ thành phố Lào Cai,no,2015-01-01,
BX.1,BX,base_committee,Đảng bộ xã Quang Kim,yes,2015-01-01,
CS,BX,base_committee,Đảng bộ xã Cốc San,yes,2015-01-01,
TP.1,TP,base_committee,Đảng bộ phường Kim Tân,yes,2015-01-01,
CSV
cat >targets.csv <<'CSV'
unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
LC,2020,admitted,,decision,1-QĐ,2020-01-15,exact,900,,,,
BX,2020,admitted,,decision,1-QĐ,2020-01-15,exact,250,,,,
CSV
cat >figures.csv <<'CSV'
unit,form,from,to,measure,value,approx,source
BX.1,monthly,2020-01-01,2020-01-31,admitted,200,,report
BX.1,monthly,2020-11-01,2020-11-30,admitted,39,,report
CS,monthly,2020-02-01,2020-02-29,admitted,2,,report
CS,monthly,2020-08-01,2020-08-31,admitted,9,,report
CSV
k init --tree tree.csv --data b
k import targets targets.csv --data b
k import figures figures.csv --data b
printf 'change,unit,parent\nmove,CS,TP\n' >act.csv
k act act.csv --no 896/NQ --signed 2020-02-11 --signer A --effective 2020-03-01 --data b
readonly of_bx=(BX --from 2020-01-01 --to 2020-12-31 --data b)
is '241 96.40 -9' "$(json '.targets[0] | "\(.attained) \(.attained_percent) \(.excess)"' totals "${of_bx[@]}")" 'as assigned'
is '2020-01-15 250 100.00 0' "$(jq -r '.targets[0].comparable | "\(.day) \(.attained) \(.attained_percent) \(.excess)"' out)" \
	'on comparable territory'
k totals "${of_bx[@]}"
has 'on the territory of 2020-01-15: 250, attained 100.00%' out
is '250' "$(json '.rows[] | select(.unit == "BX") | .targets[0].comparable.attained' table LC --period 2020 --data b)" 'in the table'
k table LC --period 2020 --data b
has 'BX on the territory of 2020-01-15: 250, attained 100.00%' out
for command in progress rank; do
	is 250 "$(json '.rows[] | select(.unit == "BX") | .comparable.attained' $command LC --period 2020 --to 2020-12-31 --data b)" "$command"
	k $command LC --period 2020 --to 2020-12-31 --data b
	has 'BX on the territory of 2020-01-15: 250, attained 100.00%' out
done

# --- the generated province ----------------------------------------------------------------------

"$make_province" csv >/dev/null
make_store s csv
readonly range=(--from 2022-01-01 --to 2022-08-31)
k clock 2022-10-01 --data s
k totals QNA "${range[@]}" --data s --json
jq -S '{measures, reporting, sheets, covered}' out >before.json
k table QNA "${range[@]}" --data s --csv
cp out table.csv
# three by three within each district, in the order of the file; what is left over joins the last one
awk -F, 'BEGIN { print "change,unit,parent,kind,name,into" }
	$2 == "QNA" { direct[$1] = 1; ends[++d] = $1 } # names may have commas, and come later
	direct[$2] {
		if (n[$2]++ % 3 == 0)
			printf "create,X%d,QNA,commune,Xã %d,\n", ++x, x
		printf "merge,%s,,,,X%d\n", $1, x
	}
	END { for (i = 1; i <= d; i++) print "dissolve," ends[i] ",,,," }' csv/tree.csv >act.csv
k act act.csv --no 202/2025 --signed 2022-08-20 --signer A --effective 2022-10-01 --data s --json
is 1153 "$(grep -c '^merge' act.csv)" 'mergers'
k totals QNA "${range[@]}" --data s --json
is '' "$(jq -S '{measures, reporting, sheets, covered}' out | diff before.json - || true)" 'totals before and after'
k table QNA "${range[@]}" --data s --csv
is '' "$(diff table.csv out || true)" 'the table as it was, byte for byte'
is "$(jq .measures.admitted before.json)" "$(json .measures.admitted totals QNA "${range[@]}" --tree as-is --data s)" \
	'as it is, the province is the same'
is 0 "$(json '.units.direct // 0' totals QNA --from 2022-10-01 --to 2022-10-31 --data s)" 'no districts in October'
is true "$(json .ok verify --data s)" 'verify'

# --- to and from another province ---------------------------------------------------------------------

# An organisation that goes, and one that comes with a count of its own, have each a line in the balance: neither
# admitted nor moved.
cat >tree.csv <<'CSV'
code,parent,kind,name,reports,opened,closed
P,,province,Đảng bộ tỉnh P,no,2021-12-31,
D,P,direct,Đảng bộ D,no,2021-12-31,
A,D,base_committee,Đảng bộ A,yes,2021-12-31,
B,D,base_committee,Đảng bộ B,yes,2021-12-31,
CSV
k init --illustrative --tree tree.csv --data o
k clock 2022-03-05 --data o
printf 'unit,date,members\nA,2021-12-31,60\nB,2021-12-31,40\n' >members.csv
k import members members.csv --data o
month_of() # UNIT MONTH END
{
	local days

	days="$2-01,$(date -d "$2-01 +1 month -1 day" +%F)"
	printf '%s,monthly,%s,%s\n' "$1" "$days" admitted,1 "$1" "$days" "members_end,$3"
}
{
	echo unit,form,from,to,measure,value
	month_of A 2022-01 61
	month_of B 2022-01 41
} >figures.csv
k import figures figures.csv --data o
cat >act.csv <<'CSV'
change,unit,parent,name,kind,reports
leave,B,,,,
create,C,D,Đảng bộ C,base_committee,yes
CSV
k act act.csv --no 5-QĐ --signed 2022-01-25 --signer A --effective 2022-02-01 --data o
printf 'unit,date,members\nC,2022-01-31,25\n' >members.csv
k import members members.csv --data o
{
	echo unit,form,from,to,measure,value
	month_of A 2022-02 62
	month_of C 2022-02 26
} >figures.csv
k import figures figures.csv --data o
readonly february=(--from 2022-02-01 --to 2022-02-28 --data o)
is '102 25 41 88 0' "$(json '"\(.opening) \(.taken_over) \(.handed_over) \(.closing) \(.difference)"' balance P "${february[@]}")" \
	'the province, with who went and who came'
is '[["B",-41,"5-QĐ"],["C",25,"5-QĐ"]]' "$(json '.handed | map([.unit, .members, .act]) | tojson' balance D "${february[@]}")" \
	'each by name'
k balance P "${february[@]}"
has 'Reported by 2 of 2 units' out
has 'whole organisation handed over: Đảng bộ B (5-QĐ, 2022-02-01)  -41' out
lacks 'not explained' out
# who has not reported makes no loss: nothing is said of the end, nor of what the days do not explain
{
	echo unit,form,from,to,measure,value
	month_of A 2022-03 63
} >figures.csv
k import figures figures.csv --data o
readonly march=(--from 2022-03-01 --to 2022-03-31 --data o) april=(--from 2022-04-01 --to 2022-04-30 --data o)
is '1 2 88 1 null null' "$(json '"\(.reported) \(.expected) \(.opening) \(.flows.admitted) \(.closing) \(.difference)"' \
	balance P "${march[@]}")" 'one of two has reported March'
k balance P "${march[@]}"
has 'Reported by 1 of 2 units' out
lacks 'not explained' out
is '0 2 null null null' "$(json '"\(.reported) \(.expected) \(.opening) \(.closing) \(.difference)"' balance P "${april[@]}")" \
	'and what April begins with is not what one of them says'
printf 'unit,date,members\nP,2022-03-31,90\n' >members.csv
k import members members.csv --data o
is 90 "$(json .opening balance P "${april[@]}")" 'a number of that very day'
is null "$(json '"\(.opening)"' balance P --from 2022-05-01 --to 2022-05-31 --data o)" 'and of no later one'
printf 'unit,form,from,to,measure,value\nB,monthly,2022-02-01,2022-02-28,admitted,1\n' >figures.csv
bad figures o 2 to 'the unit did not exist on that day' <figures.csv
is 1 "$(json .measures.admitted totals B --from 2022-01-01 --to 2022-12-31 --data o)" 'what it reported stays'

# --- moved in the middle of a month ---------------------------------------------------------------------

# It reports that month once, where it stands on the last day: it came with the members of the month before.
cat >tree.csv <<'CSV'
code,parent,kind,name,reports,opened,closed
P,,province,Đảng bộ tỉnh P,no,2021-12-31,
D,P,direct,Đảng bộ D,no,2021-12-31,
E,P,direct,Đảng bộ E,no,2021-12-31,
A,D,base_committee,Đảng bộ A,yes,2021-12-31,
B,E,base_committee,Đảng bộ B,yes,2021-12-31,
CSV
k init --illustrative --tree tree.csv --data m
k clock 2022-03-05 --data m
{
	echo unit,form,from,to,measure,value
	month_of A 2022-01 61
	month_of B 2022-01 41
	month_of A 2022-02 62
	month_of B 2022-02 42
} >figures.csv
k import figures figures.csv --data m
for day in 01 16; do
	printf 'change,unit,parent\nmove,A,%s\n' "$([ $day = 16 ] && echo E || echo P)" >act.csv
	k act act.csv --no "$day-QĐ" --signed 2022-01-25 --signer A --effective "2022-02-$day" --data m
done
readonly moved=(--from 2022-02-01 --to 2022-02-28 --data m)
is '41 2 61 0 104 0' "$(json '"\(.opening) \(.flows.admitted) \(.taken_over) \(.handed_over) \(.closing) \(.difference)"' balance E "${moved[@]}")" \
	'whom it came to'
is '16-QĐ 2022-02-16' "$(jq -r '.handed[0] | "\(.act) \(.effective)"' out)" 'by which act'
is '61 null 0 61 null' "$(json '"\(.opening) \(.flows.admitted) \(.taken_over) \(.handed_over) \(.closing)"' balance D "${moved[@]}")" \
	'whom it left'
is '102 0 0 104 0' "$(json '"\(.opening) \(.taken_over) \(.handed_over) \(.closing) \(.difference)"' balance P "${moved[@]}")" 'both of them'
is true "$(json .ok verify --data m)" 'verify'
