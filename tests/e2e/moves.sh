#!/usr/bin/env bash
# Persons between two units: both ends agree, papers and dates go along, and nobody is counted twice. Without a line at
# both ends, and with it. All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

first='Nguyễn Bịa Một' second='Trần Bịa Hai' birth=1999-03-04 paper=5-NQ/BỊA letter=12-GT/BỊA

# field DIR CASE FILTER
field()
{
	cj "$1" "$3" case show "$2"
}

small_province s 'Chi bộ Xa'
enrol a D.A clerk
enrol a2 D.A approver
enrol b D.B approver
enrol d D approver
enrol x D.X clerk
for dir in a a2 b d x; do c $dir sync; done
c a case key
c a sync
c a2 sync
c a sync
c a2 sync

# --- to whom nobody can be sent -----------------------------------------------------------------------
c a case open "name=$first" birth=$birth sex=f source=student education=4 facts=union day=2022-01-10
exits 1 "$ketnap" case move 'bia mot' D.B 2022-09-01 --data a
has 'of a unit D.B that keeps a register' err
# nobody asks for it there: once a unit's key is known, the others make theirs when they send and receive
c b sync
has 'key was made and sent' out
c b sync
lacks 'key was made' out
c x sync
c a sync
exits 2 "$ketnap" case move 'bia mot' D.B --data a
exits 1 "$ketnap" case move 'bia mot' D.A 2022-09-01 --data a
exits 1 "$ketnap" case move 'bia mot' D.B 2022-12-01 --data a # a day to come

# --- a case, without a line at both ends ------------------------------------------------------------------
c a case step 'bia mot' list 2022-01-20
c a case step 'bia mot' apply 2022-02-01
c a case step 'bia mot' cell 2022-03-01 no=$paper
c a case step 'bia mot' committee 2022-03-10
c a case step 'bia mot' decide 2022-08-02
c a sync
stop_server
c a case move 'bia mot' D.B 2022-08-20 no=$letter
is 'in-transit D.B false' "$(field a 'bia mot' '"\(.stage) \(.sent_to) \(.delivered)"')" 'on the way, not sent yet'
exits 1 "$ketnap" case step 'bia mot' ceremony 2022-08-21 --data a
exits 1 "$ketnap" case move 'bia mot' D.X 2022-08-21 --data a
serve s
c a sync
is true "$(field a 'bia mot' .delivered)" 'delivered with its key'
c d sync
is '1 1 1 0' "$(cj d '"\(.cases) \(.counted.admitted) \(.stages."in-transit") \(.stages.decided)"' case count 2022-08)" \
	'on the way: one case, one admission, at one stage'
c b sync
c b sync
is "$first decided true D.A" "$(cj b '.[0] | "\(.name) \(.stage) \(.offered) \(.came_from)"' case list)" 'offered'
is "$letter" "$(field b 'bia mot' .letter)" 'the letter that they bring'
is "$paper 2022-03-01" "$(field b 'bia mot' '.steps[] | select(.step == "cell") | "\(.no) \(.day)"')" 'papers and dates went along'
is 0 "$(cj b .cases case count 2022-08)" 'not theirs yet'
exits 1 "$ketnap" case step 'bia mot' ceremony 2022-09-01 --data b
exits 1 "$ketnap" case accept 'bia mot' 2022-08-19 --data b # before it was sent
exits 2 "$ketnap" case refuse 'bia mot' 2022-09-01 --data b # without a reason
stop_server
c b case accept 'bia mot' 2022-09-01
is 'decided false' "$(field b 'bia mot' '"\(.stage) \(.offered)"')" 'taken over, without a line'
c b case step 'bia mot' ceremony 2022-09-05
serve s
c b sync
c a sync
c a2 sync
c d sync
gone=$(cj a '[.[] | .case] | length' case list)
is 0 "$gone" 'not on the list of the unit before'
is '1 0' "$(cj a '"\(.counted.admitted) \(.cases)"' case count 2022-08)" 'what happened there stays counted there'
is '0 1' "$(cj b '"\(.counted.admitted) \(.cases)"' case count 2022-08)" 'and is not counted once more'
is '1 1' "$(cj d '"\(.counted.admitted) \(.cases)"' case count 2022-08)" 'above: once'
is '1 0' "$(cj a '.counted | "\(.moved_out_same_direct) \(.moved_in_same_direct)"' case count 2022-08)" 'moved out in August'
is '0 1' "$(cj b '.counted | "\(.moved_out_same_direct) \(.moved_in_same_direct)"' case count 2022-09)" 'moved in in September'
is '0 0 1' "$(cj d '.stages | "\(."in-transit") \(.moved) \(.probation)"' case count 2022-09)" 'at one stage above'

# --- the keys go to the receiver alone -------------------------------------------------------------------------
for dir in a a2; do
	exits 1 "$ketnap" case show 'bia mot' --data $dir
done
for name in "$first" "$paper" "$letter" "$birth"; do
	nowhere "$name" s a a2 d x b/store b/keys
done
c b case step 'bia mot' new-class 2022-09-20
c b sync
k verify --data s

