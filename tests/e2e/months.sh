#!/usr/bin/env bash
# Month ends with the real programs: accepted, returned, closed while a device without a line holds a sheet,
# which is late and then counts; an amendment with its reason; an unlock by two persons; summaries; the board.
# The report of the closed month prints again byte for byte through all of it.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# state UNIT: state, time and marks of its July, by the server
state()
{
	k months P --period 2022-07 --data s --json
	jq -r --arg u "$1" '.rows[] | select(.unit == $u) | "\(.state) \(.time) \(.marks | join(","))"' out
}

# sent DIR: everything that waits goes, and nothing is refused
sent()
{
	c "$1" sync --json
	is 0 "$(jq .refused out)" "refused of $1"
}

# newest KIND: its lsn
newest()
{
	k log --data s --json
	jq -r --arg kind "$1" '[.[] | select(.kind == $kind)][-1].lsn' out
}

closed_report()
{
	k totals P --period 2022-07 --basis closed --data s --json
}

small_province s
for who in a:D.A:approver b:D.B:approver d:D:approver o:P:operator p:P:operator; do
	IFS=: read -r dir unit role <<<"$who"
	enrol "$dir" "$unit" "$role"
	c "$dir" sync
done
k calendar monthly --from 2022-01-01 --due-days 60,62,65 --data s
is 'blank not-due ' "$(state D.A)" 'before anything'
exits 1 "$ketnapd" calendar monthly --from 2021-01-01 --due-days 5,8,10 --data s
exits 2 "$ketnapd" calendar monthly --from 2022-01-01 --due-days 5,8 --data s
exits 1 "$ketnapd" calendar monthly --from 2022-02-01 --due-days 5,3,8 --data s
has 'a level of 3 days after one below it of 5' err
exits 1 "$ketnapd" totals P --period 2022-07 --basis closed --data s
has 'nothing of these days is closed' err

# --- sent, returned, sent again, accepted -------------------------------------------------------------
c a enter monthly 2022-07 members_end=17
c a submit monthly 2022-07 --nil
sent a
is 'sent on-time nil' "$(state D.A)" 'a nil month sent'
sent d
exits 2 "$ketnap" return monthly 2022-07 --unit D.A --data d
c d return monthly 2022-07 --unit D.A --reason 'one cell is missing'
sent d
is 'returned not-due ' "$(state D.A)" 'returned'
exits 1 "$ketnap" accept monthly 2022-07 --unit D.A --data d
c a sync
has 'sent back: D.A monthly 2022-07: one cell is missing' out
c a status
has 'sent back: D.A monthly 2022-07: one cell is missing' out
has 'something needs a person' out
is '[["D.A","2022-07","one cell is missing"]]' "$(cj a '.returned | map([.unit, .period, .reason]) | tojson' status)" 'sent back, and why'
is '[]' "$(cj d '.returned | tojson' status)" 'who sent it back has nothing to do'
c a enter monthly 2022-07 members_end=18
c a submit monthly 2022-07 --nil
is '[]' "$(cj a '.returned | tojson' status)" 'signed again'
sent a
c a recall monthly 2022-07
sent a
is 'draft not-due ' "$(state D.A)" 'taken back'
exits 1 "$ketnap" recall monthly 2022-07 --data a
has 'nothing' err
c a submit monthly 2022-07 --nil
sent a
sent d
is 'D.B=nothing entered' "$(cj d '.left[] | "\(.unit)=\(.why)"' accept monthly 2022-07 --below --dry-run)" 'who is left'
is D.A "$(cj d '.accepted | join(" ")' accept monthly 2022-07 --below)" 'accepted at once'
is '' "$(cj d '.accepted | join(" ")' accept monthly 2022-07 --below)" 'a second time there is nobody'
sent d
is 'accepted on-time nil' "$(state D.A)" 'accepted'
is 18 "$(json .measures.members_end totals P --period 2022-07 --basis accepted --data s)" 'on the basis accepted'

# --- the level's summary ------------------------------------------------------------------------------
sent d
is '1 2 null' "$(cj d '"\(.sent) \(.expected) \(.signed)"' summary monthly 2022-07)" 'what is below'
c d summary monthly 2022-07 --signer 'Bà Chủ Nhiệm' --title 'Trưởng ban'
sent d
sent d
is 'Bà Chủ Nhiệm 0' "$(cj d '"\(.signer) \(.changed)"' summary monthly 2022-07)" 'the summary stands'

# --- closed while b, who has no line, holds a sheet ---------------------------------------------------
c b enter monthly 2022-07 members_end=9
c b submit monthly 2022-07 --nil
exits 1 "$ketnap" close monthly 2022-07 --data d # not an approver's
c o close monthly 2022-07
sent o
closing=$(newest close)
closed_report
cp out closed.json
is "closed $closing 18" "$(jq -r '"\(.basis) \(.known_at.lsn) \(.measures.members_end)"' closed.json)" 'the closed report'
is 64 "$(jq -r '.hash | length' closed.json)" 'its hash'
is 'D.B Chi bộ Bình monthly 2022-07' "$(jq -r '.missing_sheets[] | "\(.unit) \(.name) \(.form) \(.period)"' closed.json)" \
	'what it lacks, by name'
