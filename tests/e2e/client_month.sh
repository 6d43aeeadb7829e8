#!/usr/bin/env bash
# The usual work of a device with the real server: enrol, enter offline, sign, sync, see it counted and
# proven; a nil month in one act; figures by file and on behalf; two values settled by hand.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province s
enrol a D.A
has 'is enrolled' out
is 2022-09-22 "$(cj a '.last_contact[0:10]' status)" 'the first contact, by the clock of the store'
is 'D.A approver Người a false' "$(cj a '"\(.unit) \(.role) \(.person) \(.delivered)"' status)" 'a new device'
is '600 600' "$(stat -c %a a/device.key a/seal.key | tr '\n' ' ' | sed 's/ $//')" 'modes of the keys'

# --- a month, typed without a line -------------------------------------------------------------------
stop_server
c a enter monthly 2022-08 admitted=3 src_rural=2 died=- restored= members_end=20
has 'kept as a draft' out
has 'still blank' out
has 'Membership restored (restored);' out
is '1 0 0' "$(cj a '"\(.draft) \(.queued) \(.acked)"' status)" 'a draft'
exits 1 "$ketnap" submit monthly 2022-08 --blanks-nil --data a # sources do not add up to 3
has 'must add up to “Newly admitted members” (2 against 3)' err
lacks 'rule ' err
is '1 0' "$(cj a '"\(.draft) \(.queued)"' status)" 'the draft after a refusal'
exits 1 "$ketnap" submit monthly 2022-08 --blanks-nil --data a --json # nothing is told beside it
has 'D.A monthly 2022-08: the figures do not agree (2 against 3): ' err
exits 1 "$ketnap" submit monthly 2022-08 --unit D --data a
lacks '--paper' err # it would not help: the unit is not in this device's part
c a enter monthly 2022-08 src_rural=3
exits 1 "$ketnap" submit monthly 2022-08 --data a
has '--blanks-nil' err
has 'Membership restored (restored)' err
c a submit monthly 2022-08 --blanks-nil
has 'queued here' out
c a status
has 'NOT all delivered' out
lacks 'confirmed by the server' out
c a enter monthly 2022-07 members_end=17 # the first month has no month before to take it from
c a submit monthly 2022-07 --nil
exits 1 "$ketnap" enter monthly 2022-03 admitted=1 --data a
has '--old' err
exits 1 "$ketnap" enter monthly 2022-10 admitted=1 --data a --old
has 'not begun' err
exits 1 "$ketnap" enter monthly 2022-08 admited=1 --data a
has 'no measure admited' err
exits 2 "$ketnap" enter monthly 2022-08 admitted=1 --on-behalf --from 'Ms B' --reason 'no line' --data a
exits 1 "$ketnap" enter monthly 2019-12 admitted=1 --old --data a
has 'is not there yet' err
exits 1 "$ketnap" enter monthly 2022-08 admitted=9000000000000 --data a
has 'from 0 to 1,000,000,000,000' err
lacks 'admitted: admitted:' err
exits 75 "$ketnap" sync --data a --json
is 'no-line no-line' "$(jq -r '"\(.end) \(.why)"' out)" 'why, for scripts'
exits 75 "$ketnap" sync --data a
has 'nothing is lost' err
has 'no line to' err
is '0 2 0' "$(cj a '"\(.draft) \(.queued) \(.acked)"' status)" 'two sheets wait'
is 3 "$(cj a '.[0].unsent' progress)" 'signed and not sent yet counts apart'

# --- the line comes back -----------------------------------------------------------------------------
serve s
is '2 2 0 0' "$(cj a '"\(.sent) \(.acked) \(.refused) \(.late)"' sync)" 'what the sync says'
is true "$(jq '.bytes_in > 500 and .bytes_out > 500 and .rounds >= 1 and .pulled >= 2' out)" 'bytes and rounds'
c a status
has 'confirmed by the server' out
is '0 0 2 true' "$(cj a '"\(.draft) \(.queued) \(.acked) \(.delivered)"' status)" 'all is delivered'
is '0 0 true' "$(cj a '"\(.sent) \(.acked) \(.resumed)"' sync)" 'a second sync brings nothing'
is 3 "$(json .measures.admitted totals D.A --period 2022-08 --data s)" 'at the server'
is '3 3' "$(cj a '"\(.measures.admitted) \(.reporting.expected * 3)"' totals --period 2022-08)" 'own totals, from base'
is 3 "$(cj a .measures.admitted totals P --period 2022-08)" 'above the own part, the server answers'
exits 1 "$ketnap" totals P --period 2022-08 --known-at 9999 --data a
has "entry 9,999 is asked for, the log ends at $(lsn_of s)" err
is '3 12 25.00 9 behind' "$(cj a '.[0] | "\(.attained) \(.goal) \(.attained_percent) \(.missing) \(.pace)"' progress)" \
	'the own target'
