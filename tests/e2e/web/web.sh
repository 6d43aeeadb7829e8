#!/usr/bin/env bash
# The pages in a real browser, against the real programs: a month typed by keyboard alone without a line,
# signed, sent, received; a nil month; two figures settled; a district's map; another site shut out.
# Needs Chromium, node and playwright-core: scripts/browser brings them and runs this.
# KETNAP_PLAYWRIGHT: the folder whose node_modules has playwright-core. KETNAP_SHOTS: a folder for pictures.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/../client_lib.sh"
# shellcheck source=tests/e2e/web/web_lib.sh
. "$(dirname "$0")/web_lib.sh"

small_province s '<img src=x onerror=alert(2)>' "=cmd|' /C calc'!A0"
printf 'unit,date,members\nD.B,2022-06-30,9\nD.X,2022-06-30,7\n' >members.csv
k import members members.csv --data s
enrol a D.A
enrol a2 D.A
enrol d D
c d sync
c a sync
c a enter monthly 2022-07 members_end=17
stop_server

open a
walk month
walk away
# What was typed outlives the program.
kill -KILL "$ui_pid"
{ wait "$ui_pid" || true; } 2>/dev/null
ui_pid=
is '1 1' "$(cj a '"\(.draft) \(.queued)"' status)" 'kept through kill -9'
serve s
open a
walk nil
walk sync
shut
is 3 "$(json .measures.admitted totals D.A --period 2022-08 --data s)" 'the server counts it'
is '1 2' "$(json '"\(.sheets.nil) \(.sheets.signed)"' totals D.A --period 2022-07-01..2022-08-31 --data s)" 'and the nil month'

# Two people at two computers, each with a figure of their own.
c a2 sync
c a enter monthly 2022-09 admitted=2 src_rural=2 members_end=22
c a2 enter monthly 2022-09 admitted=1 src_rural=1 members_end=21
c a submit monthly 2022-09 --blanks-nil
c a2 submit monthly 2022-09 --blanks-nil
c a sync
c a2 sync
open a
walk sync a-again
walk contest
walk sync settled
shut
c a2 sync
is '0 0' "$(cj a .contested status) $(cj a2 .contested status)" 'settled for both'
is 1 "$(json .measures.admitted totals D.A --period 2022-09 --data s)" 'the other one was kept'

c d sync
open d
walk district
walk stranger
walk grid_typing
walk grid_paste
walk grid_nil
walk hostile
walk targets
walk letters
pdftotext -layout letter.pdf letter.txt
has 'Kính gửi: Đảng bộ xã An' letter.txt
has 'V/v đôn đốc kết nạp đảng viên' letter.txt
walk hand_down
walk months
walk log
walk people
walk header
walk sync d-acts
walk print
pdftotext -layout table.pdf paper.txt
for text in 'ĐẢNG CỘNG SẢN VIỆT NAM' 'Số 12-BC' 'Quảng Nam, ngày 05 tháng 9 năm 2022' 'Nguyễn Thị Ỷ <b>' 'trang 1/1'; do
	has "$text" paper.txt
done
shut
# The same file as the command makes, and as another program reads it.
for ending in xlsx csv; do
	c d print table D --from 2022-01-01 --to 2022-09-30 --measure admitted --lang vi --out "here.$ending"
	cmp "page.$ending" "here.$ending" || fail "the page's $ending is another one than the command's"
done
unzip -q -o page.xlsx -d cells
xsltproc --stringparam strings "$PWD/cells/xl/sharedStrings.xml" "$KETNAP_SOURCE/tests/e2e/xlsx.xsl" \
	cells/xl/worksheets/sheet2.xml >cells.txt
is "$(cj d '.total.value' table D --from 2022-01-01 --to 2022-09-30)" "$(awk -F'|' '/Toàn đơn vị/ { at = substr($1, 2) } $1 == "C" at { print $3 }' cells.txt)" \
	'the spreadsheet has the number'
is 1 "$(json '[.[] | select(.revoked)] | length' devices --data s)" 'revoked at the server'
is 'đã gọi điện' "$(json '[.rows[] | .notes[] | .text] | .[-1]' laggards D --period 2022 --to 2022-08-31 --data s)" 'and the note is there'
open d
walk look_superior
walk cost
grep -h '^first page' walk.out
shut
open a2
walk revoked
shut
c a sync
open a
walk answer
walk persons
walk members
walk look_clerk
walk lock
shut
mkdir both
mv a d both
open both
walk two_people
shut

odd none ''
long=$(printf 'Đảng bộ Công ty trách nhiệm hữu hạn một thành viên Ưỡng Nghiễm %.0s' 1 2)
odd long "P.A,P,base_committee,${long:0:120},yes,2020-01-01,,
"
