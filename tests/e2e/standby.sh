#!/usr/bin/env bash
# A second machine follows the server; the server is destroyed in the middle of its work, the second is promoted, and
# nothing that any device was told is safe is missing. Then the same with both serving for a time.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

declare -A stands

# month DIR PERIOD ADMITTED [sync]: entered and signed; confirmed with `sync`.
month()
{
	local begin=${stands[$1]:-20}

	stands[$1]=$((begin + $3))
	sheet "$1" "$2" "$3" "$begin"
	[ -z "${4:-}" ] || c "$1" sync
}

admitted_of()
{
	k totals P --data "$1" --period 2022 --json
	jq .measures.admitted out
}

small_province s X
keys_of s s.keys
is 600 "$(stat -c %a s.keys)" 'the keys are the owner'\''s'
k keys --print page --data s --json
jq -r .code out >typed.keys.code
enrol a D.A
enrol b D.B
enrol x D.X
enrol d D
month a 2022-01 1 sync

# --- it follows ----------------------------------------------------------------------------------------------
exits 2 "$ketnapd" follow "$address" --data n
has 'enroll ROOT --role standby' err
[ ! -e n ] || fail 'nothing is made without a code'
exits 1 "$ketnapd" enroll D --role standby --data s
clerk=$(code_of D.A --role clerk)
exits 1 "$ketnapd" follow "$address" "$clerk" --data n
has 'not one of a standby' err
[ -s n/store/data.mdb ] || fail 'it was not begun'
exits 1 "$ketnapd" verify --data n
has 'there is no store here' err
rm -rf n
new_standby n
level n
is "$(json .incarnation status --data s)" "$(json .incarnation status --data n)" 'the same incarnation'
is level "$(json .standby.state status --data n)" 'state'
waits_for 'it does not lag' says n '.standby.lag_seconds < 5'
is 0 "$(json .standby.lag_entries status --data n)" 'lag'
is "$(lsn_of s)" "$(json .standby.proven status --data n)" 'all of it proven'
is null "$(json '.standby | tostring' status --data s)" 'the server is none'
# The server knows it too, of what the standby says when it asks: about once a second.
told_lag()
{
	waits_for "the server knows that its standby lacks $1" says s ".standbys[0].lag_entries == $1"
}
is '[]' "$(json '.standbys | tostring' status --data n)" 'a standby has none of its own'
told_lag 0
is "$(lsn_of s) $(json .standby.device status --data n)" \
	"$(json '.standbys[0] | "\(.read_to) \(.device)"' status --data s)" 'how far it has come, at the server'
waits_for 'it does not lag at the server' says s '.standbys[0].lag_seconds <= 5'
device=$(json .standby.device status --data n)
k status --data s
has "standby $device: lacks 0 entries" out
k status --data n
has "standby of the server at $address: has all that it had" out
k log --data s --json && cp out s.log.json
k log --data n --json
cmp out s.log.json || fail 'the log is not the same'
is "$(json .root verify --data s)" "$(json .root verify --data n)" 'verify, on the standby too'
is 1 "$(admitted_of n)" 'figures are read there'

# It serves and writes nothing itself, and says so.
exits 75 "$ketnapd" serve --data n
has 'n is a standby' err
exits 75 "$ketnapd" import targets targets.csv --data n
has 'n is a standby' err
exits 75 "$ketnapd" follow --data n
has 'in use by process' err
exits 1 "$ketnapd" promote s.keys --reason r --data s

# --- killed at any moment, it goes on ------------------------------------------------------------------------
for period in 2022-02 2022-03 2022-04; do
	month a $period 1 sync
	month b $period 1 sync &
	busy=$!
	stop_following KILL
	wait "$busy"
	stands[b]=$((${stands[b]:-20} + 1))
	follow n
done
level n
is true "$(json .ok verify --data n)" 'verify after kills'
is "$(json .root verify --data s)" "$(json .root verify --data n)" 'the same root after kills'
told_lag 0

# --- the line is gone: it tells how far it is behind --------------------------------------------------------
stop_following
month b 2022-05 2 sync
month x 2022-05 3 sync
lag=$(json .standby.lag_seconds status --data n)
there=$(json '.standbys[0].lag_seconds' status --data s)
sleep 1.1
[ "$(json .standby.lag_seconds status --data n)" -gt "$lag" ] || fail 'the lag does not grow'
[ "$(json '.standbys[0].lag_seconds' status --data s)" -gt "$there" ] || fail 'nor at the server'
is "$(($(lsn_of s) - $(lsn_of n)))" "$(json '.standbys[0].lag_entries' status --data s)" 'what it lacks'
checks=$((checks + 2))
follow n
level n
told_lag 0

