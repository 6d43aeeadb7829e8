#!/usr/bin/env bash
# Forms 1 and 2 of a half-year at the pages: what each cell comes from, filled from the register and the months, typed
# otherwise, signed, printed as a whole.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/../client_lib.sh"
# shellcheck source=tests/e2e/web/web_lib.sh
. "$(dirname "$0")/web_lib.sh"

readonly forms=$KETNAP_BUILD/stage/share/ketnap/forms/2021

small_province s
k import form "$forms/form1.ini" --data s
k import form "$forms/form2.ini" --data s
k plan form1 --from 2022-01-01 --data s
k plan form2 --from 2022-01-01 --data s
enrol a D.A
enrol d D
enrol op P operator
for dir in a d op; do c $dir sync; done
c a case key
c a sync
c a case open name='Lê Bịa Mười' birth=1991-06-15 sex=f source=rural facts=union occupation=farm education=upper-secondary \
	degree=university day=2021-11-05
for step in 'list 2021-12-01' 'apply 2021-12-02' 'cell 2022-05-01' 'committee 2022-05-05' 'decide 2022-06-14'; do
	# shellcheck disable=SC2086
	c a case step 'bia muoi' $step
done
for month in 01 02 03 04 05; do
	c a enter monthly "2022-$month" members_begin=20 members_end=20 --old
	c a submit monthly "2022-$month" --blanks-nil --old
done
c a enter monthly 2022-06 members_end=21 admitted=1 src_rural=1 admitted_women=1 cells=1 no_source_left=0 --old
c a submit monthly 2022-06 --blanks-nil --old
open a
walk form_fill
shut
c a sync
is '1 1' "$(cj a '.figures | "\(.f2_occ_farm) \(.f2_total)"' enter form2 2022-H1 f2_occ_farm=1)" 'as the page said'
c d sync
open d
walk form_above
walk hand_over
walk sync handed
shut
is 0 "$(cj d .refused status)" 'taken by the server'
pdftotext -layout form.pdf form.txt
has 'ĐẢNG CỘNG SẢN VIỆT NAM' form.txt
has 'Huyện Một' form.txt

# shellcheck source=tests/e2e/web/records.sh
. "$KETNAP_SOURCE/tests/e2e/web/records.sh"
