#!/usr/bin/env bash
# What goes over the line, taken at both ends before TLS: the names of persons, their numbers and birth dates stand in
# none of it, while what is said in clear is found. All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

first='Nguyễn Bịa Một' second='Trần Quýnh Hai' birth=1999-03-04 paper=77-QĐ/BỊA card=BIA9001

small_province s
stop_server
export WIRE_TAP=$PWD/wire LD_PRELOAD=$KETNAP_BUILD/tests/libwire_tap.so
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
serve s
enrol a D.A clerk
enrol b D.A approver
enrol d D approver
for dir in a b d; do c $dir sync; done
c d case key
c d sync
c a case open "name=$first" birth=$birth sex=f source=student day=2022-01-10
c a case step 'bia mot' list 2022-01-20
c a case step 'bia mot' apply 2022-02-01
c a case step 'bia mot' cell 2022-07-01 votes=7/9 "no=$paper"
c a case step 'bia mot' submit 2022-07-10
printf 'card,name,birth,sex,ethnicity,religion,unit,admitted,recognised\n%s,%s,1985-06-02,nữ,Kinh,Không,D.A,2011-02-03,2012-02-03\n' \
	"$card" "$second" >members.csv
c a members import members.csv
c a sync
c a sync
for dir in b d b d; do c $dir sync; done
is "$first" "$(cj b .name case show 'bia mot')" 'the other device opens it'
is "$first" "$(cj d '.[0].name' case list)" 'the body opens it'
is "$second" "$(cj b '.[0].name' members search quynh)" 'and finds the member'
c b forget 'bia mot' why=own-right --reason 'TỪ-KIỂM-CHỨNG'
c b sync
c a sync
asked=$(cj a .asked_to_forget case show 'bia mot')
c a forget 'bia mot' --confirm "$asked" --reason 'TỪ-KIỂM-CHỨNG'
for dir in a b d; do c $dir sync; done
unset LD_PRELOAD

# the controls: the capture has what goes out and what comes in, at either end
for file in wire.ketnap.out wire.ketnapd.in wire.ketnapd.out wire.ketnap.in; do
	[ -s "$file" ] || fail "nothing was taken down in $file"
	has 'TỪ-KIỂM-CHỨNG' "$file"
done
has 'Đảng bộ xã An' wire.ketnapd.out
is "$(wc -c <wire.ketnap.out)" "$(wc -c <wire.ketnapd.in)" 'what one end said the other heard'
for text in "$first" "${first#* }" "$second" 'Quýnh' 'nguyen bia' 'tran quynh' 'quynh hai' "$birth" 1985-06-02 "$paper" "$card"; do
	for file in wire.*; do
		lacks "$text" "$file"
	done
done
