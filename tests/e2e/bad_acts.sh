#!/usr/bin/env bash
# Acts and targets that cannot be: each is refused with the unit and the rule named, in Vietnamese and in English, at
# the server and at the devices that can tell; nothing is written or queued. What only the server can tell is read at
# the device with unit and rule, too. And acts that stand already: said again to the letter they are told by their entry,
# and nothing is written or queued either.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province s
k clock 2022-10-20 --data s
for who in o:P:operator d:D:approver a:D.A:approver; do
	IFS=: read -r dir unit role <<<"$who"
	enrol "$dir" "$unit" "$role"
	c "$dir" sync
done
no=1

paper()
{
	document=(--no "$no-QĐ/TU" --signed 2022-06-20 --signer 'Nguyễn Văn A' --effective "$1")
	no=$((no + 1))
}

# told VIETNAMESE ENGLISH COMMAND ...: refused, and that is what it says in either language
told()
{
	local vi=$1 en=$2

	shift 2
	exits 1 "$@" --lang vi
	has "$vi" err
	exits 1 "$@" --lang en
	has "$en" err
}

# bad_act VIETNAMESE ENGLISH <CSV: at the server, tried dry or not, at the operator's device and the district's
bad_act()
{
	local lsn

	cat >bad.csv
	lsn=$(lsn_of s)
	told "$1" "$2" "$ketnapd" act bad.csv "${document[@]}" --data s
	told "$1" "$2" "$ketnapd" act bad.csv "${document[@]}" --dry-run --data s
	is "$lsn" "$(lsn_of s)" "the log after: $2"
	told "$1" "$2" "$ketnap" reorganise bad.csv "${document[@]}" --data o
	is 0 "$(cj o .queued status)" "at the operator's: $2"
	[ "${3:-}" = above ] || told "$1" "$2" "$ketnap" propose bad.csv "${document[@]}" --data d
	is 0 "$(cj d .queued status)" "at the district's: $2"
}

# --- the tree, its reporters, its days --------------------------------------------------------------------

paper 2022-09-16
bad_act 'D: sẽ trực thuộc chính mình' 'D: would stand under itself' <<<$'change,unit,parent\nmove,D,D.A'
bad_act 'D: sẽ trực thuộc chính mình' 'D: would stand under itself' <<<$'change,unit,parent\nmove,D,D'
bad_act 'D.B: một nhánh có hai đơn vị cùng báo cáo' 'D.B: a path with two reporters' <<<$'change,unit,parent\nmove,D.B,D.A'
# Who stands between reports to whom is not held at the district: there it is put to the operator.
bad_act 'N1: nhánh này không có đơn vị nào báo cáo' 'N1: a path without a reporter' above \
	<<<$'change,unit,parent,kind,name\ncreate,N1,P,commune,Xã Mới'
bad_act 'D.A: chuyển vào đơn vị không tồn tại vào ngày đó' 'D.A: goes over into a unit that is not there on that day' \
	<<<$'change,unit,into\nmerge,D.B,D.A\nmerge,D.A,D.B'
bad_act 'D.A: nhập vào chính mình' 'D.A: goes over into itself' <<<$'change,unit,into\nmerge,D.A,D.A'
bad_act 'D.A: sẽ trực thuộc đơn vị đã kết thúc hoạt động' 'D.A: would stand under a unit that has ended' \
	<<<$'change,unit\ndissolve,D'
bad_act 'P: là đơn vị cao nhất' 'P: is the root' <<<$'change,unit\ndissolve,P'
bad_act 'đã có đơn vị D.B' 'there is a unit D.B already' \
	<<<$'change,unit,parent,kind,name\ncreate,D.B,P,commune,Xã Mới'
readonly split=$'change,unit,parent,kind,name,into,parts,ends\ncreate,N1,D,commune,Xã Mới,,,\nsplit,D.A,,,,N1 D.B'
bad_act 'dòng 3, cột parts: các phần chia của đơn vị D.A cộng lại là 900.000 trên 1.000.000' \
	'line 3, column parts: the shares of unit D.A add up to 900,000 of 1,000,000' <<<"$split,400000 500000,yes"
bad_act 'các phần chia của đơn vị D.A cộng lại là 1.100.000 trên 1.000.000' \
	'the shares of unit D.A add up to 1,100,000 of 1,000,000' <<<"$split,600000 500000,"

