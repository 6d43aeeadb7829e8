#!/usr/bin/env bash
# A name found by the index of names: the same on each device, kept through changes, told in the log, in no file in
# clear, and gone with whoever is forgotten. All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# where TEXT FILE ...: which of the files have it
where()
{
	local text=$1

	shift
	grep -rlaF -- "$text" "$@" || true
}

# found DIR TEXT: the names found
found()
{
	cj "$1" '[.[].name] | join(", ")' members search "$2"
}

small_province s
enrol a D.A clerk
enrol b D.A approver
for dir in a b; do c $dir sync; done
{
	echo 'card,name,birth,sex,ethnicity,religion,unit,admitted,recognised'
	for i in $(seq 300); do
		printf 'BIA%04d,Hoàng Bịa %s,1970-05-01,nam,Kinh,Không,D.A,2001-02-03,2002-02-03\n' "$i" "$i"
	done
	echo 'BIA9001,Vũ Quýnh Đặt,1985-06-02,nữ,Kinh,Không,D.A,2011-02-03,2012-02-03'
} >members.csv
c a members import members.csv
is 'Vũ Quýnh Đặt' "$(found a 'QUYNH dat')" 'before anything was sent'
is 'Hoàng Bịa 7, Hoàng Bịa 77, Hoàng Bịa 70' "$(cj a '[.[].name | select(IN("Hoàng Bịa 7", "Hoàng Bịa 77", "Hoàng Bịa 70"))] | sort_by(. == "Hoàng Bịa 70", . == "Hoàng Bịa 77") | join(", ")' members search 'bia 7')" 'several'
is '' "$(found a 'khong ai')" 'nobody'
# one alone, of whom something is to be done
id=$(cj a '.[0].member' members search quynh)
for who in 'QUÝNH đặt' BIA9001 "${id:0:8}" "$id"; do
	is 'Vũ Quýnh Đặt' "$(cj a .name members show "$who")" "by $who"
done
is 'Hoàng Bịa 7' "$(cj a .name members show BIA0007)" 'by the card alone'
exits 1 "$ketnap" members show 'hoang bia' --data a
has '300 members go by hoang bia' err
exits 1 "$ketnap" members end 'khong ai' died 2022-09-01 --data a
has 'no member here goes by khong ai' err
c a sync
c b sync
is '' "$(found b quynh)" 'its keys have not come to the other device'
c a sync
c b sync
is 'Vũ Quýnh Đặt' "$(found b quynh)" 'then it finds them too'
c b sync
is true "$(cj a 'any(.[]; .kind == "names-read")' log)" 'the search is in the log'
is 'Vũ Quýnh Đặt' "$(found a quynh)" 'once more, now delivered'

# in no file as it is written, nor as it is looked for
printf 'Vũ Quýnh Đặt vu quynh dat' >control
for text in 'Quýnh' 'vu quynh' 'quynh dat' BIA9001; do
	[ "$text" = BIA9001 ] || is control "$(where "$text" control)" 'the search of files finds what is there'
	nowhere "$text" a b s
done

# --- forgotten -----------------------------------------------------------------------------------------------
c b members end BIA9001 died 2022-09-01
enrol m P operator
c m act setting key=register.keep-months value=0
for dir in m b a b; do c $dir sync; done
is 'Vũ Quýnh Đặt' "$(found a quynh)" 'whose membership ended is still found'
cp -r a before
c b forget BIA9001 --reason 'theo đơn'
c b sync
c a sync
asked=$(cj a '[.[] | select(.kind == "forget" and .verdict == "accepted") | .lsn] | max' log)
c a forget BIA9001 --confirm "$asked" --reason 'theo đơn'
c a sync
c b sync
for dir in a b; do
	is '' "$(found $dir quynh)" "$dir finds nobody forgotten"
	is 'Hoàng Bịa 299' "$(found $dir 'bia 299')" "$dir finds the others"
done
# The store as it was, with every index that it ever had, and the keys of after.
stop_server
cp before/store/data.mdb a/store/data.mdb
is '' "$(found a quynh)" 'the index of before opens no more'
is 'Hoàng Bịa 299' "$(found a 'bia 299')" 'and is made anew without them'
