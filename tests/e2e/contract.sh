#!/usr/bin/env bash
# CONTRACT.md against the programs: the keys of each command that the page names, no more and no fewer, and
# the commands themselves. A command or a key that is in one of the two alone fails.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

readonly page=$KETNAP_SOURCE/proto/CONTRACT.md
readonly range=(--from 2022-01-01 --to 2022-09-22)

# --- the page ------------------------------------------------------------------------------------------

sed -n '/^## JSON/,$p' "$page" >json.md
tr '\n' ' ' <json.md >json.line
: >compared

sorted()
{
	tr ',' '\n' | tr -d ' ' | grep . | sort | paste -sd' '
}

# promised COMMAND: the first {key, key} behind its name, where nothing else stands between that is named.
promised()
{
	grep -oP "\`$1\`(, \`[^\`]*\`)*[^\`{|]*: ?(a list[^{:;\`]*)?\{\K[^{}]*(?=\})" json.line | head -n 1 | sorted
}

# promised_of COMMAND WORDS: the same, of the {key, key} behind WORDS somewhere behind its name; `kind: "x"` is kind.
promised_of()
{
	sed "s/.*\`$1\`//" json.line | grep -oP -- "$2:? \{\K[^{}]*(?=\})" | head -n 1 | sed 's/: "[a-z]*"//g' | sorted
}