cat >each-year.csv <<-'CSV'
	unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value,per
	D.A,2020-2025,admitted,,congress,1-NQ,2020-10-05,exact,12,,,,,year
CSV
k import targets each-year.csv --data s
c a sync
is '3 12 25.00 9 behind 100' "$(cj a '.[] | select(.doc_no == "1-NQ") | "\(.attained) \(.goal) \(.attained_percent) \(.missing) \(.pace) \(.days_left)"' \
	progress)" 'a number for each year of a term: this year'
is 'D.A 3' "$(cj a '"\(.total.unit) \(.total.value)"' table --period 2022-08)" 'the table of the own part'
c a totals P --period 2022-08 --json
cp out fresh.json
is null "$(jq -c .kept fresh.json)" 'an answer of now'
stop_server
exits 75 "$ketnap" totals P --period 2022-07 --data a
has 'only the server can answer' err
# What was asked before is there, and says of when it is.
c a totals P --period 2022-08 --json
cp out kept.json
has 'this is what it answered on' err
is '' "$(diff <(jq 'del(.kept)' fresh.json) <(jq 'del(.kept)' kept.json))" 'the answer as it was, its entry and time too'
is true "$(jq '.kept | test("^20[0-9-]*T")' kept.json)" 'when it came'
exits 75 "$ketnap" totals P --period 2022-08 --basis accepted --data a
is 3 "$(cj a .measures.admitted totals --period 2022-08)" 'own totals without a line'
serve s

# --- proof -------------------------------------------------------------------------------------------
c a receipt D.A 2022-08 r.bin
stop_server
c a receipt --check r.bin
has 'proven' out
exits 2 "$ketnap" receipt --check r.bin
cp r.bin bad.bin
printf '\001' | dd of=bad.bin bs=1 seek=60 conv=notrunc status=none
exits 1 "$ketnap" receipt --check bad.bin --data a
has 'proves nothing' err
serve s

# --- on behalf, from a file: all rows or none --------------------------------------------------------
enrol d D
cat >figures.csv <<CSV
unit;form;from;to;measure;value
D.B;monthly;01/08/2022;31/08/2022;admitted;1
D.B;monthly;01/08/2022;31/08/2022;src_student;1
D.B;monthly;01/08/2022;31/08/2022;members_end;1.204
D.B;monthly;01/07/2022;31/07/2022;admitted;-
D.B;monthly;01/07/2022;31/07/2022;members_end;1.203
CSV
exits 1 "$ketnap" enter --file figures.csv --data d
has 'line 2, column unit' err
exits 2 "$ketnap" enter --file figures.csv --on-behalf --data d
sed '4s/1.204/1,204/;5s/;-$/;x/' figures.csv >wrong.csv
printf 'D.B;monthly;01/08/2022;31/08/2022;died;1.000\n' >>wrong.csv
exits 1 "$ketnap" enter --file wrong.csv --on-behalf --from 'telephone, Ms B' --reason 'no line there' \
	--submit --blanks-nil --data d
has 'line 5, column value' err
has 'put them together' err
is '0 0' "$(cj d '"\(.draft) \(.queued)"' status)" 'nothing of a bad file'
c d enter --file figures.csv --on-behalf --from 'telephone, Ms B' --reason 'no line there' --submit --blanks-nil
is '0 2' "$(cj d '"\(.draft) \(.queued)"' status)" 'both sheets at once'
is '2 2' "$(cj d '"\(.sent) \(.acked)"' sync)" 'sent on behalf'
is '1 1204 1' "$(json '"\(.measures.admitted) \(.measures.members_end) \(.sheets.on_behalf)"' totals D.B \
	--period 2022-08 --data s)" 'counted, provisionally'
is 'telephone, Ms B: no line there' "$(json '.[-1] | "\(.on_behalf): \(.reason)"' log --unit D.B --data s)" 'who telephoned'
is 'telephone, Ms B: no line there' "$(cj d '[.[] | select(.unit == "D.B")][-1] | "\(.on_behalf): \(.reason)"' log)" 'at the device too'
k log --unit D.B --data s
has 'on behalf: telephone, Ms B  reason: no line there  device ' out
c d log
has 'on behalf: telephone, Ms B  reason: no line there  device ' out
is '4 2' "$(cj d '"\(.total.value) \(.rows | length)"' table --period 2022-08)" 'the table of the district'

