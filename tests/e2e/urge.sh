#!/usr/bin/env bash
# Who is behind and what is done about it: laggards, notes, officers, letters; the survey of sources from a
# device to its rates; and that a nil sheet ends the reminding.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# --- the generated province --------------------------------------------------------------------------

readonly range=(--period 2022 --to 2022-09-22)
"$make_province" csv >/dev/null
make_store s csv
k laggards QNA "${range[@]}" --data s --json
cp out lag.json
k progress QNA "${range[@]}" --data s --json
is "$(jq -r '[.rows[] | select(.cause) | .unit] | sort | join(" ")' out)" \
	"$(jq -r '[.rows[].unit] | sort | join(" ")' lag.json)" 'those whom progress calls behind'
is 'true' "$(jq '[.rows[] | .value / .by_now] | . == sort' lag.json)" 'the smallest part of what is due first'
is "$(jq -c '[.rows[] | select(.cause) | {unit, value, goal, by_now, per_month}] | sort_by(.unit)' out)" \
	"$(jq -c '[.rows[] | {unit, value, goal, by_now, per_month}] | sort_by(.unit)' lag.json)" 'the same figures'
is "$(awk -F, '$1 == "QNA.NT"' csv/tree.csv | grep -o '0235[.0-9]*')" \
	"$(jq -r '.rows[] | select(.unit == "QNA.NT") | .phone' lag.json)" 'its telephone'
is 'null 0 0' "$(jq -r '.rows[0] | "\(.officer) \(.note_count) \(.devices.count)"' lag.json)" 'nothing was done yet'

k officer QNA.NT 'Nguyễn Văn Hải' --title 'Ủy viên Ban Thường vụ' --phone '0905 123456' --doc-no 12-QĐ/TU \
	--from 2022-01-15 --data s
k note QNA.NT 'gọi điện, hẹn gửi trước ngày 25' --who 'Lê Thị Mai' --day 2022-09-10 --data s
k note QNA.NT 'họp giao ban' --who 'Lê Thị Mai' --data s
row()
{
	json ".rows[] | select(.unit == \"QNA.NT\") | $1" laggards QNA "${range[@]}" --data s
}
is 'Nguyễn Văn Hải 12-QĐ/TU 2022-01-15 null' "$(row '.officer | "\(.name) \(.doc_no) \(.from) \(.to)"')" 'who follows it'
is 'họp giao ban|2022-09-22|2' "$(row '"\(.notes[0].text)|\(.notes[0].day)|\(.note_count)"')" 'what was done, newest first'
k laggards QNA "${range[@]}" --data s --csv
has 'QNA.NT,Huyện ủy Núi Thành,low,59,111,80,52,16,100,0,' out
has ',Nguyễn Văn Hải,2022-09-22,Lê Thị Mai,họp giao ban' out
exits 1 "$ketnapd" note QNA.NT 'ngày mai' --day 2022-09-23 --data s
exits 1 "$ketnapd" note QNA.XX 'không có' --data s
has 'there is no unit QNA.XX' err
k officer QNA.NT - --from 2022-09-22 --data s
is null "$(json '[.rows[] | select(.unit == "QNA.NT") | .officer][0] | tostring' laggards QNA "${range[@]}" --data s)" \
	'nobody follows it'
k officer QNA.NT 'Nguyễn Văn Hải' --title 'Ủy viên Ban Thường vụ' --from 2022-09-22 --data s

# --- letters ---------------------------------------------------------------------------------------

k letter QNA "${range[@]}" --of decision --out letters --doc-no 55-CV/BTCTU --data s
is "$(jq -r '.rows[].unit' lag.json)" "$(sed -n 's,^letters/\(.*\)\.txt$,\1,p' out)" 'a letter for each'
has 'Kính gửi: Huyện ủy Núi Thành' letters/QNA.NT.txt
has 'Số 55-CV/BTCTU' letters/QNA.NT.txt
has 'Căn cứ Quyết định số 426-QĐ/TU ngày' letters/QNA.NT.txt
has 'Đã kết nạp đến hết ngày 22/09/2022: 59 đảng viên, đạt 53,15% chỉ tiêu (toàn đảng bộ: 1.336/1.640, đạt 81,46%)' \
	letters/QNA.NT.txt
