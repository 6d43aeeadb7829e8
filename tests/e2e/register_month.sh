#!/usr/bin/env bash
# The month's sheet and the register: filled from cases and members, typed beside counted, and the balance of members at
# both ends of a move and above. All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province s
enrol a D.A approver
enrol b D.B approver
enrol d D approver
for dir in a b d; do c $dir sync; done

# --- nobody in the register: nothing is said, nothing is filled --------------------------------------------------
exits 1 "$ketnap" enter monthly 2022-09 --from-register --data b
has 'nobody to fill' err
is '0 0' "$(cj b '"\(.differ | length) \(.filled)"' enter monthly 2022-08 admitted=3 src_rural=3 members_end=20)" 'no register'
exits 2 "$ketnap" enter monthly 2022-09 --data b

# --- a month of a unit with cases and members -----------------------------------------------------------------------
cat >members.csv <<-'CSV'
unit;admitted;recognised;card;name;birth;sex;ethnicity;religion
D.A;03/02/2001;03/02/2002;BIA1;Hoàng Bịa Sáu;01/05/1970;nữ;Kinh;Không
D.A;03/02/2011;03/02/2012;BIA2;Vũ Bịa Bảy;02/06/1985;nam;Cơ Tu;Không
D.A;03/02/2012;03/02/2013;BIA3;Vũ Bịa Tám;02/07/1986;nam;Kinh;Không
D.A;03/09/2021;03/09/2022;BIA4;Vũ Bịa Chín;02/08/1996;nam;Kinh;Không
CSV
c a case key
c b case key
c a sync
c b sync
c a sync
c b sync
c a members import members.csv
c a case open name='Lê Bịa Mười' birth=1999-01-02 sex=f ethnicity=Thái religion='Phật giáo' source=student facts=union education=4 day=2022-01-05
for step in 'list 2022-02-01' 'apply 2022-02-02' 'cell 2022-06-01' 'committee 2022-06-05' 'decide 2022-09-02'; do
	# shellcheck disable=SC2086
	c a case step 'bia muoi' $step
done
c a members end BIA2 died 2022-09-05
c a members move BIA3 D.B 2022-09-08
# offline: nothing of it was sent
stop_server
is '4 4 0 4' "$(cj a '"\(.members) \(.counted.members_end) \(.counted.died) \(.counted.members_end)"' case count 2022-08)" 'the month before'
is '3 1 1 1 1 1' "$(cj a '.counted | "\(.members_end) \(.admitted) \(.died) \(.moved_out_same_direct) \(.recognised) \(.src_student)"' case count 2022-09)" \
	'A + B - C = D: 4 + 1 - 1 - 1 = 3'
c a enter monthly 2022-08 members_begin=4 members_end=4 --old
c a submit monthly 2022-08 --blanks-nil
is '0 true' "$(cj a '"\(.typed) \(.filled > 20)"' enter monthly 2022-09 --from-register)" 'filled from the register'
is '1 1 1 3 1' "$(cj a '.figures | "\(.admitted) \(.died) \(.moved_out_same_direct) \(.members_end) \(.admitted_women)"' enter monthly 2022-09 cells=0)" 'as counted'
is '1 1 1' "$(cj a '.figures | "\(.admitted_minority) \(.admitted_religious) \(.admitted_youth_union)"' enter monthly 2022-09 cells=0)" \
	'by ethnicity and religion too'
is 0 "$(cj a '.judged.blocking' enter monthly 2022-09 cells=0)" 'and it holds together'
is 0 "$(cj a .register_differs status)" 'no difference yet'

# --- typed otherwise: a warning with those behind it, never in the way; never written over -----------------------------
is 'died 0 1 0 1' "$(cj a '.differ[] | "\(.measure) \(.typed) \(.counted) \(.cases | length) \(.members | length)"' enter monthly 2022-09 died=0 members_end=4 --from-register | head -n 1)" \
	'typed beside counted'
is '0 0' "$(cj a '"\(.figures.died) \(.filled)"' enter monthly 2022-09 cells=0 --from-register)" 'what was typed stays'
c a enter monthly 2022-09 cells=0
has 'the register counts' out
dead=$(cj a '.[] | select(.card == "BIA2").member[0:8]' members list)
c a enter monthly 2022-09 cells=0
has "$dead" out
is 2 "$(cj a .register_differs status)" 'two figures differ'
c a status
has 'case count' out
is 'died members_end' "$(cj a '[.differ[].measure] | sort | join(" ")' submit monthly 2022-09 --blanks-nil)" 'signed all the same'

# --- above: counts alone, live at every level -----------------------------------------------------------------------------
serve s
c a sync
c b sync
c b sync
k beside D --period 2022-09 --data s --json
is 'D.A died 0 1' "$(jq -r '.differ[] | select(.measure == "died") | "\(.unit) \(.measure) \(.typed) \(.counted)"' out)" 'at the server'
is '1 0 1' "$(jq -r '"\(.counted.moved_out_same_direct) \(.counted.moved_in_same_direct) \(.in_transit)"' out)" 'out, not in yet: one on the way'
c b members accept BIA3 2022-09-10
c b sync
k beside D --period 2022-09 --data s --json
is '1 1 0' "$(jq -r '"\(.counted.moved_out_same_direct) \(.counted.moved_in_same_direct) \(.in_transit)"' out)" 'they cancel out'
is '4 1' "$(jq -r '"\(.counted.members_end) \(.counted.died)"' out)" 'nobody twice: three there, one here'
is 1 "$(cj b .counted.members_end case count 2022-09)" 'the receiver has one'
is 0 "$(cj b .counted.members_end case count 2022-08)" 'and had none'
c d sync
is 'D.A died 0 1' "$(cj d '.differ[] | select(.measure == "died") | "\(.unit) \(.measure) \(.typed) \(.counted)"' beside D --period 2022-09)" 'on a device above'
lacks 'Bịa' out
is '1 D.A' "$(cj a '"\(.units) \(.unit)"' beside --period 2022-09)" 'and of its own'
exits 2 "$ketnap" beside --data a
exits 2 "$ketnapd" beside D --data s
c a enter monthly 2022-09 died=1 members_end=3
c a submit monthly 2022-09 --blanks-nil --reason 'đối chiếu với sổ'
c a sync
k beside D --period 2022-09 --data s --json
is 0 "$(jq '.differ | length' out)" 'compared and mended'
k verify --data s
