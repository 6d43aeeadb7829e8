#!/usr/bin/env bash
# What is done about a unit that is behind, step after step, by a ladder that is data: letters that were sent, a
# telephone call, a report; that a nil sheet ends it, and that another missing month begins it anew.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province p
enrol a D.A
enrol b D.B
enrol boss D clerk
enrol op P operator
readonly ask=(D --period 2022 --to 2022-08-31 --level grassroots --data p)
c b enter monthly 2022-08 members_end=17
c b submit monthly 2022-08 --blanks-nil
c b sync

# next FILTER: of what comes next for D.A
next()
{
	json ".rows[] | select(.unit == \"D.A\") | $1" laggards "${ask[@]}"
}
readonly step='.next_step | "\(.step) \(.number) \(.place)/\(.of) \(.due) \(.overdue) \(.kind)"'
letters()
{
	k letter "${ask[@]}" --of resolution "$@"
}

# --- the first letter, and the second ------------------------------------------------------------------

is 'letter 1 1/4 2022-09-22 false plan' "$(next "$step")" 'a letter, at once'
letters --doc-no 7-CV
has 'Đến ngày 07/10/2022 nếu chưa có chuyển biến, bước tiếp theo là: thư đôn đốc lần 2.' out
lacks '(đôn đốc lần' out
letters --doc-no 7-CV --out letters
has 'Kính gửi: Đảng bộ xã An' letters/D.A.txt
is 'letter 1 1/4 2022-09-22 false plan' "$(next "$step")" 'written is not sent'
exits 2 "$ketnapd" letter "${ask[@]}" --of resolution --sent --out letters
letters --doc-no 7-CV --sent --who 'Lê Thị Mai'
has 'D.A: Đã gửi thư đôn đốc số 7-CV' out
is 'letter 2 2/4 2022-10-07 false plan' "$(next "$step")" 'a second one, 15 days later'
is 'letter 2022-09-22' "$(next '.steps[] | "\(.step) \(.day)"')" 'what was done'
is 'letter|Lê Thị Mai|Đã gửi thư đôn đốc số 7-CV' "$(next '.notes[0] | "\(.step)|\(.who)|\(.text)"')" 'told as a note'
letters --doc-no 7-CV --sent
is 1 "$(next .note_count)" 'the same letter is told once'
letters --due-only
has 'no letter is due' out
lacks 'Kính gửi' out
k laggards "${ask[@]}"
has 'letter of reminder no. 2, 2022-10-07' out
k laggards "${ask[@]}" --csv
has ',letter,2022-10-07' out

k clock 2022-10-09T08:00 --data p
is 'letter 2 2/4 2022-10-07 true plan' "$(next "$step")" 'overdue'
letters --due-only --doc-no 8-CV
has '(đôn đốc lần 2)' out
has 'Đến ngày 16/10/2022 nếu chưa có chuyển biến, bước tiếp theo là: cán bộ theo dõi đơn vị gọi điện.' out
letters --due-only --doc-no 8-CV --sent --json
is 'D.A Đã gửi thư đôn đốc số 8-CV' "$(jq -r '.[] | select(.unit == "D.A") | "\(.unit) \(.text)"' out)" 'the second one, sent'
is 'telephone 1 3/4 2022-10-16 false plan' "$(next "$step")" 'then by telephone'

# --- notes from a device ---------------------------------------------------------------------------------

exits 2 "$ketnap" note D.A 'gửi fax' --step fax --data boss
exits 2 "$ketnapd" note D.A 'gửi fax' --step fax --data p
c boss note D.A 'họp giao ban'
c boss sync
is 'telephone 1 3/4 2022-10-16 false plan' "$(next "$step")" 'another note is no step'
c boss note D.A 'đã gọi điện' --step telephone
c boss sync
is 'report 1 4/4 2022-10-17 false plan' "$(next "$step")" 'then the standing committee is told'
k note D.A 'đã báo cáo' --step report --data p
is 'null letter letter telephone report' "$(next '"\(.next_step) \([.steps[].step] | join(" "))"')" 'all was done'
k laggards "${ask[@]}"
has 'all steps are taken' out
k print laggards "${ask[@]:0:7}" --data p --json
is '' "$(jq -r '.tables[0].rows[] | select(.code == "D.A") | .cells.next_step // ""' out)" 'on paper as well'

# --- the province's own ladder -----------------------------------------------------------------------------

c op act setting key=urge-steps value='letter 0, telephone 3, letter 5, report 10, report 20'
c op sync
is 'report 2 5/5 2022-10-29 false setting' "$(next "$step")" 'a ladder of its own'
c op act setting key=urge-steps value='letter 0, fax 3'
c op sync
exits 1 "$ketnapd" laggards "${ask[@]}"
has "'fax' is no step" err
c op act setting key=urge-steps value='letter 0, letter 15'
c op sync

# --- a nil sheet ends it, and another month begins anew ------------------------------------------------------

# owes DAY: what D.B owes up to it
owes()
{
	json '[.rows[] | select(.unit == "D.B") | "\(.cause) \(.sheets_missing) \(.next_step | "\(.step) \(.number) \(.due)")"] | join(", ")' laggards D \
		--period 2022-07-01..2022-10-09 --to "$1" --level grassroots --data p
}
is 'not-reported 1 null null null' "$(owes 2022-08-31)" 'it owes July; both letters of the ladder were sent'
c b enter monthly 2022-07 members_end=17
c b submit monthly 2022-07 --nil
c b sync
is '' "$(owes 2022-08-31)" 'a nil sheet is a sheet: it is reminded no more'
k letter D --period 2022-07-01..2022-10-09 --to 2022-08-31 --level grassroots --of resolution --data p
lacks 'Chi bộ Bình' out
k clock 2022-10-20T08:00 --data p
is 'not-reported 1 letter 2 2022-10-24' "$(owes 2022-10-09)" 'September: of two letters the one that was sent since'
stop_server
k verify --data p