has 'Đơn vị đã được nhắc 2 lần, lần gần nhất ngày 22/09/2022' letters/QNA.NT.txt
has 'Quảng Nam, ngày 22 tháng 9 năm 2022' letters/QNA.NT.txt
has 'Nguyễn Văn Hải (để theo dõi)' letters/QNA.NT.txt
has 'Số liệu minh họa' letters/QNA.NT.txt
lacks '{' letters/QNA.NT.txt
lacks 'nhắc' letters/QNA.HA.txt
printf '; mẫu\n{recipient}: {missing}/{goal}\n' >own.txt
k letter QNA "${range[@]}" --of decision --template own.txt --data s
has 'Huyện ủy Núi Thành: 52/111' out
printf '{recipient}\n{huyện}\n' >own.txt
exits 1 "$ketnapd" letter QNA "${range[@]}" --of decision --template own.txt --data s
has 'line 2: there is no place called huyện' err
exits 2 "$ketnapd" letter QNA "${range[@]}" --data s

# --- a nil sheet ends the reminding ------------------------------------------------------------------

small_province p
enrol a D.A
enrol b D.B
enrol boss D clerk
enrol op P operator
reminded()
{
	json '[.rows[] | "\(.unit) \(.cause) \(.sheets_missing)"] | join(", ")' laggards D --period 2022-08 --level grassroots \
		--data p
}
is 'D.A not-reported 1, D.B not-reported 1' "$(reminded)" 'both owe August'
# A flash due today is not counted by one and left out by the other.
owed()
{
	json '[.rows[] | select(.unit == "D.A").sheets_missing][0]' "$1" D --period 2022 --to 2022-09-22 \
		--level grassroots --data p
}
is "$(owed laggards)" "$(owed progress)" 'progress counts what is owed as laggards does'
c b enter monthly 2022-07 members_end=17
c b submit monthly 2022-07 --nil
c b submit monthly 2022-08 --nil
is 'D.A not-reported 1, D.B not-reported 1' "$(reminded)" 'signed and not delivered'
c b sync
is 'D.A not-reported 1' "$(reminded)" 'a nil sheet is a sheet'
k letter D --period 2022-08 --level grassroots --of resolution --data p --json
is 'D.A' "$(jq -r '[.[].unit] | join(" ")' out)" 'no letter to who reported nothing to report'
has 'gửi đủ 1 báo cáo còn thiếu' out

# --- from devices ----------------------------------------------------------------------------------

c boss note D.A 'đã gọi điện' --day 2022-09-20
c boss officer D.A 'Trần B' --phone '0905'
is '2 0' "$(cj boss '"\(.acked) \(.refused)"' sync)" 'a clerk above'
exits 1 "$ketnap" note D.A 'tự ghi' --data a
has 'may not do that' err
is 'Trần B đã gọi điện Người boss' "$(json '.rows[0] | "\(.officer.name) \(.notes[0].text) \(.notes[0].who)"' laggards D \
	--period 2022-08 --level grassroots --data p)" 'at the server'

# --- people whom units put forward, by the title of an office -------------------------------------------

c a act commend unit=D.A period=2022-H1 title='Bí thư chi bộ thôn 3' helped=2 --reason 'giúp đỡ 2 quần chúng'
c b act commend unit=D.B period=2022-H1 title='Phó bí thư' helped=3
exits 1 "$ketnap" act commend unit=D.B period=2022-H1 title='Bí thư' helped=3 --data a
exits 1 "$ketnap" act commend unit=D.A period=2022 title='Bí thư' helped=3 --data a # the year is not over
c a sync
c b sync
is 'D.B Phó bí thư 3, D.A Bí thư chi bộ thôn 3 2' "$(json '[.people[] | "\(.unit) \(.title) \(.helped)"] | join(", ")' \
	commend D --period 2022 --data p)" 'put forward'
k commend D --period 2022 --data p
has 'Bí thư chi bộ thôn 3' out
c b act commend unit=D.B period=2022-H1 title='Phó bí thư' helped=0
c b sync
is 'D.A' "$(json '[.people[].unit] | join(" ")' commend D --period 2022 --data p)" 'taken back'

