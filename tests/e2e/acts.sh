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
CM,monthly,2025-06-01,2025-06-30,admitted,8,,report
CK,monthly,2025-06-01,2025-06-30,admitted,9,,report
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
exits 2 "$ketnapd" act act.csv --no 1 --data g
sed '/CK/d' act.csv >left.csv
exits 1 "$ketnapd" act left.csv "${decision[@]}" --data g
has 'CK: would stand under a unit that has ended' err
sed 's/,DG$/,PC/' act.csv >ends.csv
exits 1 "$ketnapd" act ends.csv "${decision[@]}" --data g
has 'goes over into a unit that is not there on that day' err
k act act.csv "${decision[@]}" --data g
k totals BD --from 2025-06-01 --to 2025-06-30 --data g --json
is '' "$(jq 'del(.known_at)' out | diff before.json - || true)" 'the province before and after'
k totals PC --from 2025-06-01 --to 2025-06-30 --data g --json
is '' "$(jq 'del(.known_at)' out | diff district.json - || true)" 'the district as it was'
printf 'unit,form,from,to,measure,value,approx,source\nDG,monthly,2025-07-01,2025-07-31,admitted,20,,report\n' >july.csv
k import figures july.csv --data g
is '20 12' "$(json '"\(.measures.admitted) \(.prev_year.admitted.value)"' totals DG --from 2025-07-01 \
	--to 2025-07-31 --data g)" 'Đề Gi, and its predecessors the year before'
is true "$(json '.measures.admitted == null' totals DG --from 2025-06-01 --to 2025-06-30 --data g)" 'not there in June'
is 24 "$(json '.measures.admitted' totals DG --from 2025-06-01 --to 2025-06-30 --tree as-is --data g)" 'restated'
is true "$(json .ok verify --data g)" 'verify'

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