# --- destroyed in the middle of its work ----------------------------------------------------------------------
# What the standby has not pulled was told to devices as safe; what was not told waits in their queues.
stop_following KILL
month a 2022-06 4 sync
month x 2022-06 5 sync
c d sync
month b 2022-06 6
had=$(lsn_of n)
[ "$had" -lt "$(lsn_of s)" ] || fail 'the standby must be behind for this'
ops_of s >acked
total=$(admitted_of s)
month x 2022-07 1
"$ketnap" sync --data x >/dev/null 2>&1 &
busy=$!
kill -9 "$server_pid"
wait "$busy" "$server_pid" 2>/dev/null || true
server_pid=
cp -r s was
rm -rf s
exits 75 "$ketnap" sync --data b

# Only with the keys, their code and a word.
# A standby whose file was cut short says so and what to do, and is not promoted.
cp -r n cut
truncate -s 100000 cut/store/data.mdb
for command in follow status 'promote s.keys --reason cut'; do
	# shellcheck disable=SC2086 # several words
	exits 1 "$ketnapd" $command --data cut
	has 'the store of the standby in cut is damaged: ' err
	has 'cut/store/data.mdb was cut short: it has 100,000 bytes of ' err
done
cp n/store/data.mdb cut/store
truncate -s 12000 cut/keys/data.mdb
exits 1 "$ketnapd" follow --data cut
has 'the keys in cut/keys are damaged; move that folder away: the standby takes' err
rm -r cut
exits 2 "$ketnapd" promote s.keys --data n
cp s.keys wrong.keys
k init --tree tree.csv --data other
keys_of other other.keys
cp other.keys.code wrong.keys.code
promote 1 n wrong.keys --reason 'no'
has 'the code is not that' err
promote 1 n other.keys --reason 'no'
has 'another store' err
# The same from paper: what somebody typed, and as it was typed.
readonly keys_lines='^[0-9][0-9]( [2-9A-Z]{5}){9}$'
k keys --print other.page --data other --json
jq -r .code out >other.page.code
promote 1 n other.page --reason 'no'
has 'another store' err
cp s.keys.code page.code
promote 1 n page --reason 'no'
has 'the code is not that of this paper' err
grep -E "$keys_lines" page | sed '/^05 /s/ ./ 0/' >typed.keys
promote 1 n typed.keys --reason 'no'
has 'lines 5;' err
exits 75 "$ketnapd" serve --data n
[ ! -e n/ca.key ] || fail 'keys of a server at a standby'
grep -E "$keys_lines" page | tac | tr 'A-Z ' 'a-z-' >typed.keys
promote 0 n typed.keys --reason 'the machine burnt' --as 'Nguyễn Thị Vận' --json
is "$had true" "$(jq -r '"\(.branch) \(.recovering)"' out)" 'branch at what was proven'
[ ! -e n/standby ] || fail 'it is a standby no more'
for file in log.key seal.key ca.key ca.pem; do
	cmp n/$file was/$file || fail "$file from paper is another"
	checks=$((checks + 1))
done
data=n
serve n 127.0.0.1:0
k log --data n --json
is 1 "$(jq '[.[] | select(.kind == "incarnation" and .source == "Nguyễn Thị Vận")] | length' out)" 'who promoted stands in the log'
is true "$(json .recovering status --data n)" 'recovering'

# The control: what was told to be safe and not pulled is missing before its devices have been here.
ops_of n >now
differences made acked now >missing
grep -q 'told so' missing || fail 'the control finds nothing missing'
checks=$((checks + 1))

# Told the new address once, each device goes on by itself.
for who in a b x d; do
	c "$who" sync --server "$address"
done
for who in d a b x d; do
	c "$who" sync
done
for who in a b x d; do
	is 0 "$(cj "$who" .queued status)" "nothing waits at $who"
done
ops_of n >now
once made acked now
is "$((total + 6 + 1))" "$(admitted_of n)" 'all figures, once'
is 2 "$(comm -13 <(cut -d'|' -f1 acked | sort) <(cut -d'|' -f1 now | sort) | wc -l)" 'beside them what waited at b and x'
k restore --end --data n
month a 2022-07 1 sync
is true "$(json .ok verify --data n)" 'verify of the promoted'
exits 1 "$ketnapd" follow "$address" "$clerk" --data n
has "a server's data directory" err
