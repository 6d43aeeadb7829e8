#!/usr/bin/env bash
# More than 20,000 rows: refused whole, taken in chunks; killed in the middle as often as it takes, and in the
# end the same store as one made in peace. What is bad in a later chunk leaves the earlier ones.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

readonly range=(--from 2022-01-01 --to 2022-08-31)
"$make_province" csv >/dev/null
{
	head -n 1 csv/figures-2022-01.csv
	tail -q -n +2 csv/figures-2022-0[1-8].csv
} >all.csv
rows=$(($(wc -l <all.csv) - 1))

store()
{
	k init --illustrative --tree csv/tree.csv --data "$1"
	k clock 2022-09-22 --data "$1"
}
store empty
begin=$(lsn_of empty)

exits 1 "$ketnapd" import figures all.csv --data empty
has "line 20,002, column unit: $(printf %s "$rows" | sed -E "s|([0-9]{3})$|,\1|") rows are more than 20,000; use --chunked" err
is "$begin" "$(lsn_of empty)" 'lsn after too many rows'

# --- in peace --------------------------------------------------------------------------------------

cp -r empty peace
from=$(milliseconds)
k import figures all.csv --data peace --chunked --json
step=$((($(milliseconds) - from) / 16 + 1))
is "$rows $((1153 * 8)) 0" "$(jq -r '"\(.rows) \(.entries) \(.skipped)"' out)" 'rows, sheets, skipped'
is $((begin + 1153 * 8 + (rows + 19999) / 20000)) "$(lsn_of peace)" 'lsn: the sheets, and a note per chunk'
k totals QNA "${range[@]}" --data peace --json
jq -S 'del(.known_at)' out >peace.json
# The same file again: all of it was written before.
after=$(lsn_of peace)
k import figures all.csv --data peace --chunked --json
is "0 $rows" "$(jq -r '"\(.entries) \(.skipped)"' out)" 'a file that is in the store'
is "$after" "$(lsn_of peace)" 'lsn after it'

# --- killed ------------------------------------------------------------------------------------------

all=$((begin + 1153 * 8 + 7))
kills=0 middle=0 verified=$begin

# killed_at: what a kill left, verified unless the last one left the same
killed_at()
{
	local lsn

	kills=$((kills + 1))
	lsn=$(lsn_of killed)
	[ "$lsn" -eq "$begin" ] || [ "$lsn" -ge "$all" ] || middle=$((middle + 1))
	[ "$lsn" -ne "$verified" ] || return 0
	is true "$(json .ok verify --data killed)" 'verify after a kill'
	verified=$lsn
}

# Once when the store is seen to grow: all of it takes a third of a second, and a clock alone can miss the middle.
size=$(stat -c %s empty/store/data.mdb)
for ((i = 0; i < 20 && middle == 0; i++)); do
	rm -rf killed
	cp -r empty killed
	"$ketnapd" import figures all.csv --data killed --chunked >out 2>err </dev/null &
	until [ "$(stat -c %s killed/store/data.mdb)" -gt "$size" ] || ! kill -0 $! 2>kill.err; do :; done
	kill -KILL $! 2>kill.err || true # it may be done
	wait $! 2>wait.err || true
	killed_at
done

# Later at each try, from before the next chunk to after the last, until it ends by itself: as fast as it was in peace, or
# twelve times slower.
for ((after_ms = step; after_ms <= 200 * step; after_ms += step)); do
	got=0
	"$ketnapd" import figures all.csv --data killed --chunked >out 2>err </dev/null &
	sleep "$(printf '%d.%03d' $((after_ms / 1000)) $((after_ms % 1000)))"
	kill -KILL $! 2>kill.err || true # it may be done
	wait $! 2>wait.err || got=$?
	[ $got -ne 0 ] || break
	is 137 "$got" 'how the import ended'
	killed_at
done
is 0 "$got" 'the import in the end'
[ $middle -gt 0 ] || fail "none of $kills kills hit the middle"
k totals QNA "${range[@]}" --data killed --json
is '' "$(jq -S 'del(.known_at)' out | diff peace.json -)" 'totals after the kills'
is "$(lsn_of peace)" "$(lsn_of killed)" 'entries after the kills'
printf '%d kills, %d of them in the middle\n' $kills $middle

