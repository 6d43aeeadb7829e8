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
c op act plan unit=D.A form=form2 from=2022-01-01 step=half
c op sync
is 4 "$(json .units plan form1 --from 2022-01-01 --dry-run --data s)" 'all who report each month'
k plan form1 --from 2022-01-01 --data s
is 3 "$(json .units plan form2 --from 2022-01-01 --data s)" 'but who does already'
is 0 "$(json .units plan form1 --from 2022-01-01 --data s)" 'and not again'
exits 1 "$ketnapd" plan flash --from 2022-01-01 --data s
exits 1 "$ketnapd" plan monthly --from 2022-01-01 --data s
for dir in a b x y; do c $dir sync; done

# --- nothing is typed that the months know --------------------------------------------------------------------
exits 1 "$ketnap" submit form1 2022-H1 --data b
has 'required figures are blank' err
month b 01 members_begin=20 members_end=21 admitted=1 src_rural=1 admitted_women=1 cells=1 no_source_left=0
month b 02 members_end=20 moved_out_same_direct=1
for m in 03 04 05; do month b $m members_end=20; done
exits 1 "$ketnap" submit form1 2022-H1 --data b
has 'required figures are blank' err
month b 06 members_end=20 cells=1 no_source_left=0
is '20 1 1 20 1' "$(cj b '.figures | "\(.f1_begin) \(.f1_admitted) \(.f1_decrease) \(.f1_end) \(.f1_out_direct)"' enter form1 2022-H1 f1_end=20)" \
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
month x 02 members_end=9
month x 03 members_end=10 moved_in_same_direct=1 # from D.B, where they left in February
for m in 04 05; do month x $m members_end=10; done
month x 06 members_end=10 cells=1 no_source_left=0
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

# --- above: exact sums, and moves inside cancel out but for who is on the way -----------------------------------------------
# cell MEASURE KEYS: of the form in out
cell()
{
	jq -r --arg m "$1" ".rows[] | select(.measure == \$m) | $2" out
}

for node in D P; do
	k form $node form1 --period 2022-H1 --data s --json
	is '4 4 0' "$(jq -r '"\(.expected) \(.reported) \(.months_missing)"' out)" "$node: who has sent it"
	is '36 5 2 39' "$(for m in begin increase decrease end; do cell f1_$m .value; done | xargs)" "$node: D = A + B - C"
	is '2 1 1 1' "$(jq -r '.moves | "\(.out) \(.in) \(.difference) \(.on_the_way)"' out)" "$node: one is on the way"
	is true "$(jq '[.rows[] | .sheets == .value] | all' out)" "$node: what was signed is what the months come to"
done
k form P form2 --period 2022-H1 --data s --json
is 'Biểu 2-BTCTW' "$(jq -r .number out)" 'its number'
is '2 1 1' "$(cell f2_occ_farm '"\(.value) \(.register) \(.typed)"')" 'one counted, one typed'
is '1 1 0' "$(cell f2_occ_student '"\(.value) \(.register) \(.typed)"')" 'counted'
is '143 4' "$(cell f2_age_sum .value) $(cell f2_age_count .value)" 'sum and count'
is '35.75 null' "$(cell f2_age_mean '"\(.mean) \(.value)"')" 'the average of 105/3 and 38/1 is no average of averages (36.50)'
is '4 1 3 2 2 1' "$(for m in org org_committees org_cells org_admitting org_none org_none_left; do cell f2_$m .value; done | xargs)" \
	'admitted nobody is not the same as nobody left'
