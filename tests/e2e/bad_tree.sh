#!/usr/bin/env bash
# Trees that cannot be: each bad row named by line and column; `init` leaves nothing behind, and a tree for
# a store that is there leaves it as it was.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

readonly head=code,parent,kind,name,reports,opened,closed

# bad_init LINE COLUMN REASON <rows
bad_init()
{
	{
		printf '%s\n' "$head"
		cat
	} >tree.csv
	refused_init "$@"
}

refused_init()
{
	exits 1 "$ketnapd" init --tree tree.csv --data new
	has "line $1, column $2" err
	has "$3" err
	is 1 "$(grep -F -- "$3" err | grep -cF "line $1, column $2: " || true)" "lines that name $1 $2 with $3"
	[ ! -e new ] || fail "init left $(ls -A new)"
}

# --- columns -------------------------------------------------------------------------------------

printf 'code,parent,kind,name,reports,opened\nP,,province,Tỉnh,no,2020-01-01\n' >tree.csv
refused_init 1 closed 'the column is missing'
printf '%s,boss\nP,,province,Tỉnh,no,2020-01-01,,x\n' $head >tree.csv
refused_init 1 8 "unknown column 'boss'"
: >tree.csv
refused_init 1 1 'there is no header row'
printf '%s\n' $head >tree.csv
exits 1 "$ketnapd" init --tree tree.csv --data new
has 'the file has a header and no rows' err
[ ! -e new ] || fail 'init left something'

# --- rows ----------------------------------------------------------------------------------------

bad_init 2 kind 'bloc is not a kind' <<'CSV'
P,,bloc,Tỉnh,no,2020-01-01,
CSV
bad_init 2 code 'letters, digits and _ - . only' <<'CSV'
P Q,,province,Tỉnh,no,2020-01-01,
CSV
bad_init 2 reports 'yes or no' <<'CSV'
P,,province,Tỉnh,maybe,2020-01-01,
CSV
bad_init 2 opened '31/02/2020' <<'CSV'
P,,province,Tỉnh,no,31/02/2020,
CSV
bad_init 3 opened 'two ways to write a date in one column' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
P.D,P,direct,Huyện,yes,01/01/2020,
CSV
bad_init 2 closed 'closed before it is opened' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,2019-01-01
CSV
bad_init 4 code 'P.D stands on line 3 too' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
P.D,P,direct,Huyện,yes,2020-01-01,
P.D,P,direct,Huyện khác,yes,2020-01-01,
CSV
bad_init 3 parent 'there is no unit P.X, in this file or before it' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
P.D,P.X,direct,Huyện,yes,2020-01-01,
CSV
bad_init 3 parent 'a second root; line 2 is one too' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
Q,,province,Tỉnh khác,no,2020-01-01,
CSV

# A cycle is named row by row; what hangs below it and has nothing wrong itself is not.
bad_init 3 parent 'its parents lead back to itself' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
A,C,direct,Huyện A,no,2020-01-01,
B,A,base_committee,Xã B,yes,2020-01-01,
C,B,section,Chi bộ C,no,2020-01-01,
D,C,sub_cell,Chi bộ D,no,2020-01-01,
CSV
is 'tree.csv: line 3 tree.csv: line 4 tree.csv: line 5' \
	"$(grep -o '^tree.csv: line [0-9]*' err | sort | paste -sd' ')" 'rows of the cycle'
bad_init 2 parent 'its parents lead back to itself' <<'CSV'
P,P,province,Tỉnh,no,2020-01-01,
CSV

# --- who reports ---------------------------------------------------------------------------------

# Each of two, with the other's line; a unit between them does not hide it.
bad_init 4 reports 'P.D above it (line 3) reports too: one on each path' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
P.D,P,direct,Huyện,yes,2020-01-01,
P.D.C,P.D,base_committee,Xã,yes,2020-01-01,
P.E,P,direct,Huyện khác,yes,2020-01-01,
P.E.F,P.E,base_committee,Xã,no,2020-01-01,
P.E.F.G,P.E.F,sub_cell,Chi bộ,yes,2020-01-01,
CSV
has 'line 7, column reports: P.E above it (line 5) reports too' err
is 3 "$(wc -l <err)" 'lines of complaint'
bad_init 4 reports 'nobody reports for it' <<'CSV'
P,,province,Tỉnh,no,2020-01-01,
P.D,P,direct,Huyện,yes,2020-01-01,
P.E,P,direct,Huyện khác,no,2020-01-01,
CSV

# --- a store that is there -----------------------------------------------------------------------

k init --tree "$documents/tree.csv" --data s
bad tree s 2 code 'there is a unit HY in the store already' <<CSV
$head
HY,VN,province,Tỉnh,no,2020-01-01,
CSV
bad tree s 2 parent 'the root is VN, in the store already' <<CSV
$head
ZZ,,province,Tỉnh,no,2020-01-01,
CSV
bad tree s 2 reports 'another unit on the same path reports these days: HY' <<CSV
$head
HY.A,HY,direct,Huyện,yes,2020-01-01,
CSV
is true "$(json .ok verify --data s)" 'verify'
# What is right is taken: a unit under one of the store, and its own below it, in any order.
printf '%s\nNT.X.Y,NT.X,base_cell,Chi bộ,yes,2020-01-01,\nNT.X,NT,direct,Huyện,no,2020-01-01,\n' $head >more.csv
k import tree more.csv --data s
is '{"direct":2,"base_cell":1}' "$(json '.units | {direct, base_cell} | tojson' totals NT --period 2023 --data s)" \
	'units below NT'
is true "$(json .ok verify --data s)" 'verify with the new units'