# --- bad in the middle ---------------------------------------------------------------------------------

bad_line=50001
sed "${bad_line}s/.*/QNA.XX,monthly,2022-03-01,2022-03-31,admitted,1,/" all.csv >bad.csv
cp -r empty bad
exits 1 "$ketnapd" import figures bad.csv --data bad --chunked
has "line 50,001, column unit: there is no unit QNA.XX" err
done_line=$(sed -n 's/.*written up to line \([0-9,]*\) and no further.*/\1/p' err | tr -d ,)
if [ "${done_line:-0}" -le 20000 ] || [ "$done_line" -ge $bad_line ]; then
	fail "written up to '$done_line'"
fi
lacks 'nothing was written' err
is true "$(json .ok verify --data bad)" 'verify with a bad chunk left out'
lsn=$(lsn_of bad)
exits 1 "$ketnapd" import figures bad.csv --data bad --chunked
is "$lsn" "$(lsn_of bad)" 'lsn after the same file again'
# As the message says: the rest, put right, as a file of its own.
{
	head -n 1 all.csv
	tail -n +$((done_line + 1)) all.csv
} >rest.csv
k import figures rest.csv --data bad --chunked
k totals QNA "${range[@]}" --data bad --json
is '' "$(jq -S 'del(.known_at)' out | diff peace.json -)" 'totals after the rest'
# All or none without chunks: the bad row is behind 2,000 good ones.
head -n 2000 all.csv >short.csv
printf 'QNA.XX,monthly,2022-03-01,2022-03-31,admitted,1,\n' >>short.csv
bad figures empty 2,001 unit 'there is no unit QNA.XX' <short.csv

# --- a tree --------------------------------------------------------------------------------------------

# The root, 20,500 organisations, and under the last of them a chain of `$1` units more.
big_tree()
{
	awk -v deep="$1" 'BEGIN {
		print "code,parent,kind,name,reports,opened,closed"
		print "R,,province,Tỉnh,no,2022-01-01,"
		for (i = 1; i <= 20500; i++)
			printf "O%d,R,base_cell,Chi bộ %d,yes,2022-01-01,\n", i, i
		for (i = 1; i <= deep; i++)
			printf "D%d,%s,sub_cell,Tổ %d,no,2022-01-01,\n", i, (i > 1 ? "D" (i - 1) : "O20500"), i
	}'
}
big_tree 1 >big.csv
exits 1 "$ketnapd" init --tree big.csv --data country
has 'use --chunked' err
[ ! -e country ] || fail 'an init that was refused left a folder'
k init --tree big.csv --data country --chunked
k tree --data country --json
is 20502 "$(jq '.units | length' out)" 'units of a large tree'
is true "$(json .ok verify --data country)" 'verify of a large tree'
exits 1 "$ketnapd" import tree big.csv --data peace --dry-run --chunked
has 'the root is QNA, in the store already' err
# The unit above has to stand first: nothing could hang on it across chunks.
{
	head -n 1 big.csv
	tail -n 1 big.csv
	tail -n +2 big.csv | head -n -1
} >late.csv
exits 1 "$ketnapd" init --tree late.csv --data late --chunked
has 'line 2, column parent: with --chunked the unit above stands before it, not on line 20,503' err
# Too deep in the second chunk: the first stays, the same file stops at the same row, the rest goes on.
printf 'code,parent,kind,name,reports,opened,closed\nR,,province,Tỉnh,no,2022-01-01,\n' >root.csv
k init --tree root.csv --data deep
big_tree 9 | sed '/^R,/d' >deep.csv
exits 1 "$ketnapd" import tree deep.csv --data deep --chunked
has 'written up to line 20,001 and no further' err
lsn=$(lsn_of deep)
exits 1 "$ketnapd" import tree deep.csv --data deep --chunked
is "$lsn" "$(lsn_of deep)" 'lsn after the same tree again'
lacks 'in the store already' err
{
	head -n 1 deep.csv
	tail -n +20002 deep.csv | head -n -8
} >rest.csv
k import tree rest.csv --data deep
k tree --data deep --json
is 20502 "$(jq '.units | length' out)" 'units with the rest'
is true "$(json .ok verify --data deep)" 'verify of a tree in pieces'
