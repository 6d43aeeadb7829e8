#!/usr/bin/env bash
# The act of 1/7/2025 with the programs themselves: a province of 22 districts and 1,153 organisations; devices without a
# line hold May, June and some of them July; then all districts end, their organisations go over three by three into
# communes directly under the province; the devices come back. Totals before and after agree, series as they were are
# the same byte for byte, nothing is lost, nobody is stuck.
# KETNAP_DESKS: how many devices (40; the issue's 200 in about as many seconds as it says at the end).
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"
readonly desks=${KETNAP_DESKS:-40} in_time=2025-07-03
readonly spring=(--from 2025-01-01 --to 2025-04-30 --each month)

# --- the province, and who holds what -----------------------------------------------------------------------

"$make_province" csv --years 2025 --to 2025-07-31 >/dev/null
awk -F, 'NR > 1 && $2 == "QNA" { direct[$1] = 1 } direct[$2] && n++ % 5 == 2 { print $1 }' csv/tree.csv |
	head -n "$desks" >units
is "$desks" "$(wc -l <units)" 'organisations with a device'
# of May and June the devices hold their own; of July every fourth, and that month is not theirs any more
awk -F, 'NR == FNR { desk[$1] = NR; next }
	FNR == 1 { file = FILENAME; sub(/.*figures-/, "", file); print >("rest-" file); next }
	!($1 in desk) { if (file !~ /2025-07/) print >("rest-" file); next }
	file ~ /2025-07/ && desk[$1] % 4 { next }
	{ if (!seen[$1]++) print "unit,form,from,to,measure,value,approx" >("held-" $1); print >("held-" $1) }' \
	units csv/figures-2025-05.csv csv/figures-2025-06.csv csv/figures-2025-07.csv
k init --illustrative --tree csv/tree.csv --data s
k clock $in_time --data s
k import members csv/members.csv --data s
for file in csv/figures-2025-0[1-4].csv rest-2025-05.csv rest-2025-06.csv; do
	k import figures "$file" --data s
done

# typed MONTH: what the devices hold of it, admitted
typed()
{
	cat held-* | awk -F, -v m="2025-$1-" '$5 == "admitted" && index($3, m) == 1 { n += $6 } END { print n + 0 }'
}

admitted() # MONTH [OPTION ...]
{
	json '.measures.admitted // 0' totals QNA --period "2025-$1" --data s "${@:2}"
}

# --- devices enrol, read, and lose their line ------------------------------------------------------------------

serve s
while read -r unit; do
	enroll s "$unit" "d-$unit" --role approver --person "Người $unit"
	c sync --data "d-$unit"
done <units
stop 0
listen=$address
july=0
while read -r unit; do
	c enter --file "held-$unit" --submit --old --data "d-$unit"
	held=$(cut -d, -f3 "held-$unit" | sort -u | grep -c 2025)
	july=$((july + (held == 3)))
	c status --data "d-$unit" --json
	is "$held" "$(jq .queued out)" "$unit holds"
done <units
is $((desks / 4)) "$july" 'devices with a July that is not theirs'

# --- as it is before ---------------------------------------------------------------------------------------------

# Of the province, every district and every organisation with a device, month by month, as it was.
watch()
{
	local unit

	for unit in QNA $(awk -F, '$2 == "QNA" { print $1 }' csv/tree.csv) $(cat units); do
		k totals "$unit" "${spring[@]}" --data s --json
		jq -cS --arg unit "$unit" '[$unit, .series | if type == "object" then del(.known) else . end]' out
	done >"$1"
	for month in 01 02 03 04; do
		k table QNA --period "2025-$month" --csv --data s
		cat out
	done >>"$1"
}
watch before
april=$(admitted 04) may=$(admitted 05) june=$(admitted 06)

# --- the act -----------------------------------------------------------------------------------------------------------

awk -F, 'BEGIN { print "change,unit,parent,kind,name,into" }
	$2 == "QNA" { direct[$1] = 1; ends[++d] = $1 } # names may have commas, and come later
	direct[$2] {
		if (n[$2]++ % 3 == 0)
			printf "create,X%d,QNA,commune,Đảng bộ xã %d,\n", ++x, x
		printf "merge,%s,,,,X%d\n", $1, x
	}
	END { for (i = 1; i <= d; i++) print "dissolve," ends[i] ",,,," }' csv/tree.csv >act.csv
k act act.csv --no 1659/NQ-UBTVQH15 --signed 2025-06-16 --signer A --effective 2025-07-01 --data s
watch after
is '' "$(diff before after || true)" 'series and tables as they were, byte for byte'
is "$april" "$(admitted 04 --tree as-is)" 'restated, the province is the same'
is 0 "$(json '.units.direct // 0' totals QNA --period 2025-07 --data s)" 'no districts in July'
k tree --lang vi --on 2025-07-01 --data s
is '' "$(grep -ciE 'huyện' out | grep -v '^0$' || true)" 'nobody says huyện'

# --- they come back --------------------------------------------------------------------------------------------------

serve s
while read -r unit; do
	held=$(cut -d, -f3 "held-$unit" | sort -u | grep -c 2025)
	c sync --data "d-$unit" --json
	is "$held $((held == 3)) 0" "$(jq -r '"\(.sent) \(.late) \(.refused)"' out)" "what became of it: $unit"
	c status --data "d-$unit" --json
	is '0 0' "$(jq -r '"\(.queued) \(.refused)"' out)" "nothing waits: $unit"
done <units
is $((may + $(typed 05))) "$(admitted 05)" 'May, nothing lost'
is $((june + $(typed 06))) "$(admitted 06)" 'June, nothing lost'
is $((june + $(typed 06))) "$(admitted 06 --tree as-is)" 'June restated'
is '1153 1153 true' "$(json '"\(.reporting.reported) \(.reporting.expected) \(.covered)"' totals QNA --period 2025-06 --data s)" \
	'all of June'
watch after
is '' "$(grep -v '^# ' before | diff - <(grep -v '^# ' after) || true)" 'spring is what it was'

# --- July, of units that are no more ----------------------------------------------------------------------------------

k late --data s --json
is "$july" "$(jq length out)" 'Julys that came late'
# one to one was mapped already; where several went into one, a person says so
jq -r '.[] | select(.decided == null) | "\(.lsn) \(.places | length) \(.places[0].unit) \(.places[0].period)"' out >waiting
while read -r lsn places unit period; do
	is 1 "$places" "one successor, one July: $lsn"
	k decide-late "$lsn" --counts --unit "$unit" --period "$period" --reason 'by telephone' --data s
done <waiting
is "$(typed 07)" "$(admitted 07)" 'July, as typed'

# --- nobody typed with how many members the communes begin ------------------------------------------------------------

k openings --effective 2025-07-01 --dry-run --data s --json
is '0 0' "$(jq -r '"\(.written) \(.unknown)"' out)" 'every opening stands'
is "$(json '.measures.members_end' totals QNA --period 2025-06 --data s)" \
	"$(json '[.units[].members] | add' openings --effective 2025-07-01 --dry-run --data s)" 'and they are the members of June'

# --- and again: the decisions reach everybody ------------------------------------------------------------------------

while read -r unit; do
	c sync --data "d-$unit" --json
	is '0 0' "$(jq -r '"\(.sent) \(.refused)"' out)" "again: $unit"
	c status --data "d-$unit" --json
	is '0 0 false' "$(jq -r '"\(.queued) \(.contested) \(.revoked // false)"' out)" "goes on: $unit"
done <units
is true "$(json .ok verify --data s)" 'verify'
stop 0
printf '%d devices, %d s\n' "$desks" "$SECONDS"
