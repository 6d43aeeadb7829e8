#!/usr/bin/env bash
# A unit that an operator's device had made in the log that was lost, and another one under its number behind the restore: whose
# number it was is known in a later contact too, where what was said of the unit had waited for a closing.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# made INTO UNIT COMMAND ...: an act makes the unit INTO, and UNIT goes over into it
made()
{
	printf 'change,unit,parent,kind,name,into\ncreate,%s,D,base_committee,Đảng bộ %s,\nmerge,%s,,,,%s\n' "$1" "$1" "$2" "$1" >act.csv
	"${@:3}" act.csv --no 9-QĐ --signed 2022-08-20 --signer 'Nguyễn Văn Một' --effective 2022-09-01
}

small_province s
k clock 2022-10-20 --data s
enrol d D
enrol o P operator
c o sync
k backup old.mdb --data s
made N D.A c o reorganise
c o sync
k close monthly 2022-09 --scope P --data s
c d sync
c d enter monthly 2022-09 --unit N members_begin=12 admitted=7 src_rural=7 members_end=19 --old
c d submit monthly 2022-09 --unit N --signer 'Lê Thị Ký' --blanks-nil --old --from 'điện thoại' --reason 'mất đường truyền' --paper 2022-10-19
c d sync
is 7 "$(json '.measures.admitted | tostring' totals N --period 2022-09 --data s)" 'what was confirmed'

restore_from old.mdb
made M D.B k act --data s
exits 75 "$ketnap" sync --data d # it stands behind the closing, and that waits for the operator's device
has 'still takes back what it lost' err
k restore --end --data s
c d sync
is '0 1 0' "$(cj d '"\(.queued) \(.refused) \(.late)"' status)" 'it is refused'
c d status
has 'the number of another unit' out
is '[]' "$(json '[.[] | select(.unit == "M" and .verdict != "refused")] | tojson' log --data s)" 'nobody has said that of M'
is true "$(json .ok verify --data s)" 'verify'
