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
: "${KETNAP_PLAYWRIGHT:?run scripts/browser}"
walker=$KETNAP_SOURCE/tests/e2e/web/walk.mjs
ui_pid='' url=''

leave_ui()
{
	local result=$?

	[ -z "$ui_pid" ] || kill "$ui_pid" 2>/dev/null || true
	(exit "$result")
	leave_client
}
trap leave_ui EXIT

# open DIR: the pages of that device; sets url
open()
{
	local tries=0

	: >ui.out
	"$ketnap" ui --data "$1" >ui.out 2>ui.err &
	ui_pid=$!
	until grep -q '^ready ' ui.out; do
		tries=$((tries + 1))
		if [ $tries -ge 100 ] || ! kill -0 "$ui_pid" 2>/dev/null; then
			fail "no pages: $(cat ui.err)"
		fi
		sleep 0.05
	done
	url=$(sed -n 's/^ready //p' ui.out)
}

shut()
{
	local rc=0

	kill -TERM "$ui_pid"
	wait "$ui_pid" || rc=$?
	ui_pid=
	is 0 "$rc" 'the pages end cleanly'
}

# walk STEP [NAME]
walk()
{
	KETNAP_NAME=${2:-} node "$walker" "$1" "$url" >walk.out 2>&1 || {
		[ -z "${KETNAP_SHOTS:-}" ] || cp -- failed-*.png "$KETNAP_SHOTS" || true
		fail "$1: $(cat walk.out)"
	}
	checks=$((checks + 1))
}

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
walk months
walk log
walk people
walk sync d-acts
shut
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
open a
walk look_clerk
walk lock
shut
