#!/usr/bin/env bash
# The server is restored, some devices have been there, and it is restored once more: from an older copy, or from a newer
# one that nobody had found the first time; with the first recovery ended, or not. Whoever was where, all comes together.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

declare -A stands
readonly devices=(a b x d p)

# month DIR PERIOD ADMITTED: entered, signed and confirmed.
month()
{
	local begin=${stands[$1]:-20}

	stands[$1]=$((begin + $3))
	sheet "$1" "$2" "$3" "$begin"
	c "$1" sync
}

sync_all()
{
	local who

	for who in "$@"; do
		c "$who" sync
	done
}

closed()
{
	json '"\(.measures.admitted) \(.sheets.signed)"' totals P --period "$1" --basis closed --data s
}

totals_of()
{
	k totals P --data s --period 2022 --json
	jq -S 'del(.known_at)' out
}

# As everything was, devices in their own folders: elsewhere they would be copies.
as_it_was()
{
	local dir

	stop_server
	for dir in s "${devices[@]}"; do
		find "$dir" -mindepth 1 -delete
		cp -r "saved/$dir/." "$dir/"
	done
	cp saved/made .
}

# twice FIRST SECOND goes-on|ended ABOVE: between them a and ABOVE were there; x sends what only the log in between has, and
# where ABOVE has brought all that was lost August is closed
twice()
{
	local who what="$1 and then $2, the first $3, after $4 came" august=-

	as_it_was
	for who in a b x d; do
		stands[$who]=${saved[$who]}
	done
	restore_from "$1"
	sync_all a "$4"
	month x 2022-09 7
	if [ "$4" = p ]; then
		is '60 3' "$(closed 2022-07)" "July, in between: $what"
		k close monthly 2022-08 --scope P --data s
		c p sync
		august='9 2'
	fi
	[ "$3" != ended ] || k restore --end --data s
	ops_of s | cat - acked >told # what the last of the logs that were lost told, and this one
	restore_from "$2"
	sync_all d b x p a
	sync_all "${devices[@]}"
	for who in "${devices[@]}"; do
		is '0 0' "$(cj "$who" '"\(.queued) \(.late)"' status)" "nothing waits and nothing is late at $who: $what"
	done
	ops_of s >now
	sort -u told >told.once
	once made told.once now
	is '6 3' "$(closed 2022-06)" "June as it was closed: $what"
	is '60 3' "$(closed 2022-07)" "July as it was closed: $what"
	[ "$august" = - ] || is "$august" "$(closed 2022-08)" "August as it was closed: $what"
	is 0 "$(json length late --data s)" "nothing is late: $what"
	totals_of >after
	is $(($(jq .measures.admitted before) + 7)) "$(jq .measures.admitted after)" "all figures, once: $what"
	k restore --end --data s
	is true "$(json .ok verify --data s)" "verify: $what"
	month b 2022-09 1
}

small_province s X
enrol a D.A
enrol b D.B
enrol x D.X
enrol d D
enrol p P operator
declare -A saved
month a 2022-06 1
month b 2022-06 2
k backup older.mdb --data s
month x 2022-06 3
k close monthly 2022-06 --scope P --data s # at the server
month a 2022-07 10
month b 2022-07 20
sync_all d p
k backup newer.mdb --data s
month x 2022-07 30
sync_all p
c p close monthly 2022-07 # by a person at a device
printf '\n' >>made      # the one op that gives no reason
c p sync
month a 2022-08 4
month b 2022-08 5
sync_all "${devices[@]}"
ops_of s >acked
totals_of >before
stop_server
mkdir saved
for dir in s "${devices[@]}"; do
	cp -r "$dir" saved/
done
cp made saved/
for who in a b x d; do
	saved[$who]=${stands[$who]:-20}
done

twice newer.mdb older.mdb goes-on d
twice newer.mdb older.mdb ended p
twice older.mdb newer.mdb goes-on p
twice older.mdb newer.mdb ended d
twice older.mdb older.mdb goes-on p
twice older.mdb older.mdb ended d
