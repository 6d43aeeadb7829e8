#!/usr/bin/env bash
# What a clerk and an operator read when something is wrong, in their language: which line and column, why, what to
# do about it; the exit code; and that nothing was taken, or lost. bad_tree and bad_rows know more ways to be wrong.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
unset KETNAP_LANG # as it comes

month=$(date -d "$(date +%Y-%m-15) -1 month" +%Y-%m)
readonly month moved=$KETNAP_BUILD/tests/libwrong_clock.so years=$((365 * 86400))
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
# What nobody runs lies where nobody may read it, its translation too: the checkout may be root's alone.
cp -r "$(dirname "$ketnapd")/.." "$work/stage"
chmod -R a+rX "$work/stage"
readonly open_ketnapd=$work/stage/bin/ketnapd open_ketnap=$work/stage/bin/ketnap

# says CODE TEXT COMMAND ...: it ends so, and that is what it says, among other things
says()
{
	local code=$1 text=$2

	shift 2
	exits "$code" "$@"
	has "$text" err
	is '' "$(grep -E 'nothing|refused|failed|the |cannot|expired' err || true)" 'English in what it says'
}

# --- trees: nothing is made --------------------------------------------------------------------------------
readonly head=code,parent,kind,name,reports,opened,closed
# tree TEXT <rows
tree()
{
	{
		printf '%s\n' "${header:-$head}"
		printf 'P,,province,Tỉnh,no,2020-01-01,\n'
		cat
	} >t.csv
	says 1 "t.csv: $1" "$ketnapd" init --tree t.csv --data new
	has 'ketnapd: t.csv: chưa ghi gì' err
	[ ! -e new ] || fail 'init left something'
}

header=${head/closed/closd} tree 'chưa ghi gì: dòng 1, cột 7: không có cột “closd”, có lẽ là “closed”' </dev/null
header=${head/,closed/} tree 'chưa ghi gì: dòng 1, cột closed: thiếu cột này' </dev/null
header=$head,mobile tree 'chưa ghi gì: dòng 1, cột 8: không có cột “mobile”: hãy bỏ cột này, hoặc ghi đúng tên' </dev/null
tree 'dòng 4, cột code: P.D cũng có ở dòng 3' <<-'CSV'
	P.D,P,direct,Huyện,yes,2020-01-01,
	P.D,P,direct,Huyện khác,yes,2020-01-01,
CSV
tree 'dòng 3, cột parent: các đơn vị cấp trên vòng lại chính nó, không lên tới đơn vị đứng đầu' <<-'CSV'
	A,B,direct,Huyện A,no,2020-01-01,
	B,A,base_committee,Xã B,yes,2020-01-01,
CSV
tree 'dòng 3, cột parent: không có đơn vị P.X, trong tệp này hay trước đó' <<-'CSV'
	P.D,P.X,direct,Huyện,yes,2020-01-01,
CSV
tree 'dòng 4, cột reports: đơn vị cấp trên P.D (dòng 3) cũng báo cáo: mỗi nhánh chỉ một đơn vị báo cáo' <<-'CSV'
	P.D,P,direct,Huyện,yes,2020-01-01,
	P.D.C,P.D,base_committee,Xã,yes,2020-01-01,
CSV
tree 'dòng 4, cột reports: không ai báo cáo cho đơn vị này' <<-'CSV'
	P.D,P,direct,Huyện,yes,2020-01-01,
	P.E,P,direct,Huyện khác,no,2020-01-01,
CSV

# --- figures: nothing is written ---------------------------------------------------------------------------
small_tree=$head,act$'\nP,,province,Tỉnh P,no,2020-01-01,,\nA,P,base_committee,Đảng bộ xã An,yes,2020-01-01,,\n'
small_tree+=$'B,P,direct,Huyện Bình,yes,2020-01-01,,\nB.C,B,base_cell,Chi bộ Cao,no,2020-01-01,,\n'
printf '%s' "$small_tree" >tree.csv
data=s
k init --tree tree.csv --data s
printf 'unit,form,from,to,measure,value,approx\nA,yearly,2022-01-01,2022-12-31,admitted,5,\n' >year.csv
k import figures year.csv --data s
lsn=$(lsn_of s)

