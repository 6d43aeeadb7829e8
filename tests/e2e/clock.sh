#!/usr/bin/env bash
# A computer whose date is wrong, a device's or the server's: words that a clerk can act on, and the entry still
# there. The real programs, with the clock of the computer moved under them.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

readonly moved=$KETNAP_BUILD/tests/libwrong_clock.so
readonly years=$((365 * 86400))
month=$(date -d "$(date +%Y-%m-15) -1 month" +%Y-%m)
readonly month

# wrong CODE SECONDS ARGUMENT ...: ketnap on a computer whose clock is off by so much
wrong()
{
	local code=$1 by=$2

	shift 2
	exits "$code" env WRONG_CLOCK="$by" LD_PRELOAD="$moved" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		"$ketnap" "$@"
}

# still_queued DIR WANTED: what was signed is there, and what was typed besides
still_queued()
{
	is "$2" "$(cj "$1" '"\(.queued) \(.draft) \(.refused)"' status)" "queued, drafts, refused in $1"
}

cat >tree.csv <<-'CSV'
code,parent,kind,name,reports,opened,closed
P,,province,Tỉnh P,no,2020-01-01,
A,P,base_cell,Chi bộ A,yes,2020-01-01,
CSV
data=s
k init --tree tree.csv --data s # by the computer's own clock: no illustrative store
serve s

# --- a new device whose battery is flat -------------------------------------------------------------------
code=$(code_of A --role approver --person An)
wrong 0 $((-7 * years)) enroll "$address" "$code" --data a
has "the clock of this computer shows " err
has "a day before the server's certificate was made: set the right date" err
wrong 1 $((-7 * years)) sync --data a --json
is 'no-line clock' "$(jq -r '"\(.end) \(.why)"' out)" 'and for scripts'
wrong 1 $((-7 * years)) sync --data a --lang vi
has 'đồng hồ của máy tính này đang chỉ ngày ' err
has 'hãy chỉnh lại ngày giờ' err
c a sync # set right

# --- it runs ahead ----------------------------------------------------------------------------------------
c a enter monthly "$month" members_begin=9 admitted=1 src_rural=1 members_end=10
c a submit monthly "$month" --blanks-nil
still_queued a '1 0 0'
wrong 1 $((3 * years)) sync --data a
has "a day on which the server's certificate has expired: set the right date" err
has 'nothing is lost: 1 sheets' err
wrong 1 $((3 * years)) sync --data a --json
is server-expired "$(jq -r .why out)" 'and for scripts'
still_queued a '1 0 0'
is 0 "$(json .reporting.reported totals A --period "$month" --data s)" 'nothing came'

# --- the server's leaps while it runs: it is not believed, and nobody notices but its log ------------------------
lsn()
{
	json .lsn status --data s
}
# newest FILTER: of the newest entry
newest()
{
	json ".[-1] | $1" log --data s
}
# The server, and nobody else, by a clock that is off by so many seconds, or by what a file says at each moment.
serve_wrong()
{
	local variable=$1 by=$2

	shift 2
	serve_options=("$@")
	export "$variable=$by" LD_PRELOAD="$moved" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
	serve s
	unset LD_PRELOAD "$variable"
	serve_options=()
}
stop_server
echo 0 >leap
serve_wrong WRONG_CLOCK_FILE "$PWD/leap"
echo $((3 * years)) >leap
c a sync
still_queued a '0 0 0'
is "$(date +%Y)" "$(newest '.time[:4]')" 'received now'
waits_for 'the leap in the log' grep -q 'event=clock leap_days=109[0-9] followed=0' s.log
has 'event=clock leap_days=109' s.log
code=$(code_of A --role clerk --person Chi)
c leapt enroll "$address" "$code" # and codes have not run out
stop_server

# --- it is wrong from the start: nothing is written without the operator's word ----------------------------------
before=$(lsn)
wrongd()
{
	exits "$1" env WRONG_CLOCK=$((3 * years)) LD_PRELOAD="$moved" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" timeout 60 "$ketnapd" "${@:2}" --data s
}
wrongd 1 serve --listen 127.0.0.1:0
has 'nothing is written: the clock of this computer shows ' err
has ' days earlier. Set the right date; if it is right, because nobody wrote anything for so long, say so with' err
wrongd 1 serve --listen 127.0.0.1:0 --lang vi
has 'không ghi gì: đồng hồ máy tính này đang chỉ ' err
wrongd 1 enroll A
wrongd 1 import tree tree.csv
exits 1 env WRONG_CLOCK=$((3 * years)) LD_PRELOAD="$moved" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
	"$ketnapd" import tree tree.csv --dry-run --data s
lacks 'nothing is written: the clock' err # it would not be, anyway
is "$before" "$(lsn)" 'nothing was written'
wrongd 0 status # to look is free

# --- the word was given, wrongly: devices with the right date know better, nothing is lost ----------------------
c a enter monthly "$month" members_end=11 moved_in_outside=1
c a submit monthly "$month" --blanks-nil --reason 'one more moved in'
serve_wrong WRONG_CLOCK $((3 * years)) --clock-is-right
code=$(code_of A --role clerk --person Bình)
exits 1 "$ketnap" sync --data a
has "if it is right, the server's clock is wrong, tell its operator" err
has 'nothing is lost: 1 sheets' err
still_queued a '1 0 0'
c b enroll "$address" "$code" # a new device cannot know better: its certificate is of that day
wrong 0 $((3 * years)) sync --data leapt # one whose own clock is as wrong hears of that day, and renews
stop_server

# --- set right: everything there, once, from the old devices and the new ones ------------------------------------
rm s/server.pem # which would say how long the one before it held
serve s
has 'event=clock log_ahead_days=109' s.log
is true "$(json '.log_ahead_days >= 1094 and .log_ahead_days <= 1096' status --data s)" 'and who asks is told'
k status --data s
has ' days after the clock of this computer: until that day everything is received at that time' out
for _ in 1 2; do # in the second all of them have heard of that day
	for device in a b leapt; do
		c $device sync
	done
done
is true "$(cj a .delivered status)" 'delivered'
still_queued a '0 0 0'
is 11 "$(json .measures.members_end totals A --period "$month" --data s)" 'it counts'
is 2 "$(json '[.[] | select(.kind == "sheet")] | length' log --data s)" 'once'
is true "$(json '[.[].time] | . == sort' log --data s)" 'receive times never go back'
# Renewed at the first contact: of today, and good to who judges by the newest head too.
for device in b leapt; do
	openssl x509 -in $device/device.pem -noout -checkend 0 >/dev/null || fail "$device: not valid"
	is "$(date +%Y)" "$(date -d "$(openssl x509 -in $device/device.pem -noout -startdate | cut -d= -f2)" +%Y)" \
		"$device: from today on"
done
c a enter monthly "$month" members_end=12 moved_in_outside=2
c a submit monthly "$month" --blanks-nil --reason 'and another'
wrong 1 $((6 * years)) sync --data a # ahead of all that
has "a day on which the server's certificate has expired" err
still_queued a '1 0 0'
stop_server
serve s # a restart makes no shorter certificate
c a sync
is 12 "$(json .measures.members_end totals A --period "$month" --data s)" 'it counts'
k verify --data s

# --- behind, but the server has been heard of: its date holds, and the line is no worse for it ------------------
c a enter monthly "$month" members_end=13 moved_in_outside=3
c a submit monthly "$month" --blanks-nil --reason 'a third moved in'
wrong 0 $((-7 * years)) sync --data a
is 13 "$(json .measures.members_end totals A --period "$month" --data s)" 'what it brought'
