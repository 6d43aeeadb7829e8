#!/usr/bin/env bash
# Forms 1 and 2 of a half-year: at units with a register and without one, at the district and the province, on paper. A
# member on the way at the end of the period, a unit that admitted nobody, one with no eligible people left. All names
# here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

readonly forms=$KETNAP_BUILD/stage/share/ketnap/forms/2021

# month DIR MONTH FIGURE ...: a signed monthly sheet of 2022
month()
{
	local dir=$1 month=$2

	shift 2
	c "$dir" enter monthly "2022-$month" "$@" --old
	c "$dir" submit monthly "2022-$month" --blanks-nil --old
}

small_province s 'Chi bộ Xa' 'Chi bộ Yên'
k import form "$forms/form1.ini" --data s
k import form "$forms/form2.ini" --data s
enrol op P operator
enrol a D.A approver
enrol b D.B approver
enrol x D.X approver
enrol y D.Y approver
c op sync
for unit in A B X Y; do
	for form in form1 form2; do
		c op act plan "unit=D.$unit" "form=$form" from=2022-01-01 step=half
	done
done
c op sync
for dir in a b x y; do c $dir sync; done

# --- nothing is typed that the months know --------------------------------------------------------------------
exits 1 "$ketnap" submit form1 2022-H1 --data b
has 'required figures are blank' err
month b 01 members_begin=20 members_end=21 admitted=1 src_rural=1 admitted_women=1 cells=1 no_source_left=0
month b 02 members_end=20 moved_out_other_direct=1
for m in 03 04 05; do month b $m members_end=20; done
exits 1 "$ketnap" submit form1 2022-H1 --data b
has 'required figures are blank' err
month b 06 members_end=20 cells=1 no_source_left=0
is '20 1 1 20 1' "$(cj b '.figures | "\(.f1_begin) \(.f1_admitted) \(.f1_decrease) \(.f1_end) \(.f1_out_province)"' enter form1 2022-H1 f1_end=20)" \
	'form 1 follows from the months'
is sheets "$(cj b .origins.f1_admitted enter form1 2022-H1 f1_end=20)" 'and says so'
exits 1 "$ketnap" enter form1 2022-H1 f1_admitted=2 --data b
has 'follows from the sheets of the form monthly' err
c b submit form1 2022-H1
# a unit without a register types what the months do not have
exits 1 "$ketnap" enter form2 2022-H1 --from-register --data b
has 'nobody to fill' err
c b enter form2 2022-H1 f2_occ_farm=1 f2_age_36_40=1 f2_age_sum=38 f2_age_count=1 f2_edu_upper=1
is 'typed sheets sheets' "$(cj b '.origins | "\(.f2_occ_farm) \(.f2_total) \(.f2_org_admitting)"' enter form2 2022-H1 f2_occ_farm=1)" 'origins'
is '1 0 0 1' "$(cj b '.figures | "\(.f2_org_admitting) \(.f2_org_none) \(.f2_org_none_left) \(.f2_org_cells)"' enter form2 2022-H1 f2_occ_farm=1)" 'of the unit itself'
c b enter form2 2022-H1 f2_occ_farm=2
exits 1 "$ketnap" submit form2 2022-H1 --blanks-nil --data b
has 'must add up to' err
c b enter form2 2022-H1 f2_occ_farm=1 f2_age_sum=30
exits 1 "$ketnap" submit form2 2022-H1 --blanks-nil --data b
has 'sum of ages is below' err
c b enter form2 2022-H1 f2_age_sum=38
c b submit form2 2022-H1 --blanks-nil

# --- a unit whose register counts: three admitted, one of them written down as a member ------------------------------
c a case key
c y case key
c a sync
c y sync
c a sync
c y sync
cat >members.csv <<-'CSV'
unit;admitted;recognised;card;name;birth;sex;ethnicity;religion;occupation;education;degree
D.A;03/02/2001;03/02/2002;BIA1;Hoàng Bịa Sáu;01/05/1970;nữ;Kinh;Không;;;
D.A;03/02/2011;03/02/2012;BIA2;Vũ Bịa Bảy;02/06/1985;nam;Cơ Tu;Không;service;;
D.A;03/05/2022;;BIA3;Vũ Bịa Tám;02/07/1969;nam;Cơ Tu;Không;commune;upper-secondary;college
CSV
sed 's/college/kolleg/' members.csv >wrong.csv
exits 1 "$ketnap" members import wrong.csv --data a
has 'the list has no such word' err
c a members import members.csv
exits 2 "$ketnap" case open name='Lê Bịa Mười' occupation=farmer day=2021-11-05 --data a
c a case open name='Lê Bịa Mười' birth=1991-06-15 sex=f source=rural facts=union occupation=farm education=upper-secondary \
	degree=university day=2021-11-05