# rows KIND TEXT ... <CSV: the file is refused with all of these, and with nothing else
rows()
{
	local kind=$1 text

	cat >f.csv
	shift
	exits 1 "$ketnapd" import "$kind" f.csv --data s
	for text in "$@"; do
		has "f.csv: $text" err
	done
	has 'ketnapd: f.csv: chưa ghi gì' err
	is "$lsn" "$(lsn_of s)" "the store after a refused file of $kind"
}

rows members 'dòng 3, cột members: “81.46” không phải là số đếm: có 2 chữ số sau dấu “.”' <<-'CSV'
	unit,date,members
	A,2024-01-01,1.336
	A,2024-02-01,81.46
CSV
rows members 'dòng 2, cột date: “2024-02-30”: không có ngày này' 'dòng 3, cột members: “99999999999999999999” quá lớn' \
	'dòng 4, cột members: không được nhỏ hơn 0' 'dòng 5, cột unit: không có đơn vị XX' <<-'CSV'
	unit,date,members
	A,2024-02-30,5
	A,2024-03-01,99999999999999999999
	A,2024-04-01,-5
	XX,2024-05-01,5
CSV
rows members 'dòng 3, cột date: trong một cột có hai cách ghi ngày; hãy dùng thống nhất một cách' <<-'CSV'
	unit,date,members
	A,2024-01-01,5
	A,01/02/2024,5
CSV
printf 'unit,date,members\nA,2024-01-01,7\xff0\n' |
	rows members 'chưa ghi gì: dòng 2, cột members: byte 0xff không đúng bảng mã UTF-8: hãy lưu tệp lại theo UTF-8'
claims_head=id,unit,from,to,measure,value,percent,of,instrument,source
printf '%s\nT1,A,2024-01-01,2024-12-31,admitted,5,,,,Ch\xd8 th\xde c\xf1a T\xd8nh \xf1y v\xd2 k\xd5t n\xb9p \xae\xb6ng vi\xaan m\xedi\n' \
	$claims_head | rows claims 'chưa ghi gì: dòng 2, cột source: không phải bảng mã UTF-8 mà có lẽ là TCVN3: hãy lưu tệp lại'
printf '%s\nT1,A,2024-01-01,2024-12-31,admitted,5,,,,Ch\xe6 th\xf2 cu\xfba T\xe6nh u\xfby ve\xe0 ke\xe1t na\xefp \xf1a\xfbng vie\xe2n m\xf4\xf9i\n' \
	$claims_head | rows claims 'chưa ghi gì: dòng 2, cột source: không phải bảng mã UTF-8 mà có lẽ là VNI: hãy lưu tệp lại'
# Every row of one sheet that is wrong is named, not only the first.
rows figures 'dòng 2, cột unit: không có đơn vị XX' 'dòng 3, cột measure: mẫu biểu monthly không có mục số liệu admited' \
	'dòng 4, cột value: số liệu quá lớn' 'dòng 5, cột measure: members_begin do chương trình tự tính, không nhập' \
	'dòng 6, cột form: không có mẫu biểu weekly' <<-'CSV'
	unit,form,from,to,measure,value,approx
	XX,monthly,2024-01-01,2024-01-31,admitted,5,
	A,monthly,2024-01-01,2024-01-31,admited,5,
	A,monthly,2024-01-01,2024-01-31,admitted,1000000000001,
	A,monthly,2024-01-01,2024-01-31,members_begin,5,
	A,weekly,2024-01-01,2024-01-31,admitted,5,
CSV
rows figures 'dòng 2, cột from: số liệu ngoài kế hoạch báo cáo: những ngày này đã có số liệu của đơn vị' \
	'dòng 3, cột unit: đơn vị cấp trên B báo cáo những ngày này' \
	'dòng 4, cột to: vào ngày đó, hoặc vào ngày cuối của kỳ đó, không có đơn vị này: A' <<-'CSV'
	unit,form,from,to,measure,value,approx
	A,monthly,2022-03-01,2022-03-31,admitted,5,
	B.C,monthly,2024-01-01,2024-01-31,admitted,5,
	A,monthly,2019-03-01,2019-03-31,admitted,5,
CSV
is true "$(json .ok verify --data s)" 'verify'

# --- the server's folder -----------------------------------------------------------------------------------
cp -r s other
echo 'ketnap data 9' >other/VERSION
says 1 'other do phiên bản khác của chương trình tạo ra, “ketnap data 9”; chương trình này đọc được “ketnap data 1”: hãy' \
	"$ketnapd" status --data other
