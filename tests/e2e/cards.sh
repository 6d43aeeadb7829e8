#!/usr/bin/env bash
# Codes for a whole subtree as cards: who gets one, that each is good for its unit, that none is made or lost by halves.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
trap leave_client EXIT

# codes FILE: those on the cards, one a line; code_on FILE UNIT
codes()
{
	grep -oE '([2-9A-HJ-NP-Z]{5}-){6}[2-9A-HJ-NP-Z]{5}' "$1"
}
code_on()
{
	grep -A2 -F "($2)" "$1" | codes /dev/stdin
}

small_province s 'Đảng bộ <i>An</i>'
reporting=$(json '[.sheets.expected] | .[0]' totals P --period 2022-08 --data s)
k enroll --subtree P --out cards --role approver --data s --json
made=$(jq .codes out)
[ "$made" -gt "$reporting" ] || fail "$made cards: those above report through others, and need one too"
is 0 "$(jq .left_out out)" 'nobody had a device'
is "600 600" "$(stat -c %a cards/cards-P.html cards/cards-P.txt | paste -sd' ')" 'a card opens the door to its unit'
is "$made" "$(codes cards/cards-P.txt | sort -u | wc -l)" 'each has a code of its own'
is "$(codes cards/cards-P.txt)" "$(codes cards/cards-P.html)" 'paper and text are the same'
has 'COMMUNIST PARTY OF VIET NAM' cards/cards-P.html
has '&lt;i&gt;' cards/cards-P.html
lacks '<i>' cards/cards-P.html
has "$address" cards/cards-P.txt
c a enroll "$address" "$(code_on cards/cards-P.txt D.A)"
is '"D.A" "approver"' "$(cj a '"\"\(.unit)\" \"\(.role)\""' status)" 'the card of D.A is good for D.A'

# Again: who has a device gets none, and what was printed before is not written over.
before=$(cat cards/cards-P.txt)
k enroll --subtree D --out cards --data s --json
is 1 "$(jq .left_out out)" 'D.A has a device'
k enroll --subtree P --out cards --data s --json
is "$before" "$(cat cards/cards-P.txt)" 'the cards before'
is $((made - 1)) "$(codes cards/cards-P-2.txt | wc -l)" 'and the new ones beside them'

# What is misused makes no code: an operator is no one of many.
exits 2 "$ketnapd" enroll --subtree P --out cards --role operator --data s
exits 2 "$ketnapd" enroll --subtree P --data s
exits 2 "$ketnapd" enroll P --subtree P --out cards --data s
exits 1 "$ketnapd" enroll --subtree nobody --out cards --data s

# Without a server the same, out of the store.
stop_server
k enroll --subtree D --out alone --data s --json
is "$(jq .codes out)" "$(codes alone/cards-D.txt | wc -l)" 'cards without a server'
serve s
c b enroll "$address" "$(code_on alone/cards-D.txt D.B)"
k verify --data s