# --- the survey of sources --------------------------------------------------------------------------

exits 1 "$ketnap" enter sources 2022-H1 eligible=120 --data a
c op act plan unit=D.A form=sources from=2022-01-01 step=half
c op sync
c a sync
c a enter sources 2022-H1 eligible=120 eligible_rural=100 eligible_other=20 listed=30 listed_rural=25 listed_other=5 \
	hamlets=9 hamlets_no_cell=1 discharged=4 discharged_received=3
exits 1 "$ketnap" submit sources 2022-H1 --blanks-nil --data b # not asked of it
exits 1 "$ketnap" submit sources 2022-H1 --data a # a number of people that nobody counted is not none
has '10 required figures are blank' err
c a enter sources 2022-H1 {eligible,listed}_{veteran,student,armed,private,agency}=0
c a submit sources 2022-H1
c a sync
k sources D --period 2022-H1 --data p --json
is '1 1 30 120 25.00 3 4 75.00 1 9' "$(jq -r '[.reported, .expected, (.total.rates | .class.part, .class.whole,
	.class.percent, .reception.part, .reception.whole, .reception.percent, ."hamlets-no-cell".part,
	."hamlets-no-cell".whole)] | join(" ")' out)" 'rates'
is 'null null' "$(jq -r '.rows[] | select(.unit == "D.B") | .rates.class | "\(.part) \(.percent)"' out)" 'nobody asked D.B'
k sources D --period 2022-H1 --data p --csv
has 'D.A,Đảng bộ xã An,class-rural,25,100,25.00' out
# What the half-year owes says nothing of a month in it.
is 'true' "$(json '.covered | tostring' totals D.B --from 2022-07-01 --to 2022-08-31 --data p)" 'the other organisation'
c a enter monthly 2022-07 members_end=20
c a submit monthly 2022-07 --nil
c a submit monthly 2022-08 --nil
c a sync
is 'true 2' "$(json '"\(.covered) \(.sheets.expected)"' totals D.A --from 2022-07-01 --to 2022-08-31 --data p)" \
	'two months of a half-year'
is 'D.A low 0' "$(reminded)" 'and the cause is another one now'
stop_server
k verify --data p

# --- the year, for the standing committee ------------------------------------------------------------

exits 1 "$ketnapd" synthesis QNA --year 2022 --data s
has 'no month of 2022 is closed for QNA' err
k synthesis QNA --year 2022 --open-months --data s
has 'January is not closed' out
k synthesis QNA --year 2022 --open-months --data s --json
is '0 units instruments differences sources of-which gains-and-losses sources-left laggards commendations' \
	"$(jq -r '"\(.closed_months) \([.tables[].code] | join(" "))"' out)" 'its tables'
is '1204 1640 73.41 1204 329' "$(jq -r '.tables[0].rows | [.[-1].cells.value, .[-1].cells.goal, .[-1].cells.attained,
	(.[:-1] | map(.cells.value) | add), (.[:-1] | map(.cells.removed) | add)] | join(" ")' out)" 'rows and the whole'
is '1640 1500 -140' "$(jq -r '.tables[] | select(.code == "differences") | .rows[0].cells | "\(.less) \(.of) \(.difference)"' out)" \
	'what the two documents differ by'
is '1640 1500' "$(jq -r '[.tables[] | select(.code == "instruments") | .rows[] | .cells.sum_below | tostring] | join(" ")' out)" \
	'what was handed down by each'
is '1204' "$(jq -r '[.tables[] | select(.code == "sources") | .rows[].cells.value] | add' out)" 'sources add up'
cp out synthesis.json
k laggards QNA --period 2022 --to 2022-08-31 --of decision --data s --json
is "$(jq -r '[.rows[].unit] | join(" ")' out)" \
	"$(jq -r '[.tables[] | select(.code == "laggards") | .rows[].code] | join(" ")' synthesis.json)" 'the same laggards'
k synthesis QNA --year 2022 --open-months --data s --csv
has 'instruments,decision,' out
exits 2 "$ketnapd" synthesis QNA --data s
