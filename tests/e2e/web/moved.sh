#!/usr/bin/env bash
# A standby was promoted while the old server still serves: a clerk who comes to the old one is told, says at the page where the
# new one is, and goes on there.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/../client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/../standby_lib.sh"
# shellcheck source=tests/e2e/web/web_lib.sh
. "$(dirname "$0")/web_lib.sh"
old_pid=
leave_moved()
{
	local result=$?

	stop_following KILL
	[ -z "$old_pid" ] || kill "$old_pid" 2>/dev/null || true
	leave_ui "$result"
}
trap leave_moved EXIT

small_province s
keys_of s s.keys
for who in a:D.A b:D.B; do
	enrol "${who%:*}" "${who#*:}"
	c "${who%:*}" sync
done
new_standby n
level n
stop_following
promote 0 n s.keys --reason 'no line to the old one'
old_pid=$server_pid old=$address server_pid=
serve n 127.0.0.1:0
new=$address
c b sync --server "$new"
exits 1 "$ketnap" sync --server "$old" --data b # it has seen the new one: the old one hears of it
has 'another server goes on in the place of this one' err
sheet a 2022-08 3 20

open a
walk moved "$new"
shut
is "0 $new " "$(cj a '"\(.queued) \(.server) \(.halt)"' status)" 'it is served where the new one is'
