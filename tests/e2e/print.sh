#!/usr/bin/env bash
# Papers: the Party header, and that every figure on A4, in a spreadsheet and in the CSV is the one that --json has. The
# spreadsheet is read by other programs (unzip, xsltproc), the page too; printed by Chromium where there is one.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

readonly here=$KETNAP_SOURCE/tests/e2e
readonly range=(--period 2022-01-01..2022-09-22)
export KETNAP_LANG=vi

# page FILE: a line for each row of its tables
page()
{
	xsltproc --html "$here/paper.xsl" "$1" 2>err || fail "$1 is no page: $(cat err)"
}

# cells FILE.xlsx SHEET: a line for each cell
cells()
{
	rm -rf sheets
	unzip -q -o "$1" -d sheets || fail "$1 is no archive"
	xsltproc --stringparam strings "$PWD/sheets/xl/sharedStrings.xml" "$here/xlsx.xsl" "sheets/xl/worksheets/sheet$2.xml"
}

# vi: numbers and percentages of a line as Vietnamese write them
vi()
{
	awk -F'|' -v OFS='|' '
		function grouped(n,   out) {
			for (; length(n) > 3; n = substr(n, 1, length(n) - 3)) out = "." substr(n, length(n) - 2) out
			return n out
		}
		{
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^[0-9]+$/) $i = grouped($i)
				else if ($i ~ /^[0-9]+\.[0-9][0-9]$/) { sub(/\./, ",", $i); $i = $i "%" }
			}
			print
		}'
}

# --- a table of the generated province -----------------------------------------------------------------

"$make_province" csv >/dev/null
make_store s csv
k header QNA 'superior=Tỉnh ủy Quảng Nam' 'issuer=Ban Tổ chức' symbol=BC/BTCTU 'place=Quảng Nam' \
	'recipients=Ban Thường vụ Tỉnh ủy (để báo cáo) | Lưu Ban Tổ chức' 'authority=K/T TRƯỞNG BAN' \
	'title=Phó Trưởng ban' 'signer=Nguyễn Văn An' --data s
k table QNA "${range[@]}" --data s --json
cp out table.json
k print table QNA "${range[@]}" --out table.html --day 2022-09-05 --doc-no 12 --secrecy Mật --data s
readonly row='"\(.value)|\(.targets[0].goal)|\(.targets[0].attained_percent)|\(.targets[1].goal)|" +
	"\(.targets[1].attained_percent)|\(.members)|\(.reported)|\(.expected)"'
{
	jq -r ".rows | to_entries[] | \"table|\(.value.unit)|\(.key + 1)|\(.value.name)|\" + (.value | $row)" table.json
	jq -r ".total | \"table|QNA||Toàn đơn vị|\" + $row" table.json
} | awk -F'|' -v OFS='|' '{ print $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 }' | vi >want
page table.html >got
is 23 "$(wc -l <want)" 'units and their total'
is "$(cat want)" "$(cat got)" 'figures on paper, in official order'
for text in '<p class="superior">TỈNH ỦY QUẢNG NAM</p>' '<p class="issuer">BAN TỔ CHỨC</p>' '<p>*</p>' \
	'<p class="number">Số 12-BC/BTCTU</p>' '<p class="secrecy">MẬT</p>' '<p class="party">ĐẢNG CỘNG SẢN VIỆT NAM</p>' \
	'<p class="date">Quảng Nam, ngày 05 tháng 9 năm 2022</p>' '<p class="to">Nơi nhận:</p>' \
	'<p class="list">- Lưu Ban Tổ chức</p>' '<p class="authority">K/T TRƯỞNG BAN</p>' '<p class="title">PHÓ TRƯỞNG BAN</p>' \
	'<p class="name">Nguyễn Văn An</p>' '(1) Quyết định 426-QĐ/TU, Ban Thường vụ Tỉnh ủy Quảng Nam, 2022' \
	'Tổ chức cơ sở đảng: 1.153 = 388 đảng bộ + 765 chi bộ' 'counter(page) "/" counter(pages)' '@page{size:A4 landscape' \
	'<p class="mark">Số liệu minh họa' '@top-center' '<svg '; do
	has "$text" table.html
done
lacks 'CỘNG HÒA' table.html
lacks '<script' table.html
lacks '://' table.html

