#!/usr/bin/env bash
# The server is destroyed in the middle of a month end: devices enter, sign and send month after month, a standby
# follows, and at some moment the server is killed and its directory removed. What each device was told is safe, it
# wrote down; all of it must be in the log of the promoted standby, once.
# usage: standby_surge.sh [--clients N] [--seed N]   how many devices (8); what the moments are drawn from
# The last line but that of the checks is the result, key=value.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

clients=8 seed=$RANDOM
while [ $# -gt 1 ]; do
	case $1 in
	--clients) clients=$2 ;;
	--seed) seed=$2 ;;
	*) fail "no option $1" ;;
	esac
	shift 2
done
RANDOM=$((seed % 32768))
mapfile -t units < <(seq -f 'u%03g' "$clients")
readonly units

data=s
{
	printf 'code,parent,kind,name,reports,opened,closed,act\n'
	printf 'P,,province,Tỉnh P,no,2015-01-01,,\nD,P,direct,Huyện Một,no,2015-01-01,,\n'
	for u in "${units[@]}"; do
		printf 'D.%s,D,base_cell,Chi bộ %s,yes,2015-01-01,,\n' "$u" "$u"
	done
} >tree.csv
k init --illustrative --tree tree.csv --data s
k clock 2022-09-22 --data s
serve s
keys_of s s.keys
for u in "${units[@]}"; do
	enrol "$u" "D.$u"
done
new_standby n
waits_for 'the server hears how far its standby is' says s '.standbys[0].lag_seconds >= 0' # once a second

# surge UNIT: month after month from 2016 on, as long as there is no file `stop`. made.UNIT has the reason of each sheet
# signed, told.UNIT what it was told of those that were confirmed, as ops_of has it.
surge()
{
	local u=$1 year month got begin=20 device

	device=$("$ketnap" status --data "$u" --json | jq -r .device)
	for year in 2016 2017 2018 2019 2020 2021; do
		for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
			[ ! -e stop ] || return 0
			"$ketnap" enter monthly "$year-$month" members_begin=$begin admitted=1 \
				src_rural=1 members_end=$((begin + 1)) --old --data "$u" >/dev/null 2>&1 || return 0
			"$ketnap" submit monthly "$year-$month" --signer 'Lê Thị Ký' --blanks-nil --old \
				--reason "$u $year-$month" --data "$u" >/dev/null 2>&1 || return 0
			begin=$((begin + 1))
			printf '%s\n' "$u $year-$month" >>"made.$u"
			got=0
			"$ketnap" sync --data "$u" >/dev/null 2>&1 || got=$?
			[ $got -ne 0 ] || sed "s/\$/|$device sheet D.$u accepted/" "made.$u" >"told.$u"
		done
	done
}

# How far the standby is behind while they send: entries that it lacks at that moment, and the seconds that the server says.
watch_lag()
{
	local there here

	while [ ! -e watched ]; do
		here=$("$ketnapd" status --data n --json 2>/dev/null | jq -r .lsn) || continue
		there=$("$ketnapd" status --data s --json 2>/dev/null |
			jq -r '"\(.lsn) \(.standbys[0] | "\(.lag_entries) \(.lag_seconds)")"') || continue
		[ -z "$here" ] || [ -z "$there" ] || printf '%s %s\n' "$here" "$there" >>lags
		sleep 0.1
	done
}

workers=()
for u in "${units[@]}"; do
	: >"told.$u"
	: >"made.$u"
	surge "$u" &
	workers+=($!)
done
: >lags
watch_lag &
watcher=$!
told()
{
	cat told.* | wc -l
}
more_than()
{
	[ "$(told)" -gt "$1" ]
}
# confirmed NUMBER: waits until that many months were; from one to the next it takes less than a minute.
confirmed()
{
	local now

	now=$(told)
	while [ "$now" -lt "$1" ]; do
		waits_for "one more is confirmed than $now" more_than "$now"
		now=$(told)
	done
}
confirmed $((6 * clients + RANDOM % (6 * clients)))
touch watched
wait "$watcher" || true
stop_following KILL # the machine of the standby stumbles a moment before
confirmed $(($(told) + clients + 5 + RANDOM % 10)) # more than were on their way
kill -9 "$server_pid"
rm -rf s
touch stop
wait "$server_pid" "${workers[@]}" 2>/dev/null || true
server_pid=
cat made.* >made
cat told.* >acked

promote 0 n s.keys --reason 'the machine burnt'
# The control: the standby had not got all that was told.
ops_of n >now
short=$(comm -23 <(sort acked) now | wc -l)
[ "$short" -gt 0 ] || fail 'the standby had everything: the test shows nothing'
[ "$(differences made acked now | grep -c 'told so')" -eq "$short" ] || fail 'the comparison does not see what is missing'
checks=$((checks + 2))

data=n
serve n 127.0.0.1:0
for u in "${units[@]}"; do
	c "$u" sync --server "$address"
done
for u in "${units[@]}"; do
	is 0 "$(cj "$u" .queued status)" "nothing waits at $u"
done
ops_of n >now
missing=$(differences made acked now | wc -l)
once made acked now
is "$(wc -l <made)" "$(json '.measures.admitted' totals P --from 2016-01-01 --to 2021-12-31 --data n)" 'all figures, once'
k restore --end --data n
is true "$(json .ok verify --data n)" 'verify'

# The lag: by column of `lags`: what the standby had, the server's lsn a moment later, entries and seconds that the server
# knew it to be behind.
lag()
{
	awk -v f="$1" '{ print (f == 0 ? $2 - $1 : $f) }' lags | sort -n |
		awk '{ v[NR] = $1 } END { printf "%d/%d", v[int((NR + 1) / 2)], v[NR] }'
}
[ "$(wc -l <lags)" -ge 3 ] || fail 'nobody looked at the lag'
awk 'NF != 4 || $4 < 0 { exit 1 }' lags || fail "the server does not say the lag: $(cat lags)"
checks=$((checks + 2))
printf 'clients=%d seed=%d signed=%d confirmed=%d not_with_standby=%d missing=%d lag_entries=%s lag_told=%s lag_seconds=%s looks=%d\n' \
	"$clients" "$seed" "$(wc -l <made)" "$(wc -l <acked)" "$short" "$missing" "$(lag 0)" "$(lag 3)" "$(lag 4)" "$(wc -l <lags)"
