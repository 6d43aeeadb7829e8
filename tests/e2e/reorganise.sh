#!/usr/bin/env bash
# Acts as devices meet them, with the real programs: a district proposes, the operator refuses once and carries out
# once; a successor's device reads the target that came to it; whole months typed without a line through an act wait
# and count where a person says; nobody is stuck.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# sent DIR: everything that waits goes
sent()
{
	c "$1" sync --json
	is 'done 0' "$(jq -r '"\(.end) \(.not_now)"' out)" "a contact of $1"
}

small_province s
k clock 2022-10-20 --data s
for who in a:D.A:approver b:D.B:approver d:D:approver o:P:operator p:D.B:clerk; do
	IFS=: read -r dir unit role <<<"$who"
	enrol "$dir" "$unit" "$role"
	c "$dir" sync
done
target=$(k log --data s --json && jq -r '[.[] | select(.kind == "target")][0].lsn' out)

# --- a proposal, refused; another, carried out as the operator has it ------------------------------------

cat >propose.csv <<CSV
change,unit,parent,kind,name,into,parts,target
create,N,P,commune,Đảng bộ xã Mới,,,
merge,D.A,,,,N,,
target,D.A,,,,N D.B,7 5,$target
CSV
readonly paper=(--no 5-TTr/HU --signed 2022-09-01 --signer 'Trần B' --effective 2022-09-16)
exits 2 "$ketnap" propose propose.csv --no 5 --data d
printf 'change,unit,name\nrename,D.B,Chi bộ Bình An\n' >rename.csv
exits 1 "$ketnap" propose rename.csv "${paper[@]}" --data p
has 'may not do that' err
exits 1 "$ketnap" reorganise rename.csv "${paper[@]}" --data b
has 'may not do that' err
c d propose propose.csv "${paper[@]}"
is 'act-proposal D queued' "$(cj d '"\(.kind) \(.unit) \(.state)"' propose propose.csv "${paper[@]}")" 'queued'
sent d
sent o
c o proposals
has 'D.A: is merged -> N' out
is 'waiting waiting' "$(cj o '[.[].state] | join(" ")' proposals)" 'two wait'
read -r first second < <(jq -r '[.[].lsn] | join(" ")' out)
exits 2 "$ketnap" refuse-act "$first" --data o
exits 1 "$ketnap" refuse-act "$first" --reason no --data d
c o refuse-act "$first" --reason 'sent twice'
exits 1 "$ketnap" refuse-act 1 --reason no --data o
sent o
exits 1 "$ketnapd" refuse-act "$first" --reason no --data s
has 'not any more' err
c o reorganise --proposal "$second" --no 77-QĐ/TU --signer 'Nguyễn A'
sent o
is 0 "$(cj o .refused status)" 'what the operator sent'
sent d
is 'refused carried-out' "$(cj d '[.[].state] | join(" ")' proposals)" 'what the proposer reads'
is 'sent twice' "$(jq -r '.[0].reason' out)" 'and why'
exits 1 "$ketnapd" act --proposal "$second" --data s
k proposals --data s
has '5-TTr/HU' out

# --- the target is read where it came to -----------------------------------------------------------------

enrol n N
c n sync
is '7 12-NQ' "$(cj n '.targets[0] | "\(.value) \(.doc_no)"' totals N --from 2022-01-01 --to 2022-12-31)" 'at the successor'
sent b
is '5 12-NQ' "$(cj b '.targets[0] | "\(.value) \(.doc_no)"' totals D.B --from 2022-01-01 --to 2022-12-31)" 'beside it'

# --- months of before ------------------------------------------------------------------------------------

