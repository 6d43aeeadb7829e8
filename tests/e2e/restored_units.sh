#!/usr/bin/env bash
# Numbers of units and persons are given by whoever makes them. Behind a restore the operator makes another one than the
# log that was lost had made: what was said of that one is not said of this one, whoever brings it back. Made once more, it
# is the same.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# merged INTO UNIT: an act makes the unit INTO, and UNIT goes over into it
merged()
{
	printf 'change,unit,parent,kind,name,into\ncreate,%s,D,base_committee,Đảng bộ %s,\nmerge,%s,,,,%s\n' "$1" "$1" "$2" "$1" >act.csv
	k act act.csv --no 9-QĐ --signed 2022-08-20 --signer 'Nguyễn Văn Một' --effective 2022-09-01 --data s
}

# month DIR PERIOD ADMITTED BEGIN [OPTION ...]: entered and signed
month()
{
	c "$1" enter monthly "$2" "members_begin=$4" "admitted=$3" src_rural="$3" members_end=$(($4 + $3)) --old "${@:5:2}"
	c "$1" submit monthly "$2" --signer 'Lê Thị Ký' --blanks-nil --old "${@:5}"
}

# put_back: the copy is put in the store's place, and that is declared
put_back()
{
	stop_server
	cp old.mdb s/store/data.mdb
	rm -f s/store/lock.mdb s/course
	serve s
	k restore --data s --cause 'a disk died'
}

# admitted UNIT PERIOD
admitted()
{
	json '.measures.admitted | tostring' totals "$1" --period "$2" --data s
}

small_province s
k clock 2022-10-20 --data s
for who in a:D.A b:D.B d:D; do
	enrol "${who%:*}" "${who#*:}"
	c "${who%:*}" sync
done
k backup old.mdb --data s
merged N D.A
enrol n N
month n 2022-09 7 12
c n sync
c d sync
month d 2022-10 1 19 --unit N --from 'điện thoại' --reason 'mất đường truyền' --paper 2022-10-19
c d sync
is '7 1' "$(admitted N 2022-09) $(admitted N 2022-10)" 'what was confirmed'

# --- the same act once more: the same unit ---------------------------------------------------------------------------
put_back
merged N D.A
for who in d n d n; do
	c "$who" sync
done
is '7 1' "$(admitted N 2022-09) $(admitted N 2022-10)" 'all of it is back'
is '0 0' "$(cj d '"\(.queued) \(.refused)"' status)" 'nothing is refused'
is true "$(json .ok verify --data s)" 'verify'

# --- another one under its number ------------------------------------------------------------------------------------
put_back
merged M D.B
for _ in 1 2; do
	c d sync
	exits 1 "$ketnap" sync --data n
	has 'the server does not know this device' err
done
is 'null null' "$(admitted M 2022-09) $(admitted M 2022-10)" 'nobody reported that for M'
is '[]' "$(json '[.[] | select(.unit == "M" and .kind == "device")] | tojson' log --data s)" 'nor is anybody a device of it'
is '0 1' "$(cj d '"\(.queued) \(.refused)"' status)" 'the superior reads of it'
c d status
has 'the number of another unit' out
month d 2022-10 2 19 --unit M --from 'điện thoại' --reason 'mất đường truyền' --paper 2022-10-19
c d sync
is 2 "$(admitted M 2022-10)" 'whoever has read of M writes for it'
is true "$(json .ok verify --data s)" 'verify'
k restore --end --data s
merged N D.A
code=$(data=s && code_of N --role approver)
c n enroll "$address" "$code"
c n status
c n aside
has 'N of the log that was lost' out
is 'N true' "$(cj n '.[0] | "\(.unit) \(.lost != null)"' aside)" 'and not of the unit that has its number'
exits 1 "$ketnap" aside again "$(cj n '.[0].op' aside)" --data n
has 'in a log that is no more' err
is 'null null' "$(admitted M 2022-09) $(admitted N 2022-09)" 'what was N is not said again by itself'

# --- a person's: of the same unit, and somebody else ---------------------------------------------------------------------
# late DIR NAME ROLE: a device of D.A
late()
{
	code=$(data=s && code_of D.A --role "$3" --person "$2")
	c "$1" enroll "$address" "$code"
}

put_back
k restore --end --data s
late e 'Trần Bịa Một' clerk
month e 2022-08 4 10 --paper 2022-09-01
c e sync
c d sync
is 4 "$(admitted D.A 2022-08)" 'what was confirmed'
put_back
late e2 'Trần Bịa Một' clerk # told anew, before anybody came
c d sync
is 4 "$(admitted D.A 2022-08)" 'the same person: all is back'
c e sync
put_back
late f 'Lê Bịa Hai' approver
for _ in 1 2; do
	c d sync
	exits 1 "$ketnap" sync --data e
	has 'the server does not know this device' err
done
is null "$(admitted D.A 2022-08)" 'nothing is said in the name of somebody else'
is 2 "$(json '[.[] | select(.unit == "D.A")] | length' devices --data s)" 'nor with what that one may do'
is true "$(json .ok verify --data s)" 'verify'