exec 8<s/lock
flock 8
says 75 's đang được chương trình số ' "$ketnapd" import members f.csv --data s
exec 8<&-
if [ "$(id -u)" = 0 ]; then
	chmod 711 "$work"
	chmod -R a+rX other
	echo 'ketnap data 1' >other/VERSION
	says 1 'hãy chạy bằng tài khoản là chủ của thư mục này' \
		"${as_nobody[@]}" "$open_ketnapd" import members f.csv --data "$work/other"
	says 1 'người dùng này không được tạo thư mục ở đó: hãy chọn nơi khác' \
		"${as_nobody[@]}" "$open_ketnapd" init --tree tree.csv --data "$work/new"
fi

# --- a device: codes ---------------------------------------------------------------------------------------
serve s
code=$(code_of A --role approver --person 'Nguyễn Văn An')
case ${code:12:1} in A) other=B ;; *) other=A ;; esac
says 1 'ketnap: nhóm 3 gõ sai' "$ketnap" enroll "$address" "${code:0:12}$other${code:13}" --data a
has ': hãy so lại với phiếu' err
says 1 'nhóm 3 có 4 ký tự, trong khi phải đủ năm ký tự' "$ketnap" enroll "$address" "${code:0:12}${code:13}" --data a
ahead=(env "WRONG_CLOCK=$((3 * years))" "LD_PRELOAD=$moved" "ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0")
says 1 ': hãy chỉnh lại ngày giờ, rồi trong vòng một giờ ghi danh lại bằng chính mã này' \
	"${ahead[@]}" "$ketnap" enroll "$address" "$code" --data a
c a enroll "$address" "$code"
says 1 'máy chủ không nhận mã này: mã gõ sai, đã dùng rồi hoặc hết hạn; hãy so với phiếu, nếu vẫn không được thì xin mã mới' \
	"$ketnap" enroll "$address" "$code" --data b

# --- entering: what stands there stays ---------------------------------------------------------------------
# at DIR WANTED: drafts and queued
at()
{
	is "$2" "$(cj "$1" '"\(.draft) \(.queued)"' status)" "drafts and queued in $1"
}

months_ago()
{
	date -d "$(date +%Y-%m-15) $1 month" +%Y-%m
}
says 1 'không có đơn vị XX trong phạm vi của máy này' "$ketnap" enter monthly "$month" admitted=1 --unit XX --data a
says 1 'không có đơn vị B trong phạm vi của máy này' "$ketnap" enter monthly "$month" admitted=1 --unit B --data a
says 1 'mẫu biểu monthly không có mục số liệu admited' "$ketnap" enter monthly "$month" admited=1 --data a
says 1 'admitted: “1.5” không phải là số đếm: có 1 chữ số sau dấu “.”' "$ketnap" enter monthly "$month" admitted=1.5 --data a
says 1 'số liệu là số nguyên từ 0 đến 1.000.000.000.000' "$ketnap" enter monthly "$month" admitted=-3 --data a
says 1 'chưa bắt đầu' "$ketnap" enter monthly "$(months_ago +2)" admitted=1 --data a
says 1 'nếu đúng là muốn nhập kỳ này thì thêm --old' "$ketnap" enter monthly "$(months_ago -3)" admitted=1 --data a
at a '0 0'
c a enter monthly "$(months_ago -3)" admitted=1 --old # asked, not refused
c a enter monthly "$(months_ago -2)" admitted=1                # two before are open
at a '2 0'
printf 'unit,form,from,to,measure,valu\nA,monthly,2024-01-01,2024-01-31,admitted,5\n' >f.csv
says 1 'ketnap: f.csv: không lưu gì của tệp này: dòng 1, cột 6: không có cột “valu”, có lẽ là “value”' \
	"$ketnap" enter --file f.csv --data a