c a case open name='Lê Bịa Chín' birth=1999-01-02 sex=m source=student occupation=student education=4 degree=none \
	title=associate marks=policy,foreign-spouse day=2021-11-06
for who in muoi chin; do
	for step in 'list 2021-12-01' 'apply 2021-12-02' 'cell 2022-05-01' 'committee 2022-05-05' 'decide 2022-06-14'; do
		# shellcheck disable=SC2086
		c a case step "bia $who" $step
	done
done
stop_server # all of it without a line
c a enter monthly 2022-01 members_begin=2 members_end=2 --old
c a submit monthly 2022-01 --blanks-nil --old
for m in 02 03 04; do month a $m members_end=2; done
c a members move BIA2 D.Y 2022-06-28
for m in 05 06; do
	c a enter monthly 2022-$m --from-register --old
	c a submit monthly 2022-$m --blanks-nil --old
done
is '2 3 1 4' "$(cj a '.figures | "\(.f1_begin) \(.f1_increase) \(.f1_out_direct) \(.f1_end)"' enter form1 2022-H1 f1_end=4)" 'the balance'
c a submit form1 2022-H1
# the birthday is a day after the decision: 30 years, not 31; 23; and 52
is '0 3 1 1 1' "$(cj a '"\(.typed) \(.figures.f2_age_count) \(.figures.f2_occ_farm) \(.figures.f2_occ_student) \(.figures.f2_occ_commune)"' \
	enter form2 2022-H1 --from-register)" 'filled from the register'
is '2 1 105 3' "$(cj a '.figures | "\(.f2_age_18_30) \(.f2_age_51_55) \(.f2_age_sum) \(.f2_edu_upper)"' enter form2 2022-H1 --from-register)" 'ages on the day'
is '1 1 1 1 1' "$(cj a '.figures | "\(.f2_deg_university) \(.f2_deg_college) \(.f2_title_associate) \(.f2_policy) \(.f2_foreign_spouse)"' \
	enter form2 2022-H1 --from-register)" 'degrees and marks'
is 'register sheets' "$(cj a '.origins | "\(.f2_occ_farm) \(.f2_minority)"' enter form2 2022-H1 --from-register)" 'and it says so'
is 'f2_occ_farm 2 1' "$(cj a '.differ[] | "\(.measure) \(.typed) \(.counted)"' enter form2 2022-H1 f2_occ_farm=2)" 'typed beside counted'
is typed "$(cj a .origins.f2_occ_farm enter form2 2022-H1 f2_occ_farm=2)" 'and that is typed'
c a enter form2 2022-H1 f2_occ_farm=1
c a submit form2 2022-H1

# --- admitted nobody, and no eligible people left ----------------------------------------------------------------
month x 01 members_begin=9 members_end=9 cells=1 no_source_left=0
for m in 02 03 04 05; do month x $m members_end=9; done
month x 06 members_end=9 cells=1 no_source_left=0
month y 01 members_begin=5 members_end=5 cells=1 no_source_left=0
for m in 02 03 04 05; do month y $m members_end=5; done
month y 06 members_end=5 cells=1 no_source_left=1
for dir in x y; do
	c $dir submit form1 2022-H1
	is "0 $([ $dir = y ] && echo 1 || echo 0)" "$(cj $dir '.figures | "\(.f2_org_admitting) \(.f2_org_none_left)"' \
		enter form2 2022-H1 f2_age_sum=0)" 'two ways of admitting nobody'
	c $dir submit form2 2022-H1 --blanks-nil
done
serve s
for dir in a b x y; do
	c $dir sync
	is 0 "$(cj $dir .refused status)" 'nothing refused'
done
k verify --data s
