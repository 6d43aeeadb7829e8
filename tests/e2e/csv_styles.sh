#!/usr/bin/env bash
# The same facts written the ways offices write them, each giving the same store contents; and a dry run
# of each kind of file, which changes nothing.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# What is in a store, without the ids drawn for it and without the times.
facts()
{
	k claims --data "$1" --json
	jq -cS . out
	k totals QNA --from 2022-01-01 --to 2022-09-22 --data "$1" --json
	jq -cS 'del(.known_at)' out
	k totals NA --period 2021 --data "$1" --json
	jq -cS 'del(.known_at)' out
	k log --data "$1" --json
	jq -cS '[.[] | {unit, kind, verdict, code}]' out
}

store()
{
	local what

	k init --tree "$2/tree.csv" --data "$1"
	for what in members targets figures claims; do
		k import "$what" "$2/$what.csv" --data "$1"
	done
}
store plain "$documents"
facts plain >plain.facts

# --- as a spreadsheet saves it: BOM, semicolons, CRLF, every field quoted, empty lines at the end ----

mkdir bom
for file in "$documents"/*.csv; do
	{
		printf '\xef\xbb\xbf'
		# Fields with commas or quotes inside keep theirs; the awk below reads one line at a time.
		awk '{ out = ""; n = split_csv($0); for (i = 1; i <= n; i++) out = out (i > 1 ? ";" : "") "\"" f[i] "\""
			printf "%s\r\n", out }
		function split_csv(s,  n, c, q, cur, i) {
			n = 1; q = 0; cur = ""
			for (i = 1; i <= length(s); i++) {
				c = substr(s, i, 1)
				if (c == "\"") q = !q
				else if (c == "," && !q) { f[n++] = cur; cur = "" }
				else cur = cur c
			}
			f[n] = cur
			return n
		}' "$file"
		printf '\r\n;\r\n' | tr -d ';'
	} >"bom/${file##*/}"
done
has '"NA";"yearly";"2020-01-01"' bom/figures.csv
store bom bom
facts bom >bom.facts
is '' "$(diff plain.facts bom.facts)" 'a store from BOM, semicolons, CRLF and quotes'

# --- Vietnamese dates, grouped counts, decimal commas, other column order ------------------------------

mkdir vi
cp "$documents"/*.csv vi/
sed -E 's/([0-9]{4})-([0-9]{2})-([0-9]{2})/\3\/\2\/\1/' "$documents/members.csv" |
	sed -E 's/,([0-9]+)([0-9]{3})$/,\1.\2/' >vi/members.csv
has 'HY,28/08/2023,70.314' vi/members.csv
# value first; blanks around fields; 1 336 in groups with a space.
awk -F, -v OFS=, '{ print $6, $1, $2, $3, $4, $5, $7, $8 }' "$documents/figures.csv" |
	sed -E 's/^([0-9]{1,2})([0-9]{3}),/ \1 \2 ,/' >vi/figures.csv
has ' 71 087 ,QNA' vi/figures.csv
store vi vi
facts vi >vi.facts
is '' "$(diff plain.facts vi.facts)" 'a store from Vietnamese dates and groups'

# --- letters composed in two ways are the same letters -------------------------------------------------

sed 's/Đảng bộ tỉnh Hưng Yên/Đa\xcc\x89ng bo\xcc\xa3\xcc\x82 ti\xcc\x89nh Hu\xcc\x9bng Ye\xcc\x82n/' \
	"$documents/tree.csv" >nfd.csv
lacks 'Hưng Yên' nfd.csv
k init --tree nfd.csv --data nfd
k totals HY --period 2024 --data nfd
has 'Đảng bộ tỉnh Hưng Yên (HY)' out

# --- quotes inside quotes, a comma, blanks around ----------------------------------------------------------

printf 'unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value,issuer\n' >q.csv
printf 'HY,2025,admitted,,plan,"7 ""bis"", sửa",,exact,"2,300",,,,, " Ban Thường vụ " \n' >>q.csv
k import targets q.csv --data plain
is '2300 7 "bis", sửa Ban Thường vụ' "$(json \
	'.targets[] | select(.instrument == "plan") | "\(.value) \(.doc_no) \(.issuer)"' \
	totals HY --period 2025 --data plain)" 'a quoted target'

# --- blank, nil and 0 are three things to read and two to mean ----------------------------------------------

cat >nil.csv <<'CSV'
unit,form,from,to,measure,value,approx
NA,monthly,2024-01-01,2024-01-31,admitted,0,
NA,monthly,2024-01-01,2024-01-31,restored,-,
NA,monthly,2024-01-01,2024-01-31,died,,
CSV
k import figures nil.csv --data plain
is '0 0 null' "$(json '"\(.measures.admitted) \(.measures.restored) \(.measures.died)"' totals NA \
	--period 2024-01 --data plain)" 'nil, nil and blank'

# --- dry runs ------------------------------------------------------------------------------------------------

k init --tree "$documents/tree.csv" --data dry
before=$(lsn_of dry)
sum=$(sha256sum dry/store/data.mdb)
printf 'code,parent,kind,name,reports,opened,closed\nNT.Z,NT,direct,Huyện,no,2020-01-01,\n' >more.csv
for what in "tree more.csv 1" "members $documents/members.csv 3" "targets $documents/targets.csv 18" \
	"figures $documents/figures.csv 12" "claims $documents/claims.csv 26"; do
	read -r kind file rows <<<"$what"
	k import "$kind" "$file" --data dry --dry-run
	has "$rows rows understood" out
	is "$before" "$(lsn_of dry)" "lsn after a dry run of $kind"
	is "true $rows" "$(json '"\(.dry_run) \(.rows)"' import "$kind" "$file" --data dry --dry-run)" 'as JSON'
done
is "$sum" "$(sha256sum dry/store/data.mdb)" 'the file of the store'
exits 1 "$ketnapd" totals NT.Z --period 2024 --data dry
has 'there is no unit NT.Z' err