printf 'unit,form,from,to,measure,value\nXX,monthly,2024-01-01,2024-01-31,admitted,5\nA,monthly,2024-01-01,31/02/2024,admitted,81.46\n' >f.csv
says 1 'f.csv: dòng 3, cột to: “31/02/2024”: không có ngày này' "$ketnap" enter --file f.csv --data a
has 'f.csv: dòng 2, cột unit: không có đơn vị XX trong phạm vi của máy này' err
at a '2 0'
c a enter monthly "$month" members_begin=9 admitted=1 src_rural=1 members_end=11
exits 1 "$ketnap" submit monthly "$month" --blanks-nil --data a --json # the longest rule, with its numbers and its end
has "A monthly $month: số liệu chưa khớp nhau (11 so với 10): Số cuối kỳ phải bằng" err
has 'có thể hai chữ số đã bị viết đảo chỗ.' err
c a enter monthly "$month" members_end=10
says 1 'thêm --blanks-nil nếu mục chưa nhập là bằng không' "$ketnap" submit monthly "$month" --data a
c a submit monthly "$month" --blanks-nil
c a sync
# Signed: a correction says why, and until then the signed figure stands.
c a enter monthly "$month" admitted=2 src_rural=2 members_end=11
says 1 'biểu đã chốt và gửi: muốn đính chính thì phải ghi lý do' "$ketnap" submit monthly "$month" --blanks-nil --data a
c a sync
is 1 "$(json .measures.admitted totals A --period "$month" --data s)" 'what was signed stands'
c a submit monthly "$month" --blanks-nil --reason 'sót một người'
at a '2 1'

# --- the device's folder -----------------------------------------------------------------------------------
cp -r a v
echo 'ketnap device 99' >v/VERSION
says 1 'chương trình này đọc được “ketnap device 1”: hãy chỉ đúng thư mục của máy này, hoặc hỏi người cài đặt' \
	"$ketnap" status --data v
exec 8<a/lock
flock 8
says 75 'tiến trình khác đang giữ a/lock' "$ketnap" enter monthly "$month" died=1 --data a
has 'hãy đóng lại, hoặc thử lại sau' err
exec 8<&-
if [ "$(id -u)" = 0 ]; then
	chmod -R a+rX v
	echo 'ketnap device 1' >v/VERSION
	says 1 'hãy đăng nhập bằng tài khoản đã ghi danh máy, hoặc hỏi người cài đặt máy tính này' \
		"${as_nobody[@]}" "$open_ketnap" enter monthly "$month" died=1 --data "$work/v"
	says 1 'hãy chọn thư mục khác, hoặc hỏi người cài đặt máy tính này' \
		"${as_nobody[@]}" "$open_ketnap" enroll "$address" "$code" --data "$work/new"
fi

# --- the computer's clock is years behind: that is why months have not begun -------------------------------
behind=(env "WRONG_CLOCK=-$((3 * years))" "${ahead[@]:2}")
says 1 "kỳ $month đã bắt đầu, nhưng đồng hồ của máy tính này đang chỉ ngày $(date -u -d "$((7 * 3600 - 3 * years)) seconds" +%Y-%m-%d)" \
	"${behind[@]}" "$ketnap" enter monthly "$month" died=1 --data a
exits 0 "${behind[@]}" "$ketnap" status --data a
has "đồng hồ của máy tính này đang chỉ ngày $(date -u -d "$((7 * 3600 - 3 * years)) seconds" +%d/%m/%Y) là sai: số liệu mới nhất từ máy chủ là của ngày" out
exits 0 "${behind[@]}" "$ketnap" status --data a --json
is 'true false' "$(jq .clock_behind out) $(cj a .clock_behind status)" 'for scripts'

# --- the server that answers, or does not ------------------------------------------------------------------
readonly kept='ketnap: không mất gì: máy này vẫn giữ 1 biểu chờ gửi và 2 biểu đang nhập: '
says 1 "${kept}đồng hồ của máy tính này đang chỉ ngày " "${ahead[@]}" "$ketnap" sync --data a
has 'khi ấy chứng thư của máy chủ đã hết hạn: hãy chỉnh lại ngày giờ' err
stop_server
says 75 "${kept}không có đường truyền đến $address" "$ketnap" sync --data a
k init --tree tree.csv --data t
serve t
says 1 "${kept}$address không phải là máy chủ đã cấp quyền cho máy này" "$ketnap" sync --data a
has 'chưa gửi gì; hãy hỏi người quản trị trước khi thử nơi khác' err
stop_server
serve s
k revoke "$(cj a .device status)" --reason 'máy đã mất' --data s
says 1 "${kept}máy này đã bị thu hồi quyền; hãy xin người quản trị mã mới" "$ketnap" sync --data a
at a '2 1'
is true "$(json .ok verify --data s)" 'verify at the end'