is "all $(printf %s "$(jq -cS 'del(.hash)' closed.json)" | sha256sum | cut -d ' ' -f 1)" \
	"$(jq -r '"\(.hash_of) \(.hash)"' closed.json)" 'its hash covers what it lacks'
is "1 $(jq -r '.missing_sheets[] | "\(.unit) \(.from) \(.to)"' closed.json | sha256sum | cut -c 1-40)" \
	"$(json ".[] | select(.lsn == $closing).detail" log --data s)" 'the closing itself says what was missing'
k log --data s
has ': sheets missing: 1' out
is 1 "$(json .closings verify --data s)" 'verify says it again'
k totals P --period 2022-07 --basis closed --data s
has '  not sent: Chi bộ Bình (D.B), monthly 2022-07' out
is null "$(json '.missing_sheets | tostring' totals P --period 2022-07 --data s)" 'of what is not closed nothing is said'
is 'closed on-time nil' "$(state D.A)" 'closed'
is 'blank not-due ' "$(state D.B)" 'what is missing from a closed month is not sent'
is '1 0' "$(cj b '"\(.late) \(.refused)"' sync)" 'late, not refused'
c b status
has 'came after the closing' out
is 'blank not-due late-waits' "$(state D.B)" 'it waits'
is 18 "$(json .measures.members_end totals P --period 2022-07 --data s)" 'late counts nowhere'
late=$(json '.[] | select(.unit == "D.B" and .decided == null).lsn' late --data s)
sent d
is "$late 9" "$(cj d '.[0] | "\(.lsn) \(.figures.members_end)"' late)" 'the superior sees it'
exits 2 "$ketnap" decide-late "$late" --counts --data d
exits 1 "$ketnap" decide-late "$late" --counts --reason r --data b
c d decide-late "$late" --counts --reason 'the line was down'
sent d
is 'closed on-time nil,amended' "$(state D.B)" 'it counts'
sent b
c b status
has 'late: D.B monthly 2022-07: it counts, as was decided since' out
lacks 'superior decides' out
is 'late true 1' "$(cj b '"\(.problems[0] | "\(.verdict) \(.counts)") \(.late)"' status)" 'nobody is waited for, and it was late'
is 27 "$(json .measures.members_end totals P --period 2022-07 --data s)" 'as known now'
is 18 "$(json .measures.members_end totals P --period 2022-07 --known-at "$closing" --data s)" 'as known then'
newest=$(lsn_of s)
for command in 'totals P --period 2022-07' 'months P --period 2022-07' 'drafts P --period 2022' 'tree P'; do
	# shellcheck disable=SC2086 # several words
	exits 1 "$ketnapd" $command --known-at $((newest + 1)) --data s
	has "entry $((newest + 1)) is asked for, the log ends at $newest" err
	[ "$command" != 'tree P' ] || continue
	# shellcheck disable=SC2086
	is "$closing $(json '.incarnation' status --data s) true" "$(json '.known_at | "\(.lsn) \(.incarnation) \(.time != null)"' \
		$command --known-at "$closing" --data s)" "$command names the incarnation too"
	# shellcheck disable=SC2086
	is "$newest" "$(json .known_at.lsn $command --data s)" "$command of now"
done
closed_report
cmp out closed.json || fail 'the closed report after a late sheet'
exits 1 "$ketnapd" decide-late "$late" --decline --reason r --data s
sent d
is 1 "$(cj d .changed summary monthly 2022-07)" 'figures changed since the summary'

# --- an amendment says why ----------------------------------------------------------------------------
sent a
c a enter monthly 2022-07 admitted=1 src_rural=1 members_end=19
exits 1 "$ketnap" submit monthly 2022-07 --blanks-nil --data a
has 'amendment' err
c a submit monthly 2022-07 --blanks-nil --reason 'one admission was forgotten'
sent a
is 'closed on-time amended' "$(state D.A)" 'amended'
is 28 "$(json .measures.members_end totals P --period 2022-07 --data s)" 'with the amendment'
closed_report
cmp out closed.json || fail 'the closed report after an amendment'
exits 1 "$ketnap" recall monthly 2022-07 --data a
has 'closed' err