is "$(cell f2_total .value)" "$(jq '[.rows[] | select(.measure | startswith("f2_occ_")) | .value] | add' out)" 'occupations add up'
is '52 0' "$(jq -r '"\(.rows | length) \([.rows[] | select(.measure != "f2_age_mean" and .value == null)] | length)"' out)" 'every cell has its figure'
is "$(jq -c '[.rows[].value]' out)" "$(k form D form2 --period 2022-H1 --data s --json && jq -c '[.rows[].value]' out)" 'the district has the same'
is '35.75' "$(k form P form2 --period 2022 --data s --json && cell f2_age_mean .mean)" 'a year is its halves'
k form P form2 --period 2022-H1 --data s
has 'Tỉnh P, from 2022-01-01 to 2022-06-30' out
exits 1 "$ketnapd" form P form2 --period 2022-Q1 --data s
exits 1 "$ketnapd" form P monthly --period 2022-H1 --data s
is '4' "$(json .measures.f2_total totals D --from 2022-01-01 --to 2022-06-30 --data s)" 'totals have it too'
k table D --period 2022-H1 --measure f2_occ_farm --level grassroots --data s --json
is 'D.A 1, D.B 1, D.X null, D.Y null' "$(jq -r '[.rows[] | "\(.unit) \(.value)"] | sort | join(", ")' out)" 'unit by unit'
is '1 3' "$(cj a '[.rows[] | select(.measure == "f2_occ_commune" or .measure == "f2_total") | .value] | sort | "\(.[0]) \(.[1])"' form D.A form2 --period 2022-H1)" \
	'and at the device'
exits 1 "$ketnap" form D form2 --period 2022-H1 --data a

# --- on paper ------------------------------------------------------------------------------------------------------
export KETNAP_LANG=vi
k header P 'preparer=Nguyễn Bịa Lập' 'chief-title=Trưởng ban' 'chief=Trần Bịa Trưởng' --data s
k print form P form2 --period 2022-H1 --out form2.html --day 2022-07-05 --data s
xsltproc --html "$KETNAP_SOURCE/tests/e2e/paper.xsl" form2.html >lines 2>/dev/null
is 52 "$(grep -c '^form|' lines)" 'a line for each criterion'
has 'form|f2_total|1|I. Tổng số đảng viên mới kết nạp|2.I|4|' lines
has '|II.2. Tuổi bình quân|2.II.2.9|35,75||' lines
has 'danh sách 1, nhập tay 1' lines
for text in 'Biểu 2-BTCTW' 'Hướng dẫn 11-HD/BTCTW' 'Người lập biểu' 'Nguyễn Bịa Lập' 'Trần Bịa Trưởng' 'Đảng viên mới kết nạp'; do
	grep -qiF -- "$text" form2.html || fail "no '$text' on paper"
done
k print form P form1 --period 2022-H1 --out form1.csv --data s
has '"moves"' <(k print form P form1 --period 2022-H1 --data s --json && cat out)
has 'D. Đảng viên có đến cuối kỳ (D = A + B - C)";"1.D";39' form1.csv
has 'Chưa khớp nhau: đã rời danh sách cũ, chưa vào danh sách mới";1' form1.csv
k print form P form2 --period 2022-H1 --out form2.xlsx --data s
unzip -q -o form2.xlsx -d sheets
xsltproc --stringparam strings "$PWD/sheets/xl/sharedStrings.xml" "$KETNAP_SOURCE/tests/e2e/xlsx.xsl" sheets/xl/worksheets/sheet2.xml >cells
has '35.75' cells
c a print form D.A form2 --period 2022-H1 --out a.html
has 'Biểu 2-BTCTW' a.html
KETNAP_LANG=en

# --- what changes afterwards shows -------------------------------------------------------------------------------------
c y members accept BIA2 2022-07-05
c y sync
k form P form1 --period 2022-H1 --data s --json
is '1 1' "$(jq -r '.moves | "\(.difference) \(.on_the_way)"' out)" 'they were on the way on 30 June all the same'
c b enter monthly 2022-06 died=1 members_end=19 --old
c b submit monthly 2022-06 --old --reason 'báo muộn'
c b sync
k form P form1 --period 2022-H1 --data s --json
is '0 1' "$(cell f1_died '"\(.value) \(.sheets)"')" 'the month was corrected, the form not yet'
is '3 19 0' "$(cj b '"\(.filled) \(.figures.f1_end) \(.differ | length)"' enter form1 2022-H1 --from-register)" 'three figures anew'
c b submit form1 2022-H1 --reason 'theo biểu tháng 6'
c b sync
k form P form1 --period 2022-H1 --data s --json
is '1 1' "$(cell f1_died '"\(.value) \(.sheets)"')" 'and now it is'
k verify --data s
