#!/usr/bin/env bash
# A receipt outlives the log that it is of: it proves what it proved, says that the log was left behind, and the one
# that is fetched afterwards is of the same sheet under its new number, whoever hears of the restore only then.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

declare -A stands

# month DIR PERIOD ADMITTED: entered, signed and confirmed.
month()
{
	local begin=${stands[$1]:-20}

	stands[$1]=$((begin + $3))
	sheet "$1" "$2" "$3" "$begin"
	c "$1" sync
}

# proves FILE DIR ADMITTED STANDS: of D.A; "true" in the log that the device reads, "false" that was left behind
proves()
{
	c "$2" receipt --check "$1" --json
	is "$3 accepted $4" "$(jq -r '"\(.figures.admitted) \(.verdict) \(.stands)"' out)" "what $1 proves"
	cp out "$1.json"
	c "$2" receipt --check "$1"
	has "$1: proven: entry $(jq .lsn "$1.json"), D.A " out
	if [ "$4" = false ]; then
		has 'that was the log of then' out
		c "$2" receipt --check "$1" --lang vi
		has 'đó là nhật ký lúc ấy' out
	else
		lacks 'the log of then' out
	fi
}

# same_op OLD NEW DIR: two receipts of one op; the newer one is of the log of DIR, with the number that the op has there
same_op()
{
	is "$(jq -c '[.device, .period, .figures]' "$1.json")" "$(jq -c '[.device, .period, .figures]' "$2.json")" \
		"$2 is of the sheet of $1"
	is "$(json .incarnation status --data "$3")" "$(jq -r .incarnation "$2.json")" "the log of $2"
	[ "$(jq .incarnation "$1.json")" != "$(jq .incarnation "$2.json")" ] || fail "$2 is of the log of before"
	is "$(jq -r .device "$2.json") D.A sheet" \
		"$(json ".[] | select(.lsn == $(jq .lsn "$2.json")) | \"\(.device) \(.unit) \(.kind)\"" log --data "$3")" \
		"the entry of $2"
}

small_province s X
keys_of s s.keys
for who in a:D.A b:D.B x:D.X d:D; do
	enrol "${who%:*}" "${who#*:}"
done
month a 2022-01 1
c a receipt D.A 2022-01 jan
c d sync
k backup old.mdb --data s
month b 2022-02 2
month a 2022-02 3
c a receipt D.A 2022-02 feb
proves feb a 3 true
c x receipt --check feb # of what it does not hold
c d receipt --check feb
has 'this device cannot tell' out
c d sync
proves feb d 3 true

# --- restored: the number is that of another entry now, which everybody may read ------------------------------------
number=$(jq .lsn feb.json)
stop_server
cp old.mdb s/store/data.mdb
rm -f s/store/lock.mdb
k restore --data s
serve s
month x 2022-02 1
is true "$([ "$(lsn_of s)" -ge "$number" ] && echo true)" 'the number is taken'
is start "$(json ".[] | select(.lsn == $number) | .kind" log --data s)" 'by an entry that all may read'
c d receipt D.A 2022-02 feb.d # it hears of the restore in this contact
proves feb.d d 3 true
same_op feb feb.d s
c a receipt D.A 2022-02 feb.a
proves feb.a a 3 true
same_op feb feb.a s
for who in a d; do
	proves feb $who 3 false
	proves jan $who 1 true # from before the copy: its number is what it was
done

# Without a device, by the key alone: what it proves, and nothing of today.
key=$(cj a .log_key status)
exits 0 "$ketnap" receipt --check feb --log-key "$key" --json
is "$number null" "$(jq -r '"\(.lsn) \(.stands)"' out)" 'by the key alone'
exits 0 "$ketnap" receipt --check feb --log-key "$key"
has "feb: proven: entry $number, unit number " out
exits 1 "$ketnap" receipt --check feb --log-key "${key//[0-7]/8}"
has 'feb proves nothing' err

# The log shrank below the number: there is no such entry to ask for.
stop_server
put_back old.mdb
k restore --data s
serve s
c a receipt D.A 2022-02 feb.again
proves feb.again a 3 true
same_op feb.a feb.again s
proves feb a 3 false
proves feb.a a 3 null
k restore --end --data s

# --- promoted: the standby lacks the entry ----------------------------------------------------------------------------
new_standby n
level n
stop_following
c b sync
month a 2022-03 4
c a receipt D.A 2022-03 mar
proves mar a 4 true
{ kill -9 "$server_pid" && wait "$server_pid"; } 2>/dev/null || true
server_pid=
promote 0 n s.keys --reason 'the machine burnt'
data=n
serve n 127.0.0.1:0
c x sync --server "$address"
proves mar a 4 true # it has not heard of it
c a receipt D.A 2022-03 mar.n --server "$address"
proves mar.n a 4 true
same_op mar mar.n n
proves mar a 4 false
proves feb.again a 3 true
k restore --end --data n

# --- late, and counted by a decision: the receipt is of the figures, and says which of the two it does not prove ----------
c b enter monthly 2022-03 members_begin=22 admitted=5 src_rural=5 members_end=27 --old
k close monthly 2022-03 --scope P --data n
c b submit monthly 2022-03 --signer 'Lê Thị Ký' --blanks-nil --old
c b sync --server "$address"
entry=$(json '.[0].lsn' late --data n)
k decide-late "$entry" --counts --reason 'đủ căn cứ' --data n
c b sync
c b receipt D.B 2022-03 late
has 'it was late' out
is 'late 5' "$(cj b '"\(.verdict) \(.figures.admitted)"' receipt --check late)" 'verdict and figures'
is true "$(json .ok verify --data n)" 'verify'
