#!/usr/bin/env bash
# A decision proposed, tried and carried out at the pages; months closed and opened again; drafts that become targets;
# forecasts; figures on behalf beside the unit's own.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/../client_lib.sh"
# shellcheck source=tests/e2e/web/web_lib.sh
. "$(dirname "$0")/web_lib.sh"

small_province province
k clock 2022-09-24 --data province
{
	printf 'unit,form,from,to,measure,value,approx\n'
	for year in 2020 2021; do
		for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
			last=$(date -u -d "$year-$month-01 +1 month -1 day" +%F)
			printf '%s,monthly,%s-%s-01,%s,admitted,%s,\n' D.A "$year" "$month" "$last" 1 D.B "$year" "$month" "$last" 1
		done
	done
} >past.csv
k import figures past.csv --data province
printf 'unit,date,members\nD.A,2021-12-31,40\nD.B,2021-12-31,20\n' >members.csv
k import members members.csv --data province
printf 'unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value\n%s\n%s\n' \
	'P,2022,admitted,,decision,426-QĐ/TU,2022-01-05,exact,30,,,,' 'D,2022,admitted,,decision,426-QĐ/TU,2022-01-05,exact,25,,,,' >targets.csv
k import targets targets.csv --data province
for who in ca:D.A:approver ce:D.A:approver cb:D.B:approver cd:D:approver co:P:operator cp:P:operator; do
	IFS=: read -r dir unit role <<<"$who"
	enrol "$dir" "$unit" "$role"
	c "$dir" sync
done
c ca enter monthly 2022-07 admitted=1 src_rural=1 members_end=41
c ca submit monthly 2022-07 --blanks-nil
c ca sync
c ce enter monthly 2022-06 members_end=40 --old # without a line until the month is closed
c ce submit monthly 2022-06 --nil --old
for month in 07 08; do
	c cd enter monthly "2022-$month" admitted=1 src_rural=1 "members_end=$((14 + 10#$month))" --unit D.B
	c cd submit monthly "2022-$month" --unit D.B --blanks-nil --on-behalf --from 'ông Bình, điện thoại' --reason 'mất mạng'
done
c cd sync
c cb sync
c cb enter monthly 2022-07 admitted=3 src_rural=3 members_end=23
c cb submit monthly 2022-07 --blanks-nil
c cb sync
c cd sync

# --- a district proposes, drafts, asks ----------------------------------------------------------------------
open cd
walk differences
walk propose
walk hand_down_next
walk sync cd-acts
shut
c ca enter monthly 2022-09 admitted=1 # a draft, which it tells the server of
c ca sync # its drafts
c ca register 2023 7 --reason 'ít nguồn'
c ca sync
c cd sync
open cd
walk publish
walk asked_of_server
walk sync cd-targets
shut
is '9 7' "$(json '[.targets[] | select(.doc_no == "9-QĐ/HU") | .value][0]' totals D.B --from 2023-01-01 --to 2023-01-31 --data province) $(
	json '[.targets[] | select(.doc_no == "9-QĐ/HU") | .value][0]' totals D.A --from 2023-01-01 --to 2023-01-31 --data province)" 'given as it was put'

# --- the operator ---------------------------------------------------------------------------------------------
c co sync
open co
walk forecast
walk close_many
walk sync co-closed
shut
c ce sync
is 1 "$(cj ce .late status)" 'June came after it was closed'
c co sync
open co
walk unlock_ask
walk late_elsewhere
walk ask_figures
walk sync co-asked
shut
c cd sync
open cd
walk late_decision
walk sync cd-late
shut
c cp sync
open cp
walk unlock_agree
walk sync cp-agreed
shut
is true "$(json '[.rows[] | select(.unit == "D.B") | .marks[] | select(. == "unlocked")] | length == 1' months D --from 2022-06-01 --to 2022-06-30 --data province)" \
	'open again'
c co sync
open co
walk acts_that_do_not_hold
walk carry_out
walk sync co-act
walk then_and_now
walk look_changes
shut
is 'P D N D.B' "$(json '[.units[].unit] | join(" ")' tree --on 2022-09-16 --data province)" 'the tree that the decision makes'
c cd sync
is 'refused số văn bản sai' "$(cj cd '.[0] | "\(.state) \(.reason)"' proposals)" 'what the proposer reads'
open cd
walk look_proposer
shut
# What D.A was typing of September is no longer its own to send.
c ca sync
is '1 1' "$(cj ca '"\(.draft) \(.stuck | length)"' status)" 'kept'
open ca
walk drop_draft
shut
is '0 0' "$(cj ca '"\(.draft) \(.stuck | length)"' status)" 'dropped'