# --- refused, called back, and two at once ----------------------------------------------------------------------
c a case open "name=$second" birth=1995-05-06 sex=m source=rural day=2022-01-11
c a case step 'bia hai' list 2022-02-01
c a sync
c a2 sync
c a case move 'bia hai' D.B 2022-09-02
c a2 case move 'bia hai' D.X 2022-09-03
c a sync
c a2 sync
c a sync
is '1 D.B' "$(field a 'bia hai' '"\(.rivals) \(.sent_to)"')" 'two sendings: the first stands, the other beside it'
is 'move D.X' "$(field a 'bia hai' '.beside[0] | "\(.step) \(.to)"')" 'and is seen'
c x sync
c x sync
is 0 "$(cj x length case list)" 'told to nobody'
c b sync
c b sync
exits 1 "$ketnap" case settle 'bia hai' keep=1 --reason 'biên bản' --data a
c b case refuse 'bia hai' 2022-09-05 --reason 'chưa về địa bàn'
c b sync
c a sync
c a2 sync
is 'listed null' "$(field a 'bia hai' '"\(.stage) \(.sent_to)"')" 'back where it stood'
is 0 "$(cj b '[.[] | select(.offered)] | length' case list)" 'nothing of it is left there'
c a case settle 'bia hai' keep=0 --reason 'biên bản'
c a sync
c a case move 'bia hai' D.X 2022-09-06
c a sync
c x sync
c x sync
c a case recall 'bia hai' 2022-09-07
c a sync
c x case accept 'bia hai' 2022-09-07 # at the same time, without a line: the log had the other first
c x sync
is 1 "$(cj x .refused status)" 'one of two answers'
is 0 "$(cj x length case list)" 'not taken over'
c a sync
is listed "$(field a 'bia hai' .stage)" 'called back'

# --- members -----------------------------------------------------------------------------------------------------
cat >members.csv <<-'CSV'
unit;admitted;recognised;card;name;birth;sex;ethnicity;religion
D.A;03/02/2001;03/02/2002;BIA0001;Hoàng Bịa Sáu;01/05/1970;nữ;Kinh;Không
D.A;03/02/2011;03/02/2012;BIA0002;Vũ Bịa Bảy;02/06/1985;nam;Cơ Tu;Không
CSV
c a members import members.csv
c a sync
stop_server
c a members move BIA0001 D.B 2022-09-08 no=$letter
exits 1 "$ketnap" members end BIA0001 died 2022-09-10 --data a
exits 1 "$ketnap" members move BIA0001 D.X 2022-09-10 --data a
is 'in-transit D.B' "$(cj a '.[] | "\(.state) \(.sent_to)"' members search sau)" 'a member on the way'
serve s
c a sync
c b sync
c b sync
is 'Hoàng Bịa Sáu offered D.A' "$(cj b '.[] | "\(.name) \(.state) \(.came_from)"' members list)" 'offered'
c b members accept BIA0001 2022-09-12
c b sync
c a sync
is 'stays BIA0001 2001-02-03' "$(cj b '.[] | "\(.state) \(.card) \(.admitted)"' members list)" 'taken over'
is '1 moved' "$(cj a '[.[] | select(.name == null)] | "\(length) \(.[0].state)"' members list)" 'gone over: no name is left'
c a members move BIA0002 D.B 2022-09-13
c a sync
c b sync
c b sync
c b members refuse BIA0002 2022-09-14 --reason 'giấy giới thiệu chưa đúng'
c b sync
c a sync
is 'stays' "$(cj a '.[] | .state' members search 'vu bia bay')" 'a member who was not taken over'
is 1 "$(cj b length members list)" 'and is not there'
for name in "$second" 'Hoàng Bịa' 'Vũ Bịa' BIA0002 1970-05-01; do
	nowhere "$name" s a b d x
done

# --- to a unit that is closed --------------------------------------------------------------------------------------
printf 'change,unit\ndissolve,D.X\n' >act.csv
k act act.csv --no 1-QĐ/TU --signed 2022-09-20 --signer 'Người Ký' --effective 2022-09-21 --data s
exits 1 "$ketnap" case recall 'bia hai' 2022-09-22 --data a
c a case move 'bia hai' D.X 2022-09-22
c a sync
cp out refused.out
is 1 "$(cj a .refused status)" 'nobody is sent to a unit that is closed'
grep -q 'case moved: the unit did not exist on that day' refused.out || fail 'why it was refused'
is listed "$(field a 'bia hai' .stage)" 'and the case is where it was'

# --- from a unit that an act ends, to the one that it makes ------------------------------------------------------------
cat >act.csv <<-'CSV'
	change,unit,parent,kind,name,into
	create,N,D,base_committee,Đảng bộ mới,
	merge,D.A,,,,N
CSV
k act act.csv --no 2-QĐ/TU --signed 2022-09-20 --signer 'Người Ký' --effective 2022-09-21 --data s
enrol n N clerk
c n sync # its key
c n sync
c a sync
c a status
has '1 members are still with it' out
has 'members move MEMBER N DAY' out
has '1 cases are still with it' out
has 'case move CASE N DAY' out
c a case move 'bia hai' N 2022-09-22
is '1 0 N' "$(cj a '.left_behind | "\(.members) \(.cases) \(.into)"' status)" 'one of them is on the way'
c a members move 'vu bia bay' N 2022-09-22
c a sync
is 1 "$(cj a .refused status)" 'both are taken, after the unit has ended'
c n sync
c n sync
is 'Trần Bịa Hai D.A' "$(cj n '.[] | "\(.name) \(.came_from)"' case list)" 'the name opens there'
c n case accept 'bia hai' 2022-09-22
c n members accept 'vu bia bay' 2022-09-22
c n sync
c a sync
is '0 1' "$(cj n '.counted | "\(.moved_in_same_direct) \(.members_end)"' case count 2022-09)" 'nobody has moved: the act took them over'
is '0 0' "$(cj a '[.[] | select(.state == "stays")] | length' members list) $(cj a length case list)" 'nobody is left behind'
is '0 0' "$(cj a '.left_behind | "\(.members) \(.cases)"' status)" 'and the status says so'
k verify --data s