# A month without events is one row, signed as such; nothing that the machine knows is typed.
printf 'unit,form,from,to,measure,value\nD.B,monthly,2022-09-01,2022-09-30,nil,\n' >nil.csv
exits 1 "$ketnap" enter --file nil.csv --on-behalf --from 'telephone, Ms B' --reason 'no line there' --data d
has 'add --submit' err
sed '$s/nil,$/nil,0/' nil.csv >wrong.csv
exits 1 "$ketnap" enter --file wrong.csv --on-behalf --from 'telephone, Ms B' --reason 'no line there' --submit \
	--data d
has 'a nil month has no value' err
printf '%s\n' "$(cat nil.csv)" 'D.B,monthly,2022-09-01,2022-09-30,died,1' >wrong.csv
exits 1 "$ketnap" enter --file wrong.csv --on-behalf --from 'telephone, Ms B' --reason 'no line there' --submit \
	--data d
has 'no month without events' err
is '0 0' "$(cj d '"\(.draft) \(.queued)"' status)" 'nothing of a bad nil month'
is '1 1 0' "$(cj d '"\(.sheets) \(.nil) \(.figures)"' enter --file nil.csv --on-behalf --from 'telephone, Ms B' \
	--reason 'no line there' --submit)" 'a nil month by file'
c d sync
is '1 1204 0' "$(json '"\(.sheets.nil) \(.measures.members_end) \(.measures.admitted)"' totals D.B --period 2022-09 \
	--data s)" 'a nil month counted as such'

# --- two people write one figure apart ---------------------------------------------------------------
enrol a2 D.A
c a enter monthly 2022-09 admitted=2 src_rural=2 members_end=22
c a2 enter monthly 2022-09 admitted=1 src_rural=1 members_end=21
c a submit monthly 2022-09 --blanks-nil
c a2 submit monthly 2022-09 --blanks-nil
c a sync
c a2 sync
c a sync
is '3 3' "$(cj a .contested status) $(cj a2 .contested status)" 'contested at both'
is '1 0' "$(json '"\(.sheets.changed) \(.sheets.broken)"' totals P --period 2022-09 --data s)" 'written on beside the signature'
is '1 1' "$(json '"\(.total.changed) \([.rows[].changed] | add)"' table P --period 2022-09 --data s)" 'the table marks it'
k totals D --period 2022-09 --data s
has 'to look into: 1 sheets changed since signing' out
lacks 'do not agree' out
c a conflicts
has 'by Người a, D.A' out
has 'by Người a2, D.A' out
version=$(cj a '[.[] | select(.measure == "admitted") | .versions[] | select(.value == 2)][0].version' conflicts)
exits 1 "$ketnap" resolve D.A monthly 2022-09 "admitted=keep:$version" --data a
c a resolve D.A monthly 2022-09 "admitted=keep:$version" --reason 'both counted again'
exits 2 "$ketnap" resolve D.A monthly 2022-09 src_rural=1 admitted=1 --reason 'both at once' --data a
has 'resolve settles one figure: admitted=1 is one too many' err
c a resolve D.A monthly 2022-09 src_rural==1 --reason 'one of them is from the army'
c a sync
is 1 "$(json .sheets.broken totals P --period 2022-09 --data s)" 'signed, and the sources do not add up'
k table D --period 2022-09 --data s
has 'to look into: 1 signed sheets whose figures do not agree' out
c a resolve D.A monthly 2022-09 members_end=22 --reason 'both counted again'
c a enter monthly 2022-09 src_rural=2
c a submit monthly 2022-09 --blanks-nil --reason 'counted again'
c a sync
c a2 sync
is '0 0' "$(cj a .contested status) $(cj a2 .contested status)" 'settled'
is 2 "$(json .measures.admitted totals D.A --period 2022-09 --data s)" 'the one that was kept'
is '0 0' "$(json '"\(.sheets.changed) \(.sheets.broken)"' totals P --period 2022-09 --data s)" 'signed anew, and agreed'

# --- revoked: told in words, and what was typed stays ------------------------------------------------
c a2 enter monthly 2022-08 admitted=5
k revoke "$(cj a2 .device status)" --reason 'lost' --data s
exits 1 "$ketnap" sync --data a2
has 'revoked' err
has '1 drafts are kept here' err
is '1 revoked' "$(cj a2 '"\(.draft) \(.halt)"' status)" 'what was typed'
exits 1 env KETNAP_LANG=vi "$ketnap" sync --data a2
lacks 'revoked' err
is true "$(json .ok verify --data s)" 'verify'
