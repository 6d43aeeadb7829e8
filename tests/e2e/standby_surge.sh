#!/usr/bin/env bash
# The server is destroyed in the middle of a month end: eight devices enter, sign and send month after month, a standby
# follows, and at some moment the server is killed and its directory removed. What each device was told is safe, it
# wrote down; all of it must be in the log of the promoted standby, once.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

readonly units=(A B C E F G H I)

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

# surge UNIT: month after month from 2016 on, as long as there is no file `stop`; told.UNIT has what was confirmed,
# made.UNIT what was signed.
surge()
{
	local u=$1 year month got begin=20

	: >"told.$u"
	: >"made.$u"
	for year in 2016 2017 2018 2019 2020; do
		for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
			[ ! -e stop ] || return 0
			"$ketnap" enter monthly "$year-$month" members_begin=$begin admitted=1 \
				src_rural=1 members_end=$((begin + 1)) --old --data "$u" >/dev/null 2>&1 || return 0
			"$ketnap" submit monthly "$year-$month" --signer 'Lê Thị Ký' --blanks-nil --old --data "$u" \
				>/dev/null 2>&1 || return 0
			begin=$((begin + 1))
			printf '%s\n' "$year-$month" >>"made.$u"
			got=0
			"$ketnap" sync --data "$u" >/dev/null 2>&1 || got=$?
			[ $got -ne 0 ] || cp "made.$u" "told.$u"
		done
	done
}

workers=()
for u in "${units[@]}"; do
	surge "$u" &
	workers+=($!)
done
# told NUMBER: waits until that many months were confirmed.
told()
{
	local i

	for ((i = 0; i < 600; i++)); do
		[ "$(cat told.? | wc -l)" -lt "$1" ] || return 0
		sleep 0.1
	done
	fail "only $(cat told.? | wc -l) months were confirmed: nothing of a surge"
}
sleep 0.2
told $((30 + RANDOM % 30))
stop_following KILL # the machine of the standby stumbles a moment before
told $(($(cat told.? | wc -l) + 5 + RANDOM % 10))
kill -9 "$server_pid"
rm -rf s
touch stop
wait "$server_pid" "${workers[@]}" 2>/dev/null || true
server_pid=
told=$(cat told.? | wc -l) made=$(cat made.? | wc -l)

promote 0 n s.keys --reason 'the machine burnt'

# months_of UNIT: its months in the log of the promoted one.
months_of()
{
	"$ketnapd" totals "D.$1" --from 2016-01-01 --to 2020-12-31 --data n --json | jq '.measures.admitted // 0'
}
# The control: the standby had not got all that was told.
short=0
for u in "${units[@]}"; do
	short=$((short + $(wc -l <"told.$u") - $(months_of "$u")))
done
printf '%s of %s confirmed months were not with the standby\n' "$short" "$told"
[ "$short" -gt 0 ] || fail 'the standby had everything: the test shows nothing'
checks=$((checks + 1))

data=n
serve n 127.0.0.1:0
for u in "${units[@]}"; do
	c "$u" sync --server "$address"
done
for u in "${units[@]}"; do
	is 0 "$(cj "$u" .queued status)" "nothing waits at $u"
	is "$(wc -l <"made.$u")" "$(months_of "$u")" "months of $u, confirmed or queued"
	k log --unit "D.$u" --data n --json
	is "$(wc -l <"made.$u")" "$(jq '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' out)" \
		"entries of $u, each once"
done
k restore --end --data n
is true "$(json .ok verify --data n)" 'verify'
printf '%s months signed, %s confirmed before the server burnt\n' "$made" "$told"
