#!/usr/bin/env bash
# What is made for outside: small breakdowns of persons are in none of its forms, nor can they be computed; what stands
# above them is.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province s
enrol a D.A
enrol b D.B
enrol d D
for dir in a b d; do c $dir sync; done
# 17 admitted: 3 from schools, 14 from the country; 2 women of whom nobody is to know
c a enter monthly 2022-08 admitted=17 src_rural=7 src_private=7 src_student=3 admitted_women=2 members_end=60
c a submit monthly 2022-08 --blanks-nil
c b enter monthly 2022-08 admitted=9 src_rural=9 admitted_women=8 members_end=30
c b submit monthly 2022-08 --blanks-nil
for dir in a b d; do c $dir sync; done
month=(--from 2022-08-01 --to 2022-08-31)

k totals D.A "${month[@]}" --json --data s
is '17 3 7 7 2 null' "$(jq -r '.measures | "\(.admitted) \(.src_student) \(.src_rural) \(.src_private) \(.admitted_women)"' out) $(jq .public out)" 'exact for those entitled'
k totals D.A "${month[@]}" --public --json --data s
is '17 null null 60 true' "$(jq -r '"\(.measures.admitted) \(.measures.src_student) \(.measures.admitted_women) \(.measures.members_end) \(.public)"' out)" 'small ones are left out'
is 1 "$(jq '[.measures.src_rural, .measures.src_private] | map(select(. == null)) | length' out)" 'and one beside them'
is 'admitted_women src_private src_student' "$(jq -r '.suppressed | sort | join(" ")' out)" 'it says which'
k totals D.A "${month[@]}" --public --data s
has 'For outside' out
k table D --period 2022-08 --measure admitted_women --public --json --data s
is 'null null 10' "$(jq -r '"\(.rows[0].value) \(.rows[1].value) \(.total.value)"' out)" 'a column, and what it adds up to'
k table D --period 2022-08 --measure admitted_women --public --csv --data s
has '# For outside' out
lacks ',8' out
k table D --period 2022-08 --public --json --data s
is '17 9 26' "$(jq -r '"\(.rows[0].value) \(.rows[1].value) \(.total.value)"' out)" 'who was admitted where is told'
k table D --period 2022-08 --order count --public --json --data s
exits 1 "$ketnapd" table D --period 2022-08 --measure admitted_women --order count --public --data s
has 'official order' err

# on paper and in spreadsheets
for kind in html csv xlsx; do
	k print totals D.A "${month[@]}" --public --out "p.$kind" --data s
done
has 'For outside' p.html
has 'For outside' p.csv
mkdir x && (cd x && unzip -q ../p.xlsx)
grep -rqF 'For outside' x || fail 'the spreadsheet does not say so'
k print totals D.A "${month[@]}" --out exact.csv --data s
row=$(grep -F 'pupils' exact.csv || grep -iF 'student' exact.csv)
[ -n "$row" ] || fail 'no row of pupils in the exact one'
lacks "$row" p.csv
k synthesis P --year 2022 --open-months --public --json --data s
is 'true 26' "$(jq -r '"\(.public) \(.tables[] | select(.code == "units").rows[-1].cells.value)"' out)" 'a synthesis'
is null "$(jq '.tables[] | select(.code == "sources").rows[] | select(.code == "src_student").cells.value' out)" 'its sources'
is null "$(jq '.tables[] | select(.code == "sources").rows[] | select(.code == "src_student").cells.share' out)" 'and its share'
k synthesis P --year 2022 --open-months --public --csv --data s
has '# For outside' out
k synthesis P --year 2022 --open-months --json --data s
is 3 "$(jq '.tables[] | select(.code == "sources").rows[] | select(.code == "src_student").cells.value' out)" 'exact without'

# at a device, from its own part and from the server
is 'null true' "$(cj a '"\(.measures.src_student) \(.public)"' totals D.A "${month[@]}" --public)" 'at the device'
is 'null 26' "$(cj a '"\(.measures.src_student) \(.measures.admitted)"' totals D "${month[@]}" --public)" 'from the server'
is 'null' "$(cj d '.rows[0].value' table D --period 2022-08 --measure admitted_women --public)" 'a table'
c a print totals D.A "${month[@]}" --public --out a.html
has 'For outside' a.html

# what is for those entitled has no such kind
exits 2 "$ketnapd" print sheet D.A --period 2022-08 --public --out sheet.html --data s
exits 2 "$ketnapd" rank D --period 2022 --public --data s
exits 2 "$ketnapd" totals D "${month[@]}" --each month --public --data s
exits 2 "$ketnap" months --public --data a
