#!/usr/bin/env bash
# The path of a first-time clerk, with nothing in the hand but a printed card; and a place without a line, whose months go
# by stick through the unit above. At the pages alone.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/../client_lib.sh"
# shellcheck source=tests/e2e/web/web_lib.sh
. "$(dirname "$0")/web_lib.sh"

small_province s
k enroll --subtree D --role approver --out cards --data s
card=$PWD/cards/cards-D.txt
open a
KETNAP_CARD=$card KETNAP_UNIT=D.A walk clerk_path
shut
is '"D.A" 1 0' "$(cj a '"\"\(.unit)\" \(.acked) \(.queued)"' status)" 'from the card to the first month'
is 2 "$(json .measures.admitted totals D.A --period 2022-08 --data s)" 'and the server counts it'

# A folder of something else is no new device.
mkdir other
: >other/file
exits 1 timeout 20 "$ketnap" ui --data other

# By stick: the unit below has no line, the one above has.
enrol b D.B
enrol d D
c b sync
c d sync
c b enter monthly 2022-08 members_begin=9 members_end=9
c b submit monthly 2022-08 --nil
stop_server
open b
walk stick_out
shut
serve s
open d
walk stick_carry
walk stick_sync
walk stick_answer
walk stop
shut
open b
walk stick_back
shut
is '1 0' "$(cj b '"\(.acked) \(.queued)"' status)" 'confirmed by stick'

# Forgetting takes two persons at two devices; a file of members in an old encoding is looked at and taken.
enrol e D.A
c e sync
c a case open name='Lò Bịa Hai' birth=1999-03-04 sex=f source=student
c a sync
c e sync
printf 'name,birth,sex,unit,admitted,recognised,card,ethnicity,religion\nNguy\xD4n V\xA8n \xA7\xF8c,1980-01-31,nam,D.A,2001-02-03,,B1,Kinh,kh\xABng\n' >old.csv
open a
walk members_old
walk forget_ask
walk stick_sync
walk forget_alone
shut
open e
walk stick_sync
walk forget_confirm
walk stick_sync
walk forgotten
shut

# wide DIR DIRECT BELOW: an operator's pages over that many units directly below, each with so many of its own, and
# targets of three instruments: a number, a range and a limit
wide()
{
	local rows

	rows=$(awk -v direct="$2" -v below="$3" 'BEGIN { for (i = 1; i <= direct; i++) {
		printf "P.%03d,P,direct,Đảng ủy xã số %d,%s,2020-01-01,,\n", i, i, below ? "no" : "yes"
		for (j = 1; j <= below; j++)
			printf "P.%03d.%02d,P.%03d,base_cell,Chi bộ thôn %d xã số %d,yes,2020-01-01,,\n", i, j, i, j, i
	} }')
	{
		printf 'unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value\n'
		printf 'P,2022,admitted,,decision,9-QĐ,2022-01-05,exact,1640,,,,\nP,2022,admitted,,resolution,2-NQ,2022-01-05,range,1500,1600,,,\n'
		printf 'P,2022,admitted,,plan,17-KH/BTCTU,2022-01-05,maximum,1700,,,,\n'
		for ((i = 1; i <= 5; i++)); do
			printf 'P.00%d,2022,admitted,,decision,9-QĐ,2022-01-05,exact,12,,,,\nP.00%d,2022,admitted,,resolution,2-NQ,2022-01-05,range,8,15,,,\n' $i $i
			printf 'P.00%d,2022,admitted,,plan,17-KH/BTCTU,2022-01-05,maximum,14,,,,\n' $i
		done
	} >targets-odd.csv
	odd "$1" "$rows
"
}
# Ahead, on pace, behind, far behind, beyond the limit: 12, 8, 7, 2 and 16 until August.
awk 'BEGIN {
	print "unit,form,from,to,measure,value"
	split("12 8 7 2 16", n)
	for (i = 1; i <= 5; i++)
		for (m = 1; m <= 8; m++) {
			days = sprintf("P.00%d,monthly,2022-%02d-01,2022-%02d-%d", i, m, m, m == 2 ? 28 : m == 4 || m == 6 ? 30 : 31)
			printf "%s,admitted,%d\n%s,members_end,%d\n", days, m == 1 ? n[i] : 0, days, 20 * i
		}
}' >figures-odd.csv
wide wide22 22 0
rm figures-odd.csv
wide wide100 100 0
wide wide173 173 28
