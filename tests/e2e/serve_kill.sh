#!/usr/bin/env bash
# Killed while clients send: what was confirmed to a client is in the log, once; the rest is sent again.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

make_small d
serve d
listen=$address # the same again after each death
units=(NA HY QNA)
for i in "${!units[@]}"; do
	enroll d "${units[$i]}" "c$i" --role approver
done
months=(2022-01 2022-02 2022-03 2022-04 2022-05 2022-06 2022-07 2022-08)

# client I: sign a month and send, until every month is confirmed
client()
{
	local month

	for month in "${months[@]}"; do
		"$ketnap" enter monthly "$month" members_end=20 --old --data "c$1" >/dev/null
		"$ketnap" submit monthly "$month" --nil --old --data "c$1" >/dev/null
		"$ketnap" sync --data "c$1" >/dev/null 2>&1 || true
	done
	while [ "$("$ketnap" status --data "c$1" --json | jq .queued)" != 0 ]; do
		"$ketnap" sync --data "c$1" >/dev/null 2>&1 || true
		sleep 0.1
	done
	touch "through.$1"
}

working=()
for i in "${!units[@]}"; do
	client "$i" &
	working+=($!)
done
pids+=("${working[@]}")
kills=0
while [ "$kills" -lt 8 ]; do
	sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
	stop 137 KILL
	kills=$((kills + 1))
	serve d
done
for i in "${!units[@]}"; do
	waits_for "client $i has sent everything" [ -e "through.$i" ]
	wait "${working[$i]}"
done
stop 0
k verify --data d
for i in "${!units[@]}"; do
	"$ketnap" status --data "c$i" --json >status.json
	is 0 "$(jq .queued status.json)" "queued at client $i"
	is "$(jq .acked status.json)" \
		"$(json "[.[] | select(.kind == \"sheet\" and .unit == \"${units[$i]}\")] | length" log --data d)" \
		"what client $i was told and what the log has"
	is ${#months[@]} "$(jq .acked status.json)" "confirmed to client $i"
done
is "$(json length log --data d)" "$(lsn_of d)" 'entries'