# a merger that was carried out, and one of a later day
printf 'change,unit,into\nmerge,D.B,D.A\n' >merge.csv
k act merge.csv "${document[@]}" --data s
c o sync
c d sync
bad_act 'D.A: chuyển vào đơn vị không tồn tại vào ngày đó' 'D.A: goes over into a unit that is not there on that day' \
	<<<$'change,unit,into\nmerge,D.A,D.B'
bad_act 'D.B: không tồn tại vào ngày đó' 'D.B: is not there on that day' <<<$'change,unit,name\nrename,D.B,Tên khác'
bad_act 'D.A: chưa kết thúc hoạt động' 'D.A: has not ended' <<<$'change,unit\nreopen,D.A'
paper 2022-10-01
printf 'change,unit,name\nrename,D.A,Đảng bộ xã An Bình\n' >rename.csv
k act rename.csv "${document[@]}" --data s
c o sync
c d sync
paper 2022-09-20
bad_act 'D.A: đã có quyết định của ngày sau đó, hoặc đơn vị được lập sau ngày đó' \
	'D.A: an act of a later day, or its opening, stands already' <<<$'change,unit,name\nrename,D.A,Tên khác'

# --- what the device could not know -----------------------------------------------------------------------

paper 2022-10-10
printf 'change,unit,name\nrename,D.A,Đảng bộ xã An Hòa\n' >rename.csv
k act rename.csv "${document[@]}" --data s
paper 2022-10-05
printf 'change,unit,name\nrename,D.A,Tên khác\n' >bad.csv
c o reorganise bad.csv "${document[@]}"
exits 0 "$ketnap" sync --data o --lang vi
has 'D.A: đã có quyết định của ngày sau đó' out
exits 0 "$ketnap" status --data o --lang vi
has 'quyết định sắp xếp tổ chức không khớp: D.A: đã có quyết định của ngày sau đó' out
exits 0 "$ketnap" log --data o --lang vi
has 'D.A: đã có quyết định của ngày sau đó' out
exits 0 "$ketnap" status --data o --lang en
has 'the act does not hold together: D.A: an act of a later day' out
exits 0 "$ketnapd" log --data s --lang vi
has 'D.A: đã có quyết định của ngày sau đó' out

# --- targets ----------------------------------------------------------------------------------------------

readonly columns=unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value,supersedes,reason
# bad_target VIETNAMESE ENGLISH ROW FIELD=VALUE ...: at the server, at the operator's, the district's, the unit's device
bad_target()
{
	local vi=$1 en=$2 row=$3 lsn dir

	shift 3
	lsn=$(lsn_of s)
	printf '%s\n%s\n' $columns "$row" >bad.csv
	told "$vi" "$en" "$ketnapd" import targets bad.csv --data s
	told 'dòng 2' 'line 2' "$ketnapd" import targets bad.csv --data s
	has 'D.A' err
	is "$lsn" "$(lsn_of s)" "the log after: $en"
	for dir in o d a; do
		told "D.A: $vi" "D.A: $en" "$ketnap" target unit=D.A period=2023 measure=admitted \
			instrument=resolution doc_no=7-NQ "$@" --data $dir
		is 0 "$(cj $dir '.queued' status)" "at $dir: $en"
	done
}
bad_target 'số trên nhỏ hơn số dưới' 'the range is upside down' 'D.A,2023,admitted,,resolution,7-NQ,,range,28,22,,,,,' \
	type=range value=28 value_max=22
bad_target 'số gốc lấy sau kỳ của chỉ tiêu' 'a base after the period it belongs to' \
	'D.A,2023,admitted,,resolution,7-NQ,,rate,,,3,2024-01-01,,,' type=rate rate=3 base_date=2024-01-01
bad_target 'điều chỉnh một chỉ tiêu không có: 99-NQ' 'it amends a target that does not exist: 99-NQ' \
	'D.A,2023,admitted,,resolution,7-NQ,,exact,9,,,,,99-NQ,sửa' type=exact value=9 supersedes=99-NQ --reason sửa
for dir in o d; do
	told 'D.A: số trên nhỏ hơn số dưới' 'D.A: the range is upside down' "$ketnap" act draft unit=D.A period=2023 \
		measure=admitted type=range value=28 value_max=22 --data $dir
done

# --- acts that stand already --------------------------------------------------------------------------------

