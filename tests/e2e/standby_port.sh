#!/usr/bin/env bash
# What a standby says at a port of its own: that it is one. No device is served there and nothing is taken, a second
# standby cannot follow it, and when it was promoted both devices and the second standby go on with it.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

small_province s X
keys_of s s.keys
enrol a D.A
server=$address
new_standby n
level n
stop_following
follow n "$server" --listen 127.0.0.1:0
port=$(sed -n 's/^listening //p' n.follow)
first_pid=$follow_pid
follow_pid=
leave_port()
{
	local result=$?

	kill -9 "$first_pid" 2>/dev/null || true
	leave_standby "$result"
}
trap leave_port EXIT

# --- a device: nothing is sent, it is told where it was served, and goes there as before ------------------------
c a enter monthly 2022-01 members_begin=20 admitted=1 src_rural=1 members_end=21 --old
c a submit monthly 2022-01 --signer 'Lê Thị Ký' --blanks-nil --old
before=$(lsn_of n)
exits 1 "$ketnap" sync --server "$port" --data a
has 'a standby, or another device' err
has "last served at $server" err
exits 1 "$ketnap" sync --server "$port" --data a --json
is standby "$(jq -r .why out)" 'and in one word'
is 1 "$(cj a .queued status)" 'it waits'
is "$before $before" "$(lsn_of n) $(lsn_of s)" 'nothing was written'
code=$(code_of D.A --role clerk)
exits 1 "$ketnap" enroll "$port" "$code" --data z
has 'the address of a standby' err
c a sync
is 0 "$(cj a .queued status)" 'the address of before holds'
level n

# --- who asks all the same: one frame, with a certificate of ours or without ------------------------------------
# asked [ARG ...]: the frame into `frame`; its type and payload in hexadecimal.
asked()
{
	openssl s_client -connect "$port" -tls1_3 -quiet "$@" </dev/null >frame 2>/dev/null || true
	od -An -v -tx1 -j4 frame | tr -d ' \n'
}
is 004108092001 "$(asked)" 'an Error, code 9, fatal, and no word more to a stranger'
told=$(asked -cert a/device.pem -key a/device.key)
is 00410809 "${told:0:8}" 'the same code'
tr -c '[:print:]' '\n' <frame >told
for word in "$server" level "$(lsn_of n)"; do
	grep -qF -- "$word" told || fail "$word is not told: $(cat told)"
	checks=$((checks + 1))
done

# --- whoever comes and goes again does not fill the log ---------------------------------------------------------
begun=$SECONDS
# Sixteen may be there at a time; whoever comes beyond that is in no line.
crowd()
{
	local i

	for ((i = 0; i < 200; i++)); do
		(exec 3<>"/dev/tcp/${port%:*}/${port##*:}") 2>/dev/null || true
	done
	[ "$(grep -c event=asked n.follow.log)" -ge 50 ]
}
answered()
{
	openssl s_client -connect "$port" -tls1_3 -quiet </dev/null >out 2>err
}
waits_for 'a line of fifty of those who came' crowd
waits_for 'whoever came before is gone' answered
asked=$(grep -c event=asked n.follow.log)
[ "$asked" -le $((50 * (2 + (SECONDS - begun) / 10))) ] || fail "$asked lines of at least 200 who came"
checks=$((checks + 1))

# --- a second standby: not of the first one ---------------------------------------------------------------------
code=$(code_of P --role standby --person "Máy dự phòng hai")
exits 1 "$ketnapd" follow "$port" "$code" --data m
has 'a standby follows the server' err
[ "$(json '[.devices[] | select(.role == "standby")] | length' status --data s)" = 1 ] || fail 'it was enrolled'
follow m "$server" "$code"
level m
stop_following
"$ketnapd" follow "$port" --data m >m.follow 2>>m.follow.log </dev/null &
follow_pid=$!
waits_for 'it is told why not' says m '.standby.reason // "" | endswith("a standby follows the server")'
is away "$(json .standby.state status --data m)" 'it does not follow'
has 'event=away' m.follow.log
k status --data m
has 'a standby follows the server' out

# --- the first one is promoted: the second goes on with it, devices too -----------------------------------------
level n # who enrolled meanwhile is known to it too
kill -TERM "$first_pid"
wait "$first_pid" || fail 'the standby ends well'
kill -9 "$server_pid"
wait "$server_pid" 2>/dev/null || true
server_pid=
promote 0 n s.keys --reason 'the machine burnt'
data=n
serve n "$port"
c a sync --server "$port"
level m
is "$(json .incarnation status --data n)" "$(json .incarnation status --data m)" 'it follows the promoted one'
k restore --end --data n
level m
stop_following
is "$(json .root verify --data n)" "$(json .root verify --data m)" 'the same root'

# What is left behind by a kill is what it said last: until this run says that it is level, that is what the one before said.
said_level()
{
	local said

	said=$(grep -oE 'event=(follow|following|level)( |$)' m.follow.log | tail -n 1)
	[ "$said" = 'event=level ' ] && says m '.standby.state == "level"'
}

# --- killed, and begun again while the server does not answer: nothing of the last run is told as of now ---------
follow m "$port"
waits_for 'it says that it is level' said_level
stop_following KILL
is level "$(json .standby.state status --data m)" 'as it stood then'
kill -STOP "$server_pid"
"$ketnapd" follow "$port" --data m --listen 127.0.0.1:0 >m.follow 2>>m.follow.log </dev/null &
follow_pid=$!
waits_to_hear "$follow_pid" '^listening ' m.follow m.follow.log
port=$(sed -n 's/^listening //p' m.follow)
asked -cert a/device.pem -key a/device.key >/dev/null
kill -CONT "$server_pid"
tr -c '[:print:]' '\n' <frame >told
has away told
lacks level told

# --- nor where no contact can even begin: a name that leads nowhere -----------------------------------------------
waits_for 'it says that it is level' said_level
stop_following KILL
is level "$(json .standby.state status --data m)" 'as it stood before that'
: >m.follow.log
"$ketnapd" follow '[nowhere]:7441' --data m >m.follow 2>>m.follow.log </dev/null &
follow_pid=$!
waits_for 'it has tried' grep -q 'event=away retry' m.follow.log
has "there is no address for 'nowhere'" m.follow.log
is away "$(json .standby.state status --data m)" 'it does not follow now'