# the same question again is the same file, and the digits on paper are those of --json
k print table QNA "${range[@]}" --out again.html --day 2022-09-05 --doc-no 12 --secrecy Mật --data s
cmp table.html again.html || fail 'printed again, it is another file'
hash=$(json .hash print table QNA "${range[@]}" --data s)
is 64 ${#hash} 'digits of the hash'
has "<p class=\"hash\">${hash:0:12}</p>" table.html
k print table QNA "${range[@]}" --out other.html --day 2022-10-01 --data s
has "<p class=\"hash\">${hash:0:12}</p>" other.html
exits 2 "$ketnapd" print table QNA "${range[@]}" --out table.pdf --data s
has 'không phải table.pdf' err
exits 2 "$ketnapd" print tables QNA --out t.html --data s
exits 2 "$ketnapd" print table QNA "${range[@]}" --data s
exits 2 "$ketnapd" header QNA signers=x --data s

# --- the spreadsheet, by value ---------------------------------------------------------------------------

k print table QNA "${range[@]}" --out table.xlsx --day 2022-09-05 --data s
cells table.xlsx 2 >plain
is 'A1|s|Số liệu minh họa: chỉ số toàn tỉnh là số đã công bố' "$(head -n 1 plain)" 'the mark on the plain sheet'
is 'A2|s|Mã' "$(sed -n 2p plain)" 'its header'
# shellcheck disable=SC2016
by_row='function at(s) { sub(/^[A-Z]+/, "", s); return s + 0 }
	at($1) > 2 { line[at($1)] = line[at($1)] (line[at($1)] == "" ? "" : "|") $3; if (at($1) > last) last = at($1) }
	END { for (i = 3; i <= last; i++) print line[i] }'
readonly by_row
jq -r ".rows + [.total] | .[] | [.unit, .value, .targets[0].goal, (.targets[0].attained_percent | tonumber), .targets[1].goal,
	(.targets[1].attained_percent | tonumber), .members, .reported, .expected] | map(tostring) | join(\"|\")" table.json >want
awk -F'|' "$by_row" plain | awk -F'|' -v OFS='|' '{ $5 = $5 * 100; $7 = $7 * 100; print }' |
	cut -d'|' -f 1,3- >got
is "$(cat want)" "$(cat got)" 'figures of the spreadsheet'
is '' "$(awk -F'|' '$2 != "s" && $2 != "n"' plain)" 'cells that are neither text nor number'
has 'ySplit="2"' sheets/xl/worksheets/sheet2.xml
has 'state="frozen"' sheets/xl/worksheets/sheet2.xml
has '_xlnm.Print_Titles' sheets/xl/workbook.xml
has 'paperSize="9"' sheets/xl/worksheets/sheet1.xml
has 'orientation="landscape"' sheets/xl/worksheets/sheet1.xml
cells table.xlsx 1 >printed
for text in 'TỈNH ỦY QUẢNG NAM' 'BAN TỔ CHỨC' 'ĐẢNG CỘNG SẢN VIỆT NAM' 'Quảng Nam, ngày 05 tháng 9 năm 2022' 'Nguyễn Văn An' \
	"KETNAP $(json .id print table QNA "${range[@]}" --data s) ${hash:0:12}"; do
	has "|s|$text" printed
done
is "$(jq .total.value table.json)" "$(awk -F'|' '$1 ~ /^C/ && $2 == "n"' printed | tail -n 1 | cut -d'|' -f 3)" \
	'the total on the sheet to print'
is 'BM' "$(head -c 2 sheets/xl/media/image1.bmp)" 'the code on it'
k print table QNA "${range[@]}" --out again.xlsx --day 2022-09-05 --data s
cmp table.xlsx again.xlsx || fail 'made again, it is another spreadsheet'

# --- CSV for a double click ------------------------------------------------------------------------------

k print table QNA "${range[@]}" --out table.csv --data s
is 'efbbbf' "$(head -c 3 table.csv | xxd -p)" 'its mark'
has '1;"Thành ủy Tam Kỳ";74;101;73,27;92;80,43;4870;74;74' table.csv
has ';"Toàn đơn vị";1336;1640;81,46;1500;89,07;71087;1153;1153' table.csv
is 23 "$(grep -c '^[0-9]*;"[^"]*";[0-9]' table.csv)" 'rows of it'

# --- the other kinds ---------------------------------------------------------------------------------------

k totals QNA --from 2022-01-01 --to 2022-09-22 --data s --json
cp out totals.json
k print totals QNA --from 2022-01-01 --to 2022-09-22 --out totals.html --form-no 'Biểu 1-BTCTW' --data s
jq -r '.measures | to_entries[] | select(.value != null) | "measures|\(.key)|\(.value)"' totals.json >want
page totals.html | awk -F'|' -v OFS='|' '$1 == "measures" { gsub(/\./, "", $5); print $1, $2, $5 }' >got
is "$(cat want)" "$(cat got)" 'totals on paper'
has 'NGƯỜI LẬP BIỂU' totals.html
has 'TRƯỞNG BAN' totals.html
has 'Biểu 1-BTCTW' totals.html
k rank QNA --period 2022 --to 2022-09-22 --data s --json
cp out rank.json
k print rank QNA --period 2022 --to 2022-09-22 --out rank.html --data s
jq -r '.rows[] | "rank|\(.unit)|\(.place)|\(.value)|\(.goal)|\(.attained_percent)"' rank.json >want
page rank.html | cut -d'|' -f 1,2,4-7 | tr -d '%' | tr ',' '.' >got
is "$(cat want)" "$(cat got)" 'places on paper'
k laggards QNA --period 2022 --to 2022-09-22 --data s --json
cp out lag.json
k print laggards QNA --period 2022 --to 2022-09-22 --out lag.html --data s
jq -r '.rows[] | "laggards|\(.unit)|\(.value)|\(.by_now)|\(.goal)|\(.attained_percent)|\(.per_month)"' lag.json >want
page lag.html | cut -d'|' -f 1,2,6-10 | tr -d '%' | tr ',' '.' >got
is "$(cat want)" "$(cat got)" 'units behind on paper'
k months QNA.TK --period 2022-01-01..2022-08-31 --data s --json
cp out months.json
k print months QNA.TK --period 2022-01-01..2022-08-31 --out months.html --data s
is "$(jq '[.rows[].unit] | unique | length' months.json)" "$(page months.html | wc -l)" 'rows of the board'
is "$(awk -F, '$2 == "QNA.TK" { print $1 }' csv/tree.csv)" "$(page months.html | cut -d'|' -f 2)" 'official order of the board'
k sources QNA --period 2022-H1 --data s --json
is "$(jq '.total.rates | length' out)" "$(k print sources QNA --period 2022-H1 --out sources.html --data s &&
	page sources.html | grep -c '^rates|')" 'rates on paper'
k synthesis QNA --year 2022 --open-months --data s --json
cp out synthesis.json
k print synthesis QNA --year 2022 --open-months --out synthesis.html --data s
jq -r '.tables[0].rows[] | "units|\(.code)|\(.cells.value)|\(.cells.goal)|\(.cells.attained)"' synthesis.json >want
page synthesis.html | awk -F'|' -v OFS='|' '$1 == "units" { gsub(/\./, "", $5); gsub(/\./, "", $8); print $1, $2, $5, $8, $9 }' |
	tr -d '%' | tr ',' '.' >got
is "$(cat want)" "$(cat got)" 'the yearly synthesis on paper'
k print sheet QNA.TK.001 --period 2022-08 --out sheet.html --data s
has 'data-row="members_end"' sheet.html
k totals QNA.TK.001 --from 2022-08-01 --to 2022-08-31 --data s --json
is "$(jq -r .measures.members_end out)" "$(page sheet.html | awk -F'|' '$2 == "members_end" { print $6 }' | tr -d .)" \
	'members on the sheet'

# a blank one: its name, its period, last month's members, and nothing else in the column to be filled in
members=$(jq -r .measures.members_end out)
k print blank QNA.TK.001 --period 2022-09 --out blank.html --data s
has 'Đảng bộ phường An Mỹ, từ ngày 01/09/2022 đến ngày 30/09/2022' blank.html
has 'ngày …… tháng …… năm ……' blank.html
is "members_begin $members" "$(page blank.html | awk -F'|' '$6 != "" { print $2, $6 }' | tr -d .)" 'what is known before'
is "$members" "$(page blank.html | awk -F'|' '$2 == "members_end" { print $7 }' | tr -d .)" "last month's members"

# --- names that others would run ---------------------------------------------------------------------------

cat >bad.csv <<'CSV'
code,parent,kind,name,reports,opened,closed
P,,province,Tỉnh,no,2020-01-01,
P.1,P,direct,"=cmd|'/c calc'!A1",yes,2020-01-01,
P.2,P,direct,<script>alert(1)</script>,yes,2020-01-01,
P.3,P,direct,"@SUM(1;2) ""x""",yes,2020-01-01,
CSV
k init --tree bad.csv --data bad
for ending in html xlsx csv; do
	k print table P --period 2022 --out "bad.$ending" --data bad
done
has "\"'=cmd|'/c calc'!A1\"" bad.csv
has "\"'@SUM(1;2) \"\"x\"\"\"" bad.csv
lacks ';"=' bad.csv
lacks '<script' bad.html
has '&lt;script&gt;alert(1)&lt;/script&gt;' bad.html
for sheet in 1 2; do
	cells bad.xlsx $sheet >got
	has "|s|=cmd|'/c calc'!A1" got
	lacks '|f|' got
done
lacks '<f>' sheets/xl/worksheets/sheet1.xml
lacks 'minh họa' bad.html

# --- what nobody designs: no unit below, a name of 120 letters -------------------------------------------------

long=$(printf 'Đảng bộ %.0s' {1..15} | cut -c 1-119)
printf 'code,parent,kind,name,reports,opened,closed\nP,,province,%s,no,2020-01-01,\n' "$long" >one.csv
k init --tree one.csv --data one
for ending in html xlsx csv; do
	k print table P --period 2022 --out "one.$ending" --data one
	k print months P --period 2022 --out "months.$ending" --data one
done
is 'table|P||Toàn đơn vị|||0|0' "$(page one.html)" 'a table without rows'
is '' "$(page months.html)" 'a board without rows'
has "$long, từ ngày 01/01/2022" one.html

# --- at a device ---------------------------------------------------------------------------------------------

small_province p
enrol a D.A
enrol b D.B clerk
enrol d D
c a header 'signer=Trần Văn An | Bí thư' place=Bình
is 0 "$(cj a .queued header)" 'asking queues nothing'
exits 1 "$ketnap" header signer=Không --data b
exits 2 "$ketnap" header signer --data a
c a sync
is 'Trần Văn An | Bí thư' "$(cj a .signer header)" 'at the device, after a sync'
is 'Trần Văn An | Bí thư' "$(json .signer header D.A --data p)" 'at the server'
c d sync
is 'Bình' "$(cj d .place header --unit D.A)" 'and above it'
is '' "$(cj d .place header)" 'whose own is another'
c a enter monthly 2022-08 admitted=2 src_rural=2 members_end=40
c a print sheet --period 2022-08 --out sheet.html
is 'Đảng viên mới kết nạp 2' "$(page sheet.html | awk -F'|' '$2 == "admitted" { print $4, $6 }')" 'what was typed and not sent'
has 'Đang nhập' sheet.html
has 'Bình, ngày 22 tháng 9 năm 2022' sheet.html
has 'HUYỆN MỘT' sheet.html
c a submit monthly 2022-08 --blanks-nil
c a print blank --period 2022-09 --out blank.html
is 40 "$(page blank.html | awk -F'|' '$2 == "members_begin" { print $6 }')" "last month's members, at the device"
c a sync
c a print totals D --from 2022-08-01 --to 2022-08-31 --out above.html
is 2 "$(page above.html | awk -F'|' '$2 == "admitted" { print $5 }')" 'what the server answered of the unit above'
c d sync
c d print table --period 2022 --out district.html
c d table --period 2022 --json
is "$(jq -r '.rows[] | "\(.name) \(.value // "")"' out)" "$(page district.html | awk -F'|' '$2 != "D" { print $4, $5 }')" \
	'a table at the device above'
has 'Số liệu minh họa' district.html
c a print totals --from 2022-08-01 --to 2022-08-31 --out t.xlsx
cells t.xlsx 2 >got
has 'admitted' got
exits 1 "$ketnap" print rank --out r.html --data a
exits 2 "$ketnap" print table --data a

# --- by Chromium, where there is one ------------------------------------------------------------------------

if command -v chromium >/dev/null && command -v pdftotext >/dev/null; then
	chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --user-data-dir="$PWD/profile" \
		--print-to-pdf=table.pdf "file://$PWD/table.html" >/dev/null 2>&1 || fail 'chromium'
	pdftotext -layout table.pdf text
	has 'trang 1/2' text
	has 'trang 2/2' text
	is 2 "$(grep -c 'Số liệu minh họa' text | awk '{ print $1 - 1 }')" 'the mark on each page, and once above'
	has 'Quảng Nam, ngày 05 tháng 9 năm 2022' text
	page table.html | awk -F'|' '{ print $4, $5, $7, $9 }' | sed 's/^ *//' | sort >want
	is 23 "$(tr -s ' ' <text | sed 's/^ //' | grep -cE '^[0-9]+ .* [0-9.]+ [0-9.]+ [0-9]+,[0-9]+%|^Toàn đơn vị 1\.336 1\.640 81,46%')" \
		'rows of the printed pages'
else
	printf 'no chromium or pdftotext here: pages were not printed\n'
fi