# once_more COMMAND ...: at the server it is entered; said again it is the entry that it was
once_more()
{
	local lsn

	k "$@" --data s --json
	lsn=$(jq .lsn out)
	is "false $(lsn_of s)" "$(jq .stands out) $lsn" "$1: entered"
	k "$@" --data s --json
	is "true $lsn" "$(jq -r '"\(.stands) \(.lsn)"' out)" "$1 again"
	k "$@" --data s --lang vi
	has "đã có từ trước ở mục $lsn" out
	is "$lsn" "$(lsn_of s)" "entries after $1"
}
once_more request flash --day 2022-10-15 --due 2022-10-15T16:00 --scope D
once_more note D.A 'đã gọi điện' --step telephone
once_more note D.A 'đã gọi điện, lần hai' --step telephone
once_more officer D.A 'Lê Thị Mai' --to 2022-12-31
once_more group D.A 'miền núi'
once_more calendar monthly --from 2023-01-01 --due-days 5,8,10
paper 2022-10-10
printf 'change,unit,name\nrename,D.A,Đảng bộ xã An Lạc\n' >rename.csv
once_more act rename.csv "${document[@]}"
exits 0 "$ketnapd" act rename.csv "${document[@]}" --data s --dry-run --lang en
has "it stands already, entry $(lsn_of s)" out
k officer D.A 'Trần Văn Ba' --to 2022-12-31 --data s
once_more officer D.A 'Lê Thị Mai' --to 2022-12-31
printf 'unit,date,members\nD.A,2022-09-30,40\nD,2022-09-30,57\n' >members.csv
for wanted in '2 0' '0 2'; do
	k import members members.csv --data s --json
	is "$wanted" "$(jq -r '"\(.entries) \(.stands)"' out)" 'members'
done
printf 'unit,date,members\nD.A,2022-09-30,40\nD,2022-09-30,58\n' >members.csv
k import members members.csv --data s --lang vi
has 'members.csv: 1 dòng đã có từ trước, không ghi thêm mục' out
k header D place=Huế --data s
before=$(lsn_of s)
k header D place=Huế --data s --lang vi
has "đã có từ trước ở mục $before" out
is Huế "$(json .place header D --data s)" 'the header'
is "$before" "$(lsn_of s)" 'entries after a header'

# again STATE COMMAND ...: what the operator's device says, and once more to the letter; what waits then
again()
{
	local said='"\(.state) \(.op) \(.lsn)"' wanted=$1 first

	shift
	first=$(cj o "$said" "$@")
	is "$wanted" "${first%% *}" "$1 at a device"
	is "$first" "$(cj o "$said" "$@")" "$1 there again"
}
# all_again STATE: some acts of the operator's, each twice
all_again()
{
	again "$1" request flash --day 2022-10-16 --due 2022-10-16T16:00 --scope D
	again "$1" note D.A 'đã gọi điện'
	again "$1" act members unit=D.A date=2022-09-30 members=41
	again "$1" officer D.A 'Lê Thị Mai'
	again "$1" reorganise rename.csv "${document[@]}"
	c o header --unit D place=Vinh
	c o header --unit D place=Vinh --json
}
c o sync
paper 2022-10-12
printf 'change,unit,name\nrename,D.A,Đảng bộ xã An Phú\n' >rename.csv
all_again queued
is 6 "$(cj o .queued status)" 'each once'
before=$(lsn_of s)
c o sync
is $((before + 6)) "$(lsn_of s)" 'entries of the device'
all_again stands
is '0 0' "$(jq .queued out) $(cj o .queued status)" 'nothing is queued that stands'
c o note D.A 'đã gọi điện' --lang vi
has "đã có từ trước ở mục" out

# What could not be done once more stands all the same.
paper 2022-10-18
printf 'change,unit\ndissolve,D.A\n' >end.csv
once_more act end.csv "${document[@]}"
c o sync
is "stands $(lsn_of s)" "$(cj o '"\(.state) \(.lsn)"' reorganise end.csv "${document[@]}")" 'the end of a unit, at a device'
exits 1 "$ketnap" reorganise end.csv "${document[@]}" --data d
paper 2022-10-18
told 'D.A: không tồn tại vào ngày đó' 'D.A: is not there on that day' "$ketnapd" act end.csv "${document[@]}" --data s
stop_server
k verify --data s