# inner KEY [COMMAND]: the {key, key} that a row of the first table, or the text behind COMMAND, has of KEY.
inner()
{
	if [ $# -eq 1 ]; then
		sed -n "s/^| $1 |[^{]*{\(.*\)/\1/p" json.md | sed 's/^code: {//; s/}.*//' | sorted
	else
		sed "s/.*\`$2\`//" json.line |
			grep -oP "\b$1\b[^{;.]*\{\K[^{}]*(?=\})" |
			head -n 1 | sorted
	fi
}

# The keys of totals are the first column of the table.
totals_keys()
{
	sed -n '/^| key /,/^$/s/^| \([a-z_, ]*\) |.*/\1/p' json.md | grep -vx key | paste -sd, | sorted
}

# same WHAT WANTED FILTER ARGUMENT ...: the program's keys, of ketnapd or ketnap as WHAT begins.
same()
{
	local what=$1 want=$2 filter=$3 program=${1%% *}

	shift 3
	[ -n "$want" ] || fail "the page promises no keys of $what"
	exits 0 "${!program}" "$@" --json
	is "$want" "$(jq -r "$filter | keys | join(\" \")" out | tr ' ' '\n' | sort | paste -sd' ')" \
		"keys of $what, $filter"
	printf '%s\n' "$what" >>compared
}

# keys COMMAND FILTER ARGUMENT ...: of the whole, as the page has them.
keys()
{
	local what=$1

	shift
	same "$what" "$(promised "$what")" "$@"
}

# --- a store without a server -----------------------------------------------------------------------------

make_documents s
same 'ketnapd totals' "$(totals_keys)" . totals QNA "${range[@]}" --data s
for key in known_at reporting sheets; do
	same "ketnapd totals" "$(inner $key)" ".$key" totals QNA "${range[@]}" --data s
done
same 'ketnapd totals' "$(inner prev_year)" .prev_year.admitted totals QNA "${range[@]}" --data s
same 'ketnapd totals' "$(inner targets)" '.targets[0]' totals QNA "${range[@]}" --data s
months=(NT --from 2021-01-01 --to 2021-03-31 --each month --data s)
same 'ketnapd totals' "$(promised 'totals --each month')" . totals "${months[@]}"
same 'ketnapd totals' "$(inner series 'totals --each month')" .series totals "${months[@]}"
same 'ketnapd totals' "$(inner reporting 'totals --each month')" .series.reporting totals "${months[@]}"
same 'ketnapd totals' "$(inner sheets 'totals --each month')" .series.sheets totals "${months[@]}"
keys 'ketnapd claims' '.[0]' claims --data s
keys 'ketnapd table' . table NT --period 2021 --data s
same 'ketnapd table' "$(promised 'table --each month')" . table "${months[@]}"
same 'ketnapd table' "$(inner rows 'table --each month')" '.rows[0]' table "${months[@]}"
same 'ketnapd table' "$(inner lists 'table --each month')" .series table "${months[@]}"
same 'ketnapd table' "$(inner reporting 'totals --each month')" .series.reporting table "${months[@]}"
same 'ketnapd table' "$(inner sheets 'totals --each month')" .total.sheets table "${months[@]}"
same 'ketnapd table' "$(inner total 'table --each month')" .total table "${months[@]}"
for_outside=$(grep -oP 'JSON has \{\K[^}]*' json.line | head -n 1)
[ -n "$for_outside" ] || fail 'the page promises no keys of --public'
same 'ketnapd table' "$(printf '%s,%s' "$(promised 'ketnapd table' | tr ' ' ,)" "$for_outside" | sorted)" . \
	table NT --period 2021 --public --data s
same 'ketnapd totals' "$(printf '%s,%s,suppressed_prev_year' "$(totals_keys | tr ' ' ,)" "$for_outside" | sorted)" . \
	totals QNA "${range[@]}" --public --data s
same 'ketnapd table' "$(inner total 'ketnapd table')" .total table NT --period 2021 --data s
same 'ketnapd table' "$(inner columns 'ketnapd table')" '.instruments[0]' table NT --period 2021 --data s
same 'ketnapd table' "$(inner total 'ketnapd table')" '.rows[0]' table NT --period 2021 --data s
printf 'unit,weight\nNT.PRTC,1\n' >weights.csv
share=(NT --period 2022 --total 10 --base weights:weights.csv --data s)
keys 'ketnapd allocate' . allocate "${share[@]}"
same 'ketnapd allocate' "$(inner rows 'ketnapd allocate')" '.rows[0]' allocate "${share[@]}"
same 'ketnapd allocate' "$(inner last 'ketnapd allocate')" '.rows[0].first' allocate "${share[@]}"
same 'ketnapd allocate' "$(inner last 'ketnapd allocate')" '.rows[0].last' allocate "${share[@]}"
same 'ketnapd allocate' "$(promised 'ketnapd allocate' | sed 's/$/ entries/' | tr ' ' ',' | sorted)" . allocate \
	"${share[@]}" --publish --dry-run --instrument plan --day 2022-01-01
same 'ketnapd allocate' "$(promised 'ketnapd allocate' | sed 's/$/ entries/' | tr ' ' ',' | sorted)" . allocate \
	"${share[@]}" --draft --dry-run
exits 1 "$ketnapd" allocate "${share[@]}" --lock NT.PRTC=11 --json
is "$(promised 'ketnapd allocate')" "$(jq -r 'keys | join(" ")' out)" 'keys of a refused allocation'
is 'null null' "$(jq -r '"\(.total) \(.rows[0].share)"' out)" 'and its shares'
for command in progress rank commend; do
	keys "ketnapd $command" . $command NT --period 2022 --data s
	same "ketnapd $command" "$(inner rows "ketnapd $command")" '.rows[0]' $command NT --period 2022 --data s
done
same 'ketnapd progress' "$(inner rows 'ketnapd progress')" .total progress NT --period 2022 --data s
keys 'ketnapd project' . project HY --period 2023 --rate 3 --base 70314 --data s
same 'ketnapd project' "$(inner rows 'ketnapd project')" '.rows[0]' project HY --period 2023 --rate 3 --base 70314 --data s
same 'ketnapd project' "$(inner quota 'ketnapd project')" '.rows[0].quota' project HY --period 2023 --rate 3 \
	--base 70314 --data s
keys 'ketnapd months' . months NT --period 2021 --data s
same 'ketnapd months' "$(inner rows 'ketnapd months')" '.rows[0]' months NT --period 2021 --data s
keys 'ketnapd revisions' . revisions NT --period 2021 --data s
same 'ketnapd revisions' "$(inner rows 'ketnapd revisions')" '.rows[0]' revisions NT --period 2021 --data s
printf 'change,unit,name\nrename,HY,Tên mới\n' >act.csv
keys 'ketnapd act' . act act.csv --no 1 --signed 2024-01-01 --signer A --effective 2024-01-01 --data s --dry-run
same 'ketnapd act' "$(inner touched 'ketnapd act')" '.touched[0]' act act.csv --no 1 --signed 2024-01-01 --signer A \
	--effective 2024-01-01 --data s --dry-run
keys 'ketnapd bridge' . bridge NT --from 2021-01-01 --to 2021-12-31 --data s
same 'ketnapd bridge' "$(promised_of 'ketnapd bridge' 'at a device likewise')" . bridge NT --from 2021-01-01 \
	--to 2021-02-28 --each month --data s
same 'ketnapd bridge' "$(promised_of 'ketnapd bridge' '`series` a list of')" '.series[0]' bridge NT --from 2021-01-01 \
	--to 2021-02-28 --each month --data s
same 'ketnapd beside' "$(promised 'ketnap beside')" . beside NT --period 2021-01 --data s
keys 'ketnapd balance' . balance NT --from 2021-01-01 --to 2021-12-31 --data s
keys 'ketnapd openings' . openings --effective 2021-01-01 --dry-run --data s
keys 'ketnapd tree' . tree --data s
same 'ketnapd tree' "$(inner units 'ketnapd tree')" '.units[0]' tree --data s
keys 'ketnapd verify' . verify --data s
keys 'ketnapd log' '.[0]' log --data s
keys 'ketnapd backup' . backup b.mdb --data s
keys 'ketnapd server-keys' . server-keys s.keys --data s
jq -r .code out >s.code
"$ketnapd" rebuild b.mdb s.keys --data rebuilt --json <s.code >out 2>err || fail 'no directory is rebuilt'
is "$(promised 'ketnapd rebuild')" "$(jq -r 'keys | join("\n")' out | sort | paste -sd' ')" 'keys of rebuild'
printf 'ketnapd rebuild\n' >>compared
printf 'unit,date,members\nHY,2024-01-01,71000\n' >one.csv
keys 'ketnapd import' . import members one.csv --data s
printf 'unit,date,members\nXX,2024-01-01,71000\n' >bad.csv
exits 1 "$ketnapd" import members bad.csv --data s --json
is "$(inner problems 'ketnapd import')" "$(jq -r '.problems[0] | keys | join(" ")' out)" 'keys of a problem'

keys 'ketnap deadlines' . deadlines --cut-off 2026-12-31 --from cell --on 2026-09-01
same 'ketnap deadlines' "$(inner steps 'ketnap deadlines')" '.steps[0]' deadlines --cut-off 2026-12-31
same 'ketnap deadlines' "$(inner due 'ketnap deadlines')" '.due[0]' deadlines --cut-off 2026-12-31 --from cell

# --- a server, two devices of one unit ----------------------------------------------------------------------

k init --illustrative --tree "$documents/tree.csv" --data d
keys 'ketnapd clock' . clock 2022-10-15 --data d
printf 'unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value\n' >targets.csv
printf 'NT.PRTC,2022,admitted,,decision,1-QĐ,2022-01-01,exact,9,,,,\n' >>targets.csv
k import targets targets.csv --data d
printf 'id,unit,from,to,measure,value,percent,of,instrument,source\nC1,NT.PRTC,2022-08-01,2022-08-31,admitted,3,,,,Báo\n' >claims.csv
k import claims claims.csv --data d
keys 'ketnapd laggards' . laggards NT --period 2022 --data d
same 'ketnapd laggards' "$(inner rows 'ketnapd laggards')" '.rows[0]' laggards NT --period 2022 --data d
same 'ketnapd laggards' "$(inner devices 'ketnapd laggards')" '.rows[0].devices' laggards NT --period 2022 --data d
keys 'ketnapd note' . note NT.PRTC 'said so' --data d
keys 'ketnapd officer' . officer NT.PRTC 'Mai' --data d
keys 'ketnapd group' . group NT.PRTC 'miền núi' --data d
k allocate NT --period 2024 --total 10 --base weights:weights.csv --draft --data d
keys 'ketnapd drafts' . drafts NT --period 2024 --data d
same 'ketnapd drafts' "$(inner rows 'ketnapd drafts')" '.rows[0]' drafts NT --period 2024 --data d
publish=(NT --period 2024 --instrument plan:1-KH --day 2023-12-31 --dry-run)
keys 'ketnapd publish' . publish "${publish[@]}" --data d
keys 'ketnapd letter' '.[0]' letter NT --period 2022 --of decision --data d
keys 'ketnapd synthesis' . synthesis NT --year 2022 --open-months --data d
keys 'ketnapd print' . print table NT --period 2022 --data d
keys 'ketnapd header' . header NT place=Huế --data d
keys 'ketnapd sources' . sources NT --period 2022-H1 --data d
k import form "$KETNAP_SOURCE/common/domain/forms/2021/form1.ini" --data d
keys 'ketnapd plan' . plan form1 --from 2022-01-01 --data d
keys 'ketnapd form' . form NT form1 --period 2022-H1 --data d
same 'ketnapd form' "$(inner rows 'ketnapd form')" '.rows[0]' form NT form1 --period 2022-H1 --data d
serve d
keys 'ketnapd request' . request flash --day 2022-09-22 --due 2022-09-22T16:00 --scope NT.PRTC --data d
keys 'ketnapd requests' '.[0]' requests --data d
sed 's/^version = .*/version = 99/' "$KETNAP_SOURCE/common/domain/forms/monthly.ini" >form.ini
keys 'ketnapd import form' . import form form.ini --data d --dry-run
keys 'ketnapd enroll --subtree' . enroll --subtree NT --out cards --data d
keys 'ketnapd enroll' . enroll NT.PRTC --data d --role approver
keys 'ketnap enroll' . enroll "$address" "$(jq -r .code out)" --data a
enroll d NT.PRTC b --role approver
enroll d NT op --role operator

printf 'change,unit,name\nrename,NT.PRTC,Tên mới\n' >rename.csv
for device in a b op; do
	c sync --data $device
done
keys 'ketnap enter' . enter monthly 2022-09 admitted=2 src_rural=2 members_end=22 --data a
keys 'ketnap print' . print sheet --period 2022-09 --data a
keys 'ketnap form' . form NT form1 --period 2022-H1 --data op
keys 'ketnap header' . header --data a
keys 'ketnap beside' . beside --period 2022-09 --data a
keys 'ketnap submit' . submit monthly 2022-09 --blanks-nil --data a
{
	printf 'unit,form,from,to,measure,value,approx\n'
	for figure in admitted,1 src_rural,1 members_end,21; do
		printf 'NT.PRTC,monthly,2022-09-01,2022-09-30,%s,\n' "$figure"
	done
} >file.csv
keys 'ketnap enter --file' . enter --file file.csv --data b
c submit monthly 2022-09 --blanks-nil --data b
keys 'ketnap sync' . sync --data a
same 'ketnap sync' "$(inner verdicts 'ketnap sync')" '.verdicts[0]' sync --data b
c sync --data a
keys 'ketnap status' . status --data a
same 'ketnap status' "$(inner last_ack 'ketnap status')" .last_ack status --data a
c enter monthly 2022-09 died=1 --data a
keys 'ketnap discard' . discard monthly 2022-09 --data a
keys 'ketnap conflicts' '.[0]' conflicts --data a
same 'ketnap conflicts' "$(inner versions 'ketnap conflicts')" '.[0].versions[0]' conflicts --data a
printf 'unit,form,from,to,measure,value\n' >behalf.csv
printf 'NT.PRTC,monthly,2022-05-01,2022-05-31,%s\n' admitted,3 src_rural,3 members_end,20 >>behalf.csv
c enter --file behalf.csv --on-behalf --from 'Ms B' --reason 'no line' --submit --blanks-nil --old --data op
c sync --data op
c enter monthly 2022-05 admitted=2 src_rural=2 members_end=20 --old --data a
c submit monthly 2022-05 --blanks-nil --old --data a
c sync --data a
for program in ketnap ketnapd; do
	keys "$program differences" '.[0]' differences --data "$([ $program = ketnap ] && echo a || echo d)"
done
for side in behalf own; do
	same 'ketnap differences' "$(inner behalf 'ketnap differences')" ".[0].$side" differences --data a
done
same 'ketnap progress' "$(printf '%s, %s' "$(inner targets | tr ' ' ',')" \
	"$(grep -oP '`ketnap progress`[^{]*\{\K[^{}]*' json.line)" | sorted)" '.[0]' progress --data a
kept=$(grep -oP 'At a device totals, table and bridge have \{\K[^}]*' json.line)
same 'ketnap totals' "$(printf '%s,%s' "$(totals_keys | tr ' ' ,)" "$kept" | sorted)" . totals --period 2022-09 --data a
same 'ketnap totals' "$(printf '%s,%s' "$(totals_keys | tr ' ' ,)" "$kept" | sorted)" . totals NT --period 2022-09 --data a
same 'ketnap bridge' "$(printf '%s,%s' "$(promised 'ketnapd bridge' | tr ' ' ,)" "$kept" | sorted)" . \
	bridge --period 2022-09 --data a
same 'ketnap totals' "$(printf '%s,%s' "$(promised 'totals --each month' | tr ' ' ,)" "$kept" | sorted)" . \
	totals --period 2022 --each month --data a
same 'ketnap table' "$(printf '%s,%s' "$(promised 'ketnapd table' | tr ' ' ,)" "$kept" | sorted)" . \
	table --period 2022-09 --data a
same 'ketnap table' "$(printf '%s,%s' "$(promised 'table --each month' | tr ' ' ,)" "$kept" | sorted)" . \
	table --period 2022 --each month --data a
same 'ketnap log' "$(promised 'ketnapd log')" '.[0]' log --data a
same 'ketnap claims' "$(promised 'ketnapd claims')" '.[0]' claims --data a
same 'ketnap months' "$(promised 'ketnapd months')" . months --period 2022-09 --data a
keys 'ketnap accept --below' . accept monthly 2022-09 --below --dry-run --data op
keys 'ketnap summary' . summary monthly 2022-09 --data op
keys 'ketnap devices' '.[0]' devices --data op
keys 'ketnap request' . request flash --day 2022-09-22 --due 2022-10-22T16:00 --scope NT.PRTC --data op
same 'ketnap register' "$(promised 'ketnap request')" . register 2024 10 --data a
same 'ketnap drafts' "$(inner rows 'ketnapd drafts' | sed 's/$/ illustrative/' | tr ' ' ',' | sorted)" '.[0]' drafts --data a
same 'ketnap drafts' "$(promised 'ketnapd drafts')" . drafts --period 2024 --data op
keys 'ketnap publish' . publish "${publish[@]}" --data op
same 'ketnap requests' "$(promised 'ketnapd requests')" '.[0]' requests --data a
same 'ketnap act' "$(promised 'ketnap request')" . act members unit=NT.PRTC date=2022-10-01 members=22 --data op
paper=(--no 3-TTr --signed 2022-09-01 --signer 'Trần B' --effective 2023-01-01)
same 'ketnap propose' "$(promised 'ketnap request')" . propose rename.csv "${paper[@]}" --data b
c sync --data b
c sync --data op
keys 'ketnapd proposals' '.[0]' proposals --data d
proposal=$(jq '.[0].lsn' out)
same 'ketnapd proposals' "$(inner changes 'ketnapd proposals')" '.[0].changes[0]' proposals --data d
same 'ketnap proposals' "$(promised 'ketnapd proposals')" '.[0]' proposals --data op
keys 'ketnapd refuse-act' . refuse-act "$proposal" --reason 'not now' --data d
same 'ketnap reorganise' "$(promised 'ketnap request')" . reorganise rename.csv "${paper[@]}" --data op
same 'ketnap tree' "$(promised 'ketnapd tree')" . tree --data b
keys 'ketnap receipt' . receipt NT.PRTC 2022-09 receipt.bin --data a
keys 'ketnap receipt' . receipt --check receipt.bin --data a
# Persons: cases, what is in them, what they come to.
of_case()
{
	promised_of 'ketnap case' "[oO]f \`$1\`[^{]*"
}

same 'ketnap case' "$(of_case open)" . case open name='Tên Bịa' birth=1999-01-02 day=2022-01-05 --data a
same 'ketnap case' "$(of_case step)" . case step 'ten bia' list 2022-01-06 --data a
c case step 'ten bia' apply 2022-01-07 --data a
c case step 'ten bia' cell 2022-09-01 --data a
same 'ketnap case' "$(of_case key)" . case key --data a
same 'ketnap case' "$(of_case list)" '.[0]' case list --data a
same 'ketnap case' "$(of_case list)" '.[0]' case search 'ten bia' --data a
same 'ketnap case' "$(of_case show)" . case show 'ten bia' --data a
same 'ketnap case' "$(promised_of 'ketnap case' 'somebody else wrote\), each one')" '.steps[0]' case show 'ten bia' --data a
same 'ketnap case' "$(of_case due)" '.[0]' case due --on 2023-01-01 --data a
same 'ketnap case' "$(of_case count)" . case count 2022-09 --data a
same 'ketnap case' "$(promised_of 'ketnap case' '`differ`, each one')" '.differ[0]' case count 2022-09 --data a
printf 'unit,admitted,recognised,card,name,birth,sex,ethnicity,religion\nNT.PRTC,2001-02-03,,B1,Tên Bịa Hai,1970-01-02,nam,,\n' >members.csv
same 'ketnap members' "$(promised_of 'ketnap members' 'Of `import`')" . members import members.csv --data a
same 'ketnap members' "$(promised_of 'ketnap members' '`search`, one of each')" '.[0]' members list --data a
same 'ketnap members' "$(promised_of 'ketnap members' '`search`, one of each')" '.[0]' members search hai --data a
same 'ketnap members' "$(promised_of 'ketnap members' 'Of `arrive` and `restore`')" . members arrive name='Bịa Đến' admitted=2001-02-03 day=2022-01-05 no=1-GT --data a
same 'ketnap members' "$(promised_of 'ketnap members' 'Of `show`')" . members show B1 --data a
same 'ketnap members' "$(promised_of 'ketnap members' '`correct`, of a case too')" . case correct 'ten bia' phone=1 --reason 'thử' --data a
same 'ketnap members' "$(promised_of 'ketnap members' '`correct`, of a case too')" . members correct B1 phone=1 --reason 'thử' --data a
same 'ketnap case' "$(promised_of 'ketnap case' '`corrections`, the newest first, each one')" '.corrections[0]' case show 'ten bia' --data a
same 'ketnap members' "$(promised_of 'ketnap members' 'Of `end`')" . members end B1 left 2022-01-02 no=9-QD dated=2021-12-30 signer='Bịa Ký' --data a
same 'ketnap commend' "$(promised_of 'ketnap commend' 'Of `add` and `back`')" . commend add 'Tên Bịa Ba' title=x \
	period=2022-H1 helped=1 --data a
same 'ketnap commend' "$(promised_of 'ketnap commend' 'Of `list`')" . commend list --period 2022 --data a
same 'ketnap commend' "$(promised_of 'ketnap commend' 'most first, each one')" '.people[0]' commend list --period 2022 --data a
# one that goes over to another unit, which has made a key
enroll d NT up --role approver
c sync --data up
c case key --data up
c sync --data up
c sync --data a
c case open name='Đi Bịa' birth=1999-01-02 day=2022-01-05 --data a
same 'ketnap case' "$(of_case move)" . case move 'di bia' NT 2022-09-03 no=1-GT --data a
same 'ketnap case' "$(of_case move)" . case recall 'di bia' 2022-09-04 --data a
sed -i 's/B1,Tên Bịa Hai/B2,Đi Bịa Ba/' members.csv
c members import members.csv --data a
same 'ketnap members' "$(promised_of 'ketnap members' 'Of `move`[^{]*')" . members move B2 NT 2022-09-03 --data a
same 'ketnap members' "$(promised_of 'ketnap members' 'Of `move`[^{]*')" . members recall B2 2022-09-04 --data a
printf 'case,step,day\nten bia,submit,2022-09-02\n' >meeting.csv
keys 'ketnap meeting' . meeting meeting.csv --data a --dry-run
printf 'case,step,day\n' >class.csv
same 'ketnap class' "$(promised 'ketnap meeting')" . class class.csv --data a
same 'ketnap person' "$(of_case show)" . person export 'ten bia' --data a
c sync --data a
keys 'ketnap recover' '.[0]' recover --data a
c sync --data op
same 'ketnap recover' "$(promised 'ketnap request')" . recover "$("$ketnap" status --data a --json | jq -r .device)" --reason 'hỏng' --data op
same 'ketnap forget' "$(promised 'ketnap request')" . forget 'ten bia' --reason 'đơn' --data a
# A copy from before the last contact is put back: what it had queued since waits for a person.
cp -r a old
c enter monthly 2022-08 members_end=20 --data a
c submit monthly 2022-08 --nil --data a
c sync --data a
c enter monthly 2022-08 members_end=19 --data old
c submit monthly 2022-08 --nil --data old
c sync --data old
keys 'ketnap aside' '.[0]' aside --data old
same 'ketnapd progress' "$(inner forecast 'ketnapd progress')" .total.forecast \
	progress NT --period 2022 --to 2022-09-30 --data d

# --- a device that is enrolled and speaks by stick, through the operator's --------------------------------------

k enroll NT.PRTC --data d --role clerk --json
keys 'ketnap enroll --request' . enroll "$(jq -r .code out)" --request v.request --data v
keys 'ketnapd enroll --request' . enroll --request v.request --answer v.enrolled --data d
same 'ketnap import' "$(promised 'ketnap enroll')" . import v.enrolled --data v
keys 'ketnap export' . export v.bundle --data v
keys 'ketnapd bundle' . bundle v.bundle --answer v.answer --data d
same 'ketnap import' "$(promised_of 'ketnap import' 'of an answer')" . import v.answer --data v
c export v.bundle --data v
same 'ketnap import' "$(promised_of 'ketnap import' 'of a bundle')" . import v.bundle --data op
same 'ketnap status' "$(inner carried 'ketnap status')" '.carried[0]' status --data op
same 'ketnap sync' "$(inner carried 'ketnap sync')" .carried sync --data op
same 'ketnap export' "$(promised_of 'ketnap export' 'With `--answer-for`')" . export v.answer --data op \
	--answer-for "$("$ketnap" status --data v --json | jq -r .device)"

# --- suspended, lifted, revoked -------------------------------------------------------------------------------

exits 1 "$ketnap" sync --data a
c status --data a --json
suspended=$(jq -r .device out)
here=$(jq -r .installation out)
exits 2 "$ketnapd" lift "$suspended" --reason asked --installation 00000000 --data d
has "$here" err
keys 'ketnapd lift' . lift "$suspended" --reason asked --installation "$here" --data d
keys 'ketnapd close' . close monthly 2022-07 --scope NT --data d
same 'ketnapd calendar' "$(promised 'ketnapd close')" . calendar monthly --from 2022-11-01 --due-days 5,8,10 --data d
c enter monthly 2022-07 members_end=20 --old --data b
c submit monthly 2022-07 --nil --old --data b
c sync --data b
keys 'ketnapd late' '.[0]' late --data d
keys 'ketnapd sources' . sources NT --period 2022-H1 --data d
for part in total 'rows[0]' 'without_admission[0]'; do
	same 'ketnapd sources' "$(inner "${part%[*}" 'ketnapd sources')" ".$part" sources NT --period 2022-H1 --data d
done
same 'ketnapd sources' 'part percent whole' .total.rates.class sources NT --period 2022-H1 --data d
same 'ketnap late' "$(promised 'ketnapd late')" '.[0]' late --data b
keys 'ketnapd status' . status --data d
same 'ketnapd status' "$(inner devices 'ketnapd status')" '.devices[0]' status --data d
keys 'ketnapd devices' '.[0]' devices --data d
keys 'ketnapd revoke' . revoke "$(jq -r '.[0].id' out)" --reason lost --data d
keys 'ketnapd keys' . keys --new-card --card new.card --data d
k server-keys d.keys --data d --json
jq -r .code out >d.code
k enroll VN --role standby --data d --json
"$ketnapd" follow "$address" "$(jq -r .code out)" --data n >n.follow 2>log.n &
pids+=($!)
waits_for 'the standby is level' says n '.standby.state == "level"'
grep -qE '^following [^ ]+ device=[0-9a-f]{16} lsn=[0-9]+$' n.follow || fail "the line of follow: $(cat n.follow)"
printf 'ketnapd follow\n' >>compared
same 'ketnapd status' "$(inner standby 'ketnapd status')" .standby status --data n
same 'ketnapd status' "$(inner standbys 'ketnapd status')" '.standbys[0]' status --data d
kill "${pids[-1]}"
wait "${pids[-1]}"
"$ketnapd" promote d.keys --reason 'to see' --data n --json <d.code >out 2>err || fail 'the standby is not promoted'
is "$(promised 'ketnapd promote')" "$(jq -r 'keys | join("\n")' out | sort | paste -sd' ')" 'keys of promote'
printf 'ketnapd promote\n' >>compared
same 'ketnapd keys' "$(promised_of 'ketnapd keys' 'of `--backup`')" . keys --backup copy.keys --data d
same 'ketnapd keys' "$(promised_of 'ketnapd keys' 'of `--prune`')" . keys --prune copy.keys --data d
same 'ketnapd keys' "$(promised_of 'ketnapd keys' 'of `--lost`')" . keys --lost --data d
same 'ketnapd keys' "$(promised_of 'ketnapd keys' 'of `--print`')" . keys --print d.page --data d
keys 'ketnapd restore' . restore --cause 'an older copy' --data d
same 'ketnapd restore' "$(promised_of 'ketnapd restore' 'with `--end`')" . restore --end --data d
stop 0
same 'ketnapd keys' "$(promised_of 'ketnapd keys' 'of `--restore`')" . keys --restore copy.keys --data d

# --- nothing is promised that was not looked at -----------------------------------------------------------------

while read -r name; do
	checks=$((checks + 1))
	grep -qxF -- "$name" compared || fail "the page promises keys of $name, and this test does not look"
done < <(grep -oP '`\Kketnapd? [a-z]+( --?[a-z-]+| form)?(?=`)' json.md | sort -u)

# Every command of the page is one of the program, and the other way round, with options that there are; what
# is not there yet says so.
sed 's/\\-/-/g' "$KETNAP_SOURCE/server/cli/ketnapd.8" >manual.ketnapd
sed 's/\\-/-/g' "$KETNAP_SOURCE/client/cli/ketnap.1" >manual.ketnap
for program in ketnapd ketnap; do
	sed -n "/^## $program\$/,/^## /p" "$page" | grep '^| `' >rows.$program
	sed -n 's/^| `\(.*\)/\1/p' rows.$program | sed 's/`, `/\n/g' | grep -oP '^[a-z]+' | sort -u >page.$program
	for lang in vi en; do
		exits 0 "${!program}" --help --lang $lang
		[ "$(wc -L <out)" -le 100 ] || fail "$program --help in $lang: $(wc -L <out) columns"
	done
	# the manual has each option that the program tells of
	while read -r option; do
		checks=$((checks + 1))
		grep -qE -- "(^|[^a-z-])$option([^a-z-]|\$)" manual.$program || fail "the manual of $program lacks $option"
	done < <(grep -oP '^  \K--[a-z-]+' out | grep -vx -e --help -e --version | sort -u)
	grep -oP '^  \K[a-z]+' out | sort -u >program.$program
	is '' "$(diff page.$program program.$program)" "commands of $program: the page against the program"
	while read -r option; do
		has "  $option " out
	done < <(grep '| yes |$' rows.$program | grep -oP '(?<![a-z-])--[a-z-]+' | sort -u)
	is '' "$(grep -vE '\| (yes|not yet) \|$' rows.$program || true)" "rows of $program without a state"
done
is '' "$(cat rows.ketnapd rows.ketnap | grep '| not yet |$' | grep -oP '`\K[a-z]+' | paste -sd' ')" 'not there yet'
exits 2 "$ketnapd" enroll --subtree NT --data s # without a folder
exits 2 "$ketnapd" enrol NT --data s
is 1 "$(wc -l <err)" 'one line says what is wrong, not two screens of help'
exits 2 "$ketnap" sign monthly --data a
is 1 "$(wc -l <err)" 'there too'