# The successor goes on; D.A had no line: August is a month as ever, September was cut, and October is no longer its own.
c n enter monthly 2022-10 members_begin=20 members_end=20 --old
c n submit monthly 2022-10 --blanks-nil
sent n
is 'acked=1 refused=0' "$(cj n '"acked=\(.acked) refused=\(.refused)"' status)" 'the successor goes on'
c a enter monthly 2022-08 members_end=17
c a submit monthly 2022-08 --nil
c a enter monthly 2022-09 admitted=3 src_rural=3 members_end=20
c a submit monthly 2022-09 --blanks-nil
c a enter monthly 2022-10 admitted=1 src_rural=1 members_end=21
c a submit monthly 2022-10 --blanks-nil
c a enter monthly 2022-10 died=2 died= admitted=2
sent a
# What was being typed of a month that is no longer the unit's can be neither sent nor blanked: said, and dropped knowingly.
exits 1 "$ketnap" enter monthly 2022-10 admitted= --data a
is 'D.A monthly 2022-10' "$(cj a '.stuck[] | "\(.unit) \(.form) \(.period)"' status)" 'for scripts'
is 'form period reason unit' "$(jq -r '.stuck[0] | keys | join(" ")' out)" 'as CONTRACT.md has them'
is true "$(json '.devices[] | select(.unit == "D.A") | .drafts == 1' status --data s)" 'the server heard of it'
c a status
has 'a draft that cannot be sent any more: D.A monthly 2022-10: D.A is no longer there on the last day of the period' out
has 'ketnap discard monthly 2022-10 --unit D.A' out
c a enter monthly 2022-08 died=1 # nor is a month of two before the present one older for a unit that has ended
exits 1 "$ketnap" enter monthly 2022-07 died=1 --data a
has 'older than the two' err
exits 1 "$ketnap" discard monthly 2022-09 --data a
has 'there is no draft of D.A monthly 2022-09' err
c a discard monthly 2022-10
has 'D.A monthly 2022-10: the draft is dropped; it said admitted=2' out
is 'D.A monthly 2022-08 {"died":1}' "$(cj a '"\(.unit) \(.form) \(.period) \(.figures | tojson)"' discard monthly 2022-08)" 'of any draft'
sent a
is '0 0' "$(cj a '"\(.draft) \(.stuck | length)"' status)" 'nothing is held any more'
is true "$(json '.devices[] | select(.unit == "D.A") | .drafts == 0' status --data s)" 'and the server knows'
is 'acked=1 late=2 refused=0' "$(cj a '"acked=\(.acked) late=\(.late) refused=\(.refused)"' status)" 'kept, not refused'
is 'D.A 2022-09-01..2022-09-15, N 2022-09-16..2022-09-30' \
	"$(json '.[] | [.places[] | "\(.unit) \(.period)"] | join(", ")' late --data s)" 'where they can count'
late=$(jq -r '.[0].lsn' out)
c a status
has 'late: D.A monthly 2022-09: the unit has gone over into another' out
lacks 'after the closing' out
exits 1 "$ketnapd" decide-late "$late" --counts --reason 'by telephone' --data s
has 'D.A 2022-09-01..2022-09-15, N 2022-09-16..2022-09-30' err
k decide-late "$late" --counts --unit N --period 2022-09-16..2022-09-30 --reason 'by telephone' --data s
exits 1 "$ketnapd" decide-late "$late" --decline --reason no --data s
is 3 "$(json .measures.admitted totals P --from 2022-09-01 --to 2022-09-30 --data s)" 'it counts'
for each in n a b d o p; do
	sent "$each"
done
exits 1 "$ketnap" receipt D.A 2022-08 of.before --data n
has 'whether D.A monthly 2022-08 is signed is not known at this device' err
c d receipt D.A 2022-08 of.before
c n receipt --check of.before # brought by who has it
has 'of.before: proven: entry ' out
exits 1 "$ketnap" receipt D.B 2022-02 of.nothing --data d
has 'D.B monthly 2022-02 is not signed' err
is 3 "$(cj n .measures.admitted totals N --from 2022-09-16 --to 2022-09-30)" 'the successor reads the figures, too'
is '20 members_end' "$(cj n '"\(.measures.members_end) members_end"' totals N --from 2022-09-16 --to 2022-09-30)" 'all of them'
c n totals N --from 2022-09-16 --to 2022-09-30
has 'year before: not known here' out
is 'null true' "$(json '"\(.prev_year.admitted.value) \(.prev_year.admitted.computed)"' totals N --from 2022-09-16 --to 2022-09-30 --data s)" \
	'nobody reported it a year before, the server knows'
k totals N --from 2022-09-16 --to 2022-09-30 --data s
lacks 'year before: not known here' out
is '3 late' "$(cj n '"\(.figures.admitted) \(.verdict)"' receipt N 2022-09-16..2022-09-30 part.receipt)" 'of what counts there'
# what D.A sent of October can count in one place, and does, beside the sheet of N: the receipt is of N's own
is true "$(json '.[1].counts' late --data s)" 'by the server'
is '20 accepted' "$(cj n '"\(.figures.members_end) \(.verdict)"' receipt N 2022-10 own.receipt)" 'the own sheet'
c n receipt --check own.receipt
has ', N 2022-10,' out

# --- trees, at the device ----------------------------------------------------------------------------------

is 'P D D.A D.B' "$(cj o '[.units[].unit] | join(" ")' tree --on 2022-09-15)" 'the day before'
is 'P N D D.B' "$(cj o '[.units[].unit] | join(" ")' tree --on 2022-09-16)" 'the day'
is 'P D D.B' "$(cj b '[.units[].unit] | join(" ")' tree --on 2022-09-15)" 'what a device holds'
is 'P D D.A D.B' "$(json '[.units[].unit] | join(" ")' tree --on 2022-09-15 --data s)" 'as the server'
stop_server
is true "$(json .ok verify --data s)" 'verify'
