#!/usr/bin/env bash
# The line between server and standby is cut, the standby is promoted, and both serve for a time. Afterwards all that
# either told anybody is safe is in the new log once, and the old server has stopped for good.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/ui_lib.sh
. "$(dirname "$0")/ui_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

# month DIR PERIOD ADMITTED BEGIN: entered, signed, confirmed.
month()
{
	sheet "$@"
	c "$1" sync
}

admitted_of()
{
	k totals P --data "$1" --period 2022 --json
	jq .measures.admitted out
}

small_province s X
keys_of s s.keys
for who in a:D.A b:D.B x:D.X d:D; do
	enrol "${who%:*}" "${who#*:}"
done
month a 2022-01 1 20
month b 2022-01 2 20
month x 2022-01 3 20
c d sync
new_standby z # another one, which nobody promotes
level z
z=$(json '.[] | select(.role == "standby").id' devices --data s)
stop_following
new_standby n
level n
stop_following

# --- both serve ------------------------------------------------------------------------------------------------
# Cut off when it has begun: to follow on would show the old one a head of its successor, and stop it for good.
dies unlink 6 "$ketnapd" promote s.keys --data n --reason 'no line to the old one' <s.keys.code
is true "$(json .recovering status --data n)" 'it has begun'
exits 1 "$ketnapd" follow --data n
has 'the promotion of n was cut off' err
promote 0 n s.keys --reason 'no line to the old one'
has "Other standbys of that server: $z. None of them may be promoted too" out
old_pid=$server_pid old=$address
server_pid=
leave_both()
{
	local result=$?

	[ -z "$ui_pid" ] || kill -9 "$ui_pid" 2>/dev/null || true
	kill -9 "$old_pid" 2>/dev/null || true
	leave_standby "$result"
}
trap leave_both EXIT
serve n 127.0.0.1:0
new=$address
k status --data n
has "standby $z: has not followed this server yet. It must not be promoted too" out
month a 2022-02 10 21 # at the old one, which knows of nothing
c d sync
c b sync --server "$new"
month b 2022-02 20 22 # at the new one
month a 2022-03 30 31
month x 2022-02 40 23
is "$old" "$(cj x .server status)" 'where it is served'
c x sync --server "$new" # was at the old one, is at the new one from now on
is "$new" "$(cj x .server status)" 'and where from now on'
month x 2022-03 50 63
exits 0 "$ketnapd" totals P --data s --period 2022 --json
ops_of s >acked.old
ops_of n >acked.new
is false "$(json '.behind | tostring' status --data s)" 'the old one has not noticed yet'

# --- healed: one that saw the new one meets the old ------------------------------------------------------------
before=$(lsn_of s)
exits 1 "$ketnap" sync --server "$old" --data b
has 'another server goes on in the place of this one' err
is "succeeded $new" "$(cj b '"\(.halt) \(.server)"' status)" 'it is served where it was before'
is 'true true' "$(json '"\(.behind) \(.succeeded)"' status --data s)" 'the old one has stopped'
has 'event=succeeded' s.log
k status --data s
has 'was promoted and goes on' out
exits 1 "$ketnapd" import targets targets.csv --data s
has 'was promoted and goes on' err
exits 1 "$ketnapd" restore --data s
has 'two must not write' err
sheet a 2022-04 70 61
exits 1 "$ketnap" sync --data a
has 'another server goes on in the place of this one' err
has '1 sheets signed and 0 drafts are kept here' err
advice=$(grep -oE 'ketnap sync --server [^`]*' err) || fail 'no way out is told'
c a status
has "$advice" out
exits 1 "$ketnap" sync --data a --json
is 'server-behind succeeded 0' "$(jq -r '"\(.why) \(.halt) \(.acked)"' out)" 'and in words for a script'
is '1 succeeded' "$(cj a '"\(.queued) \(.halt)"' status)" 'what it could not hand in is kept'
code=$(data=n && code_of D.A --role clerk)
exits 1 "$ketnap" enroll "$old" "$code" --data late
has 'this server enrols nobody' err
c late enroll "$new" "$code"
is "$before" "$(lsn_of s)" 'nothing is written there any more'
kill -TERM "$old_pid"
wait "$old_pid" || true
serve s "$old"
old_pid=$server_pid
exits 1 "$ketnap" sync --data d # the first that comes, and has heard of nothing
has 'another server goes on in the place of this one' err
exits 1 "$ketnap" sync --server "$old" --data late # of which it has never heard
has 'another server goes on in the place of this one' err
exits 1 "$ketnapd" follow --data z
has 'another server goes on in the place of this one' err
is 'true true' "$(json '"\(.behind) \(.succeeded)"' status --data s)" 'nor after a restart'
is "$before" "$(lsn_of s)" 'not even a start'
kill -TERM "$old_pid"
wait "$old_pid" || true
server_pid=

# --- all comes together at the new one, for the first by what it was told to the letter --------------------------
read -ra advice <<<"${advice/HOST:PORT/$new}"
printf '%s 0 %s\n' "$(($(date +%s) * 1000 + 60000))" "$old" >a/later # which would be left alone
exits 75 "$ketnap" sync --data a
has 'asked to be left alone' err
exits 0 "$ketnap" "${advice[@]:1}" --data a
is "0 $new " "$(cj a '"\(.queued) \(.server) \(.halt)"' status)" 'what was kept is handed in, and it stays there'
# At the pages too: whoever reads there that it was succeeded says where the new one is.
open_pages d
let_in
is 200 "$(post state '{}')" 'the pages of d'
is succeeded "$(jq -r .counts.halt body)" 'they say so'
is 200 "$(post sync "{\"server\":\"$new\"}")" 'asked to send there'
sent()
{
	[ "$(post state '{}')" = 200 ] && [ "$(jq -r .line.done body)" = true ]
}
waits_for 'the contact is over' sent
is 'true ' "$(jq -r '"\(.line.ok) \(.counts.halt)"' body)" 'it is served'
kill "$ui_pid"
wait "$ui_pid" || true
ui_pid=
is "$new" "$(cj d .server status)" 'and stays there'
for who in b x; do
	c "$who" sync --server "$new"
done
for who in d a b x d; do
	c "$who" sync
done
for who in a b x d; do
	is 0 "$(cj "$who" .queued status)" "nothing waits at $who"
done
ops_of n >now
cat acked.old acked.new >acked
is '9 8' "$(wc -l <made) $(cut -d'|' -f1 acked | sort -u | wc -l)" 'sheets made, and told to be safe by either'
once made acked now
is 226 "$(admitted_of n)" 'all figures of both, once'
k restore --end --data n
is true "$(json .ok verify --data n)" 'verify'

# The old machine becomes the standby of the new one, in a new directory.
data=n address=$new
new_standby s2
level s2
is "$(json .root verify --data n)" "$(json .root verify --data s2)" 'the same root'

# --- a server that was set back is no continuation: the standby stops, and keeps everything ---------------------
k backup old.mdb --data n
month a 2022-05 1 131
level s2
kept=$(lsn_of s2)
stop_following
new_pid=$(cat n/lock)
kill -TERM "$new_pid"
ended()
{
	! kill -0 "$new_pid" 2>/dev/null
}
waits_for 'the server has ended' ended
cp old.mdb n/store/data.mdb
rm -f n/store/lock.mdb
k restore --data n --cause 'a disk died'
serve n "$new"
exits 1 "$ketnapd" follow --data s2
has 'this standby has stopped' err
is "$kept" "$(lsn_of s2)" 'it keeps everything'
is stopped "$(json .standby.state status --data s2)" 'and says so'
is true "$(json .ok verify --data s2)" 'verify of the standby'
