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
has "the server's certificate has expired on " err
has "or the clock of this computer is ahead: check the date" err
has 'nothing is lost: 1 sheets' err
wrong 1 $((3 * years)) sync --data a --json
is server-expired "$(jq -r .why out)" 'and for scripts'
still_queued a '1 0 0'
is 0 "$(json .reporting.reported totals A --period "$month" --data s)" 'nothing came'

# --- the server's ----------------------------------------------------------------------------------------
stop_server
export WRONG_CLOCK=$((3 * years / 2)) LD_PRELOAD=$moved ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0
serve s
unset LD_PRELOAD WRONG_CLOCK
exits 1 "$ketnap" sync --data a
has "if it is right, the server's clock is wrong, tell its operator" err
has 'nothing is lost: 1 sheets' err
still_queued a '1 0 0'
stop_server
serve s

# --- set right: everything there, once ------------------------------------------------------------------------
c a sync
still_queued a '0 0 0'
is true "$(cj a .delivered status)" 'delivered'
is 1 "$(json .reporting.reported totals A --period "$month" --data s)" 'and it counts'
is 1 "$(json '[.[] | select(.kind == "sheet")] | length' log --data s)" 'once'

# --- behind, but the server has been heard of: its date holds, and the line is no worse for it ------------------
c a enter monthly "$month" members_end=11 moved_in_outside=1
c a submit monthly "$month" --blanks-nil --reason 'one more moved in'
wrong 0 $((-7 * years)) sync --data a
is 11 "$(json .measures.members_end totals A --period "$month" --data s)" 'what it brought'
