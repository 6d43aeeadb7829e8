#!/usr/bin/env bash
# Devices and a server: enrolled, heard, held to their rights, revoked; the clock of an illustrative store.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

make_small d
k enroll NA --data d --person 'Before' --json # before any server ran
early=$(jq -r .code out)
serve d

# --- codes --------------------------------------------------------------------------------------------

c enroll "$address" "$early" --data c0
k enroll NA --data d --person 'Nguyễn Văn A' --role approver --json
is "$address" "$(jq -r .address out)" 'the server on the card'
is 7 "$(jq -r .code out | tr - '\n' | grep -cE '^[2-9A-HJ-NP-Z]{5}$')" 'groups of the code'
code=$(jq -r .code out)
c enroll "$address" "$code" --data c1
exits 1 "$ketnap" enroll "$address" "$code" --data again # used
k enroll NA --data d --json
wrong=$(jq -r .code out | sed 's/^\(.....\)-\(.....\)/\2-\1/')
exits 1 "$ketnap" enroll "$address" "$wrong" --data wrong # mistyped
exits 1 "$ketnapd" enroll nobody --data d
exits 2 "$ketnapd" enroll NA --role king --data d
is 2 "$(json length devices --data d)" 'devices'

# --- what is heard of them ---------------------------------------------------------------------------------

month 2022-08 c1
c sync --data c1 --json
is 1 "$(jq .acked out)" 'acked'
is 1 "$(json '.sheets.nil' totals NA --data d --period 2022-08)" 'the month is there'
c enter monthly 2022-09 admitted=3 --data c1
c sync --data c1
device=$(json '.[] | select(.role == "approver").id' devices --data d)
is 1 "$(json ".[] | select(.id == \"$device\").drafts" devices --data d)" 'drafts told'
is 1 "$(json ".devices[] | select(.id == \"$device\").drafts" status --data d)" 'drafts in status'

# --- a crowd is spread out ----------------------------------------------------------------------------------

# later DIR: the jitter that the last contact told
later()
{
	cut -d' ' -f2 "$1/later" 2>/dev/null || echo 0
}
is 0 "$(later c1)" 'who comes alone is told none'
crowd=()
mkfifo silent
exec 7<>silent
for _ in 1 2 3 4; do # connected, and say nothing
	openssl s_client -connect "$address" -tls1_3 -noservername -quiet <&7 >/dev/null 2>&1 &
	crowd+=("$!")
	pids+=("$!")
done
spread_out()
{
	c sync --data c1
	[ "$(later c1)" -gt 0 ]
}
waits_for 'it is told to come later' spread_out
told=$(later c1)
[ "$told" -ge 250 ] || fail "in a crowd it was told $told ms"
[ "$told" -le 8000 ] || fail "in a small crowd it was told $told ms"
kill "${crowd[@]}"
exec 7<&-
# Nobody waits for an unattended contact: it takes a part of the time. A person is served at once.
for _ in 1 2 3; do # one part in 1,800 of that hour is shorter than two seconds
	printf '0 3600000\n' >c1/later
	got=0
	timeout 2 "$ketnap" sync --unattended --data c1 >out 2>err || got=$?
	[ $got -ne 124 ] || break
done
is 124 "$got" 'exit code of the unattended'
exits 0 timeout 60 "$ketnap" sync --data c1
checks=$((checks + 2))

# --- its own clock ---------------------------------------------------------------------------------------------

is 2022-09-22 "$(json .time status --data d | cut -c1-10)" 'its day'
k clock 2022-10-03 --data d
month 2022-07 c1
c sync --data c1 --json
is 1 "$(jq .acked out)" 'acked'
is 2022-10-03 "$(json .time status --data d | cut -c1-10)" 'the day of what came after'
is 2022-10-03 "$(json ".[] | select(.id == \"$device\").last_seen" devices --data d | cut -c1-10)" 'seen by that clock'
exits 1 "$ketnapd" clock 2022-10-01 --data d
has 'does not go back' err

# --- revoked at once ---------------------------------------------------------------------------------------------

k revoke "$device" --reason 'máy đã mất' --data d
month 2022-06 c1
exits 1 "$ketnap" sync --data c1
is true "$(json ".[] | select(.id == \"$device\").revoked" devices --data d)" 'revoked'
is 0 "$(json '.sheets.nil' totals NA --data d --period 2022-06)" 'nothing more of it'
exits 1 "$ketnapd" revoke "$device" --reason again --data d
has 'is revoked already' err
c sync --data c0 # the other one may
stop 0
exits 75 "$ketnap" sync --data c0
k verify --data d
