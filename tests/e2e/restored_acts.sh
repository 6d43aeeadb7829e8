#!/usr/bin/env bash
# Acts of reorganisation told at an operator's device, and the server put back to before them. The district's device comes first:
# in front of the acts the operator had entered something elsewhere, which it does not read, so they wait for the operator's. So
# does what they had allowed, and the closing behind it.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

# by_telephone WHO UNIT PERIOD
by_telephone()
{
	c "$1" enter monthly "$3" --unit "$2" members_begin=12 admitted=7 src_rural=7 members_end=19 --old
	c "$1" submit monthly "$3" --unit "$2" --signer 'Lê Thị Ký' --blanks-nil --old --from 'điện thoại' --reason 'mất đường truyền' --paper 2022-10-19
	c "$1" sync
}

closed()
{
	json '"\(.measures.admitted) \(.sheets.signed)"' totals D --period 2022-09 --basis closed --data s
}

data=s
cat >tree.csv <<-'CSV'
	code,parent,kind,name,reports,opened,closed,act
	P,,province,Tỉnh P,no,2020-01-01,,
	D,P,direct,Huyện Một,no,2020-01-01,,
	D.A,D,base_committee,Đảng bộ xã An,yes,2020-01-01,,
	E,P,direct,Huyện Hai,no,2020-01-01,,
	E.M,E,base_cell,Chi bộ M,yes,2020-01-01,,
	E.N,E,base_cell,Chi bộ N,yes,2020-01-01,,
CSV
k init --illustrative --tree tree.csv --data s --card s.card
k clock 2022-10-20 --data s
serve s
enrol d D
enrol o P operator
c o sync
c d sync
k backup old.mdb --data s
by_telephone o E.M 2022-07
printf 'change,unit,parent,kind,name,into\nmove,E.N,D,,,\ncreate,N,D,base_committee,Đảng bộ N,\nmerge,D.A,,,,N\n' >act.csv
c o reorganise act.csv --no 9-QĐ --signed 2022-08-20 --signer 'Nguyễn Văn Một' --effective 2022-09-01
c o sync
c d sync
by_telephone d E.N 2022-09
enrol n N
sheet n 2022-09 20 20
c n sync
k close monthly 2022-09 --scope D --data s
c d sync
is '27 2' "$(closed)" 'as it was closed'

restore_from old.mdb
exits 75 "$ketnap" sync --data d
is null "$(json '.measures.admitted | tostring' totals D --period 2022-09 --data s)" 'nothing of it is judged without the act'
c o sync
c d sync
c n sync
for who in d n o; do
	is '0 0 0' "$(cj "$who" '"\(.queued) \(.late) \(.refused)"' status)" "all is back that $who had said"
done
is '27 2' "$(closed)" 'as it was closed, behind the restore'
k restore --end --data s
is true "$(json .ok verify --data s)" 'verify'