# --- an unlock takes two persons, and ends ------------------------------------------------------------
sent o
exits 1 "$ketnap" request monthly --day 2022-09-22 --due 2022-09-22T16:00 --scope D --data o
has 'the form monthly is reported for whole periods without being asked' err
exits 1 "$ketnap" unlock monthly 2022-07 --unit D.A --until 2022-07-30 --reason 'a slip' --data o
has '--until 2022-07-30 is over already' err
exits 1 "$ketnapd" unlock monthly 2022-07 --unit D.A --until 2022-07-30 --reason 'a slip' --data s
has '--until 2022-07-30 is over already' err
c o unlock monthly 2022-07 --unit D.A --until 2022-09-30 --reason 'the cell of the market was forgotten'
sent o
asked=$(newest unlock)
sent o
exits 1 "$ketnap" unlock --confirm "$asked" --reason r --data o
has 'a second person' err
sent p
c p unlock --confirm "$asked" --reason 'seen the letter'
sent p
sent a
is 'sent on-time amended,unlocked' "$(state D.A)" 'unlocked'
c a recall monthly 2022-07
sent a
is 'draft not-due amended,unlocked' "$(state D.A)" 'recalled'
k clock 2022-10-01 --data s
sent a
exits 1 "$ketnap" submit monthly 2022-07 --data a --old # the unlock is over: an amendment again
has 'amendment' err
is 'draft missing amended' "$(state D.A)" 'the unlock has ended, and the deadline with it'
closed_report
cmp out closed.json || fail 'the closed report after all of it'

# --- signed in time, received late: somebody says so, by name -------------------------------------------
k calendar monthly --from 2022-09-01 --due-days 0,1,2 --data s
sent b
c b enter monthly 2022-09 members_end=9
c b submit monthly 2022-09 --nil
sent b
september()
{
	json '.rows[] | select(.unit == "D.B") | "\(.time) \(.marks | join(",")) \(.in_time | tostring)"' months P \
		--period 2022-09 --data s
}
is 'late nil null' "$(september)" 'received late'
sent d
exits 2 "$ketnap" accept monthly 2022-09 --unit D.B --in-time --data d
c d accept monthly 2022-09 --unit D.B
sent d
is 'late nil null' "$(september)" 'accepted, and late still'
is 1 "$(json .sheets.late totals D --period 2022-09 --data s)" 'one came late'
accepted=$(newest accept)
c d sync # the acceptance itself was read
exits 1 "$ketnap" accept monthly 2022-09 --unit D.B --data d
c d accept monthly 2022-09 --unit D.B --in-time --reason 'signed on paper on 30/9'
sent d
is '0 1' "$(json '"\(.sheets.late) \(.sheets.accepted)"' totals D --period 2022-09 --data s)" 'said afterwards'
is 1 "$(json .sheets.late totals D --period 2022-09 --known-at "$accepted" --data s)" 'as known before it was said'
c d sync
exits 1 "$ketnap" accept monthly 2022-09 --unit D.B --in-time --reason again --data d
is 'on-time nil,in-time signed on paper on 30/9 D' "$(september | sed 's/ {.*//') $(jq -r '.rows[] | select(.unit == "D.B").in_time
	| "\(.reason) \(.unit)"' out)" 'recognised'
is "Người d $(newest accept)" "$(json '.rows[] | select(.unit == "D.B").in_time | "\(.by) \(.lsn)"' months P --period 2022-09 \
	--data s)" 'by whom'
c d months --period 2022-09
has 'Chi bộ Bình, 2022-09: signed in time, received late, says Người d (D): signed on paper on 30/9' out

# --- at the server itself, and for people -------------------------------------------------------------
k close monthly 2022-08 --scope D --data s
exits 1 "$ketnapd" close monthly 2022-08 --scope D.A --data s
exits 1 "$ketnapd" close monthly 2022-10 --scope P --data s
has 'not over' err
# History of a closed month comes in as an amendment, by a reason of the whole file.
printf 'unit,form,from,to,measure,value\nD.B,monthly,2022-08-01,2022-08-31,died,1\n' >found.csv
exits 1 "$ketnapd" import figures found.csv --data s
has 'line 2, column from: say it of the whole file by --reason TEXT: it needs a reason' err
exits 2 "$ketnapd" import targets targets.csv --reason 'found in the archive' --data s
k import figures found.csv --reason 'found in the archive' --data s
is 'accepted found in the archive' "$(json '.[-1] | "\(.verdict) \(.reason)"' log --data s)" 'with its reason'
is '1 null' "$(json .measures.died totals D.B --period 2022-08 --data s) $(json '"\(.measures.died)"' totals D.B --period 2022-08 \
	--basis closed --data s)" 'it counts, and not in the closed report'
k months P --period 2022-07 --data s --lang vi
has 'đã chốt' out
has 'đang nhập' out
k months P --period 2022-07 --data s --csv
has 'D.B,Chi bộ Bình,monthly,2022-07-01,2022-07-31,closed,on-time,2022-09-29,' out
c d months --period 2022-07
has 'amended after the closing' out
k revisions P --period 2022-Q3 --measure members_end --data s --json
is '18 9 null' "$(jq -r '"\(.rows[0].at[0].value) \(.rows[0].now) \(.rows[2].closed)"' out)" 'as closed, as known now'
k late --data s
has 'counts' out
json .ok verify --data s
