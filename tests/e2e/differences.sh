#!/usr/bin/env bash
# A figure that the district entered on behalf gives way to the unit's own, and what differed is listed to both, and
# at the server: the same list, whoever came first.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

readonly telephone=(--on-behalf --from 'telephone, Ms B' --reason 'no line there' --submit --blanks-nil)

# on_behalf UNIT ADMITTED: typed and signed at the district's device, not sent yet
on_behalf()
{
	printf '%s\n' unit,form,from,to,measure,value "$1,monthly,2022-08-01,2022-08-31,admitted,$2" \
		"$1,monthly,2022-08-01,2022-08-31,src_rural,$2" "$1,monthly,2022-08-01,2022-08-31,members_end,20" >behalf.csv
	c d enter --file behalf.csv "${telephone[@]}"
}

# of_list DIR: what matters of the list, a line for each
of_list()
{
	cj "$1" '.[] | "\(.unit) \(.period) \(.measure) \(.behalf.value) \(.own.value)"' differences
}

small_province s
enrol a D.A
enrol b D.B
enrol d D
c a sync
c d sync
c d differences
has 'no figure on behalf gave way' out
# an empty list has no element for the mark of an illustrative store: it stands beside it
for program in "$ketnap d" "$ketnapd s"; do
	exits 0 "${program% *}" differences --data "${program##* }" --json
	is '[]' "$(cat out)" 'an empty list stays a list'
	has 'Số liệu minh họa: chỉ số toàn tỉnh là số đã công bố' err
done

# --- the district first ---------------------------------------------------------------------------------
on_behalf D.A 5
c d sync
is '' "$(of_list d)" 'it stands: nothing gave way'
c a enter monthly 2022-08 admitted=4 src_rural=4 members_end=20
c a submit monthly 2022-08 --blanks-nil
c a sync
is '' "$(of_list d)" 'the district has not heard of it'
c d sync
readonly first='D.A 2022-08 admitted 5 4
D.A 2022-08 src_rural 5 4'
is "$first" "$(of_list d)" 'to the district'
is "$first" "$(of_list a)" 'to the unit'
is 0 "$(cj d 'length' conflicts)" 'it is no contest'
c d conflicts
has '2 figures entered on behalf gave way to other values' out
c d differences
has 'D.A monthly 2022-08 admitted' out
has 'on behalf 5, by Người d, D, 2022-09-22' out
has 'on the word of: telephone, Ms B' out
has "the unit's own 4, by Người a, D.A" out
has 'this one counts' out
c a differences --lang vi
has 'nhập thay 5, người nhập D, 22/09/2022' out # a name of above is not told below
has 'đơn vị tự gửi 4' out
is 4 "$(json .measures.admitted totals D --period 2022-08 --data s)" "the unit's own counts"

# --- the unit first: at the district nobody knew of it -----------------------------------------------------
c b enter monthly 2022-08 admitted=1 src_rural=1 members_end=20
c b submit monthly 2022-08 --blanks-nil
c b sync
on_behalf D.B 3
c d sync
c b sync
readonly both="$first
D.B 2022-08 admitted 3 1
D.B 2022-08 src_rural 3 1"
is "$both" "$(of_list d)" 'in the other order'
is 1 "$(json .measures.admitted totals D.B --period 2022-08 --data s)" 'and it changes nothing'
is "$(tail -n 2 <<<"$both")" "$(of_list b)" 'each unit its own'
is "$first" "$(cj d '.[] | "\(.unit) \(.period) \(.measure) \(.behalf.value) \(.own.value)"' differences --unit D.A)" 'of one unit'

# --- the same at the server, and byte for byte between those who hold it -------------------------------------
k differences --data s --json
cp out server.json
c d differences --json
is '' "$(diff server.json out)" 'the server and the district'
readonly unnamed='map(.behalf.name = "")'
is "$(json "$unnamed" differences --unit D.B --data s)" "$(cj b "$unnamed" differences)" 'the server and the unit'

# --- what agrees in the end is no difference --------------------------------------------------------------
c b enter monthly 2022-08 admitted=3 src_rural=3
c b submit monthly 2022-08 --reason 'two were forgotten'
c b sync
is '' "$(of_list b)" 'corrected to what the district had heard'
is true "$(json .ok verify --data s)" 'verify'
