# The pages of a device, and steps in the browser. Sourced after ../lib.sh and ../client_lib.sh.
# shellcheck shell=bash disable=SC2154,SC2034
: "${KETNAP_PLAYWRIGHT:?run scripts/browser}"
walker=$KETNAP_SOURCE/tests/e2e/web/walk.mjs
ui_pid='' url='' browser_pid=''

leave_ui()
{
	local result=${1:-$?}

	[ -z "$browser_pid" ] || kill "$browser_pid" 2>/dev/null || true
	[ -z "$browser_pid" ] || wait "$browser_pid" 2>/dev/null || true
	[ -z "$ui_pid" ] || kill "$ui_pid" 2>/dev/null || true
	[ -z "$ui_pid" ] || wait "$ui_pid" 2>/dev/null || true
	leave_client "$result"
}
trap leave_ui EXIT

# The browser starts while the first stage is set.
node "${walker%/*}/chromium.mjs" >browser.at 2>browser.err &
browser_pid=$!
browser_at()
{
	local tries=0

	until grep -q '^ws://' browser.at; do
		tries=$((tries + 1))
		if [ $tries -ge 600 ] || ! kill -0 "$browser_pid" 2>/dev/null; then
			fail "no browser: $(cat browser.err)"
		fi
		sleep 0.05
	done
	cat browser.at
}

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
	local at

	at=$(browser_at)
	KETNAP_BROWSER=$at KETNAP_NAME=${2:-} node "$walker" "$1" "$url" >walk.out 2>&1 || {
		[ -z "${KETNAP_SHOTS:-}" ] || cp -- failed-*.png "$KETNAP_SHOTS" || true
		fail "$1: $(cat walk.out)"
	}
	checks=$((checks + 1))
}

# odd DIR ROWS: an operator's pages over a province with these units below the root, with the targets and figures of
# targets-odd.csv and figures-odd.csv where they are there
odd()
{
	stop_server
	data=$1 address=
	printf 'code,parent,kind,name,reports,opened,closed,act\nP,,province,Tỉnh P,no,2020-01-01,,\n%s' "$2" >tree.csv
	k init --illustrative --tree tree.csv --data "$1"
	k clock 2022-09-22 --data "$1"
	[ ! -s targets-odd.csv ] || k import targets targets-odd.csv --data "$1"
	[ ! -s figures-odd.csv ] || k import figures figures-odd.csv --data "$1"
	serve "$1"
	enrol "$1-device" P operator
	c "$1-device" sync
	open "$1-device"
	walk odd "$1"
	[ ! -s figures-odd.csv ] || walk three_instruments
	[ "$1" != wide173 ] || walk five_thousand
	shut
}
