#!/usr/bin/env bash
# People put forward for a commendation by name: printed at the unit's own devices, and above only where the unit sealed it
# for that body. Nobody else, the server least of all, has more than title and number.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province p
enrol a D.A approver
enrol b D.B approver
enrol d D approver
enrol op P operator
c d case key # so that somebody can seal for it
for device in d a b; do
	c $device sync
done
# people DEVICE UNIT FILTER
people()
{
	"$ketnap" commend list "$2" --period 2022 --json --data "$1" >list.json 2>err || fail "commend list at $1: $(cat err)"
	jq -r "[.people[] | $3] | join(\", \")" list.json
}

# --- put forward: one for the district too, one for the unit alone ------------------------------------------

c a commend add 'Lê Văn Dũng' title='Đảng viên' period=2022-H1 helped=1
c a commend add 'Nguyễn Văn Bình' title='Bí thư chi bộ thôn 3' period=2022-H1 helped=3 body=D --reason 'giúp đỡ 3 quần chúng'
c a commend add 'Trần Thị Cúc' title='Đảng viên' period=2022-H1 helped=2
is 'Nguyễn Văn Bình 3 D false, Trần Thị Cúc 2 null false, Lê Văn Dũng 1 null false' \
	"$(people a D.A '"\(.person) \(.helped) \(.body) \(.delivered)"')" 'two of one title are two, before they are sent'
exits 2 "$ketnap" commend add 'Ai' title='x' --data a
exits 1 "$ketnap" commend add 'Ai' title='x' period=2022-H1 helped=0 --data a
exits 1 "$ketnap" commend add 'Ai' title='x' period=2022-H1 helped=1 body=D.A --data a # to itself
for device in a d b a d; do
	c $device sync
done
is 'Nguyễn Văn Bình true, Trần Thị Cúc true, Lê Văn Dũng true' "$(people a D.A '"\(.person) \(.delivered)"')" 'delivered'

# --- above: title and number, and the one name that was sealed for it ------------------------------------------

is 'Nguyễn Văn Bình 3 true, null 2 true, null 1 true' "$(people d D '"\(.person) \(.helped) \(.named)"')" 'at the district'
c op sync
c op commend list P --period 2022
has 'Bí thư chi bộ thôn 3' out
lacks 'Nguyễn Văn Bình' out
is '' "$(people b D.B .title)" 'nothing at the unit beside it'
c d print commended D --period 2022 --lang vi --out list.html
has 'Nguyễn Văn Bình' list.html
has '>Chức vụ<' list.html # theirs, not that of who signs
lacks 'Trần Thị Cúc' list.html
has 'Đảng viên' list.html
c a print commended D.A --period 2022 --out own.csv
has 'Trần Thị Cúc' own.csv
is 'D.A D.A' "$("$ketnapd" log --unit D.A --data p --json | jq -r '[.[] | select(.kind == "names-read") | .unit] | unique | join(" ") | . + " " + .')" \
	'that names were read is told'

# --- at the server: nobody's name, in no file ---------------------------------------------------------------------

is 'D.A Bí thư chi bộ thôn 3 3 null true D' "$(json '.people[0] | "\(.unit) \(.title) \(.helped) \(.person) \(.named) \(.body)"' \
	commend D --period 2022 --data p)" 'at the server'
k commend D --period 2022 --data p
lacks 'Nguyễn Văn Bình' out
k print commended D --period 2022 --out server.html --data p
has 'Bí thư chi bộ thôn 3' server.html
lacks 'Nguyễn Văn Bình' server.html
grep -rqa "Bí thư chi bộ thôn 3" p || fail "the title is not found either"
if grep -rlaE 'Nguyễn Văn Bình|Trần Thị Cúc' p; then fail 'a name in clear at the server'; fi

# --- a new device of the unit opens them; one of the district that comes later too -----------------------------------

enrol a2 D.A approver
enrol d2 D approver
for device in a2 d2 a d a2 d2; do
	c $device sync
done
is 'Nguyễn Văn Bình, Trần Thị Cúc, Lê Văn Dũng' "$(people a2 D.A .person)" 'at another device of the unit'
is 'Nguyễn Văn Bình, null, null' "$(people d2 D '.person // "null"')" 'and of the district'

# --- taken back; forgotten by two persons ---------------------------------------------------------------------------

c a commend back 'tran thi cuc'
c a sync
is 'Nguyễn Văn Bình, Lê Văn Dũng' "$(people a D.A .person)" 'taken back'
c a forget 'van binh' --reason 'theo đề nghị của người đó'
c a sync
asked=$("$ketnapd" log --unit D.A --data p --json | jq '[.[] | select(.kind == "forget")][0].lsn')
c a2 sync
c a2 forget 'van binh' --confirm "$asked" --reason 'theo đề nghị của người đó'
for device in a2 a d; do
	c $device sync
done
is 'null 3, Lê Văn Dũng 1' "$(people a D.A '"\(.person) \(.helped)"')" 'title and number stay'
is 'null 3, null 1' "$(people d D '"\(.person) \(.helped)"')" 'at the district too'

# --- without a register no names ---------------------------------------------------------------------------------------

c op act setting key=register value=off
c op sync
c b sync
exits 1 "$ketnap" commend add 'Ai' title='x' period=2022-H1 helped=1 --data b
stop_server
k verify --data p
