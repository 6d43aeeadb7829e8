#!/usr/bin/env bash
# Files of more than 16 MiB while a server serves: taken like small ones, all rows or none, chunk by chunk
# where there are more than 20,000, and the server keeps little of them in memory afterwards.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

"$make_province" csv >/dev/null
# As the generator has them, with a long source in every row.
source_text=$(printf 'Báo cáo nhanh %.0s' $(seq 18))
{
	head -n 1 csv/figures-2022-01.csv
	tail -q -n +2 csv/figures-2022-0[1-6].csv
} | awk -F, -v OFS=, -v text="$source_text" 'NR == 1 {
	for (i = 1; i <= NF; i++)
		if ($i == "source")
			at = i
	if (!at) {
		at = NF + 1
		$at = "source"
	}
	print
	next
} { $at = text; print }' >all.csv
rows=$(($(wc -l <all.csv) - 1))
bytes=$(wc -c <all.csv)
[ "$bytes" -gt $((17 << 20)) ] || fail "only $bytes bytes"

k init --illustrative --tree csv/tree.csv --data s
k clock 2022-09-22 --data s
serve s
begin=$(lsn_of s)

# left: no copy lies about.
left()
{
	is '' "$(find s -name 'given.*')" "$1"
}

exits 1 "$ketnapd" import figures all.csv --data s
has "$(printf "%d" $((rows / 1000))),$(printf "%03d" $((rows % 1000))) rows are more than 20,000; use --chunked" err
is "$begin" "$(lsn_of s)" 'lsn after too many rows'
left 'copies after a refusal'

k import figures all.csv --data s --chunked --json
is "$rows $((1153 * 6)) 0" "$(jq -r '"\(.rows) \(.entries) \(.skipped)"' out)" 'rows, sheets, skipped'
left 'copies after an import'
after=$(lsn_of s)
k import figures all.csv --data s --chunked --json
is "0 $rows" "$(jq -r '"\(.entries) \(.skipped)"' out)" 'a file that is in the store'
is "$after" "$(lsn_of s)" 'lsn after it'

# One transaction, all or none: at most 20,000 rows, of any length together, the last one bad.
{
	head -n 1 all.csv
	sed -n '2,10001{s/2022-01-/2022-07-/g;p}' all.csv
	printf 'QNA.XX%s\n' "$(sed -n 2p all.csv | cut -c7- | sed 's/^[^,]*//')"
} >bad.csv
[ "$(wc -c <bad.csv)" -gt $((1 << 20)) ] || fail 'the bad file is small'
exits 1 "$ketnapd" import figures bad.csv --data s
has 'line 10,002, column unit: there is no unit QNA.XX' err
has 'nothing was written' err
is "$after" "$(lsn_of s)" 'lsn after a bad row'
left 'copies after a bad row'

# What somebody left behind who was killed goes when the server starts.
stop 0
printf 'x' >s/given.0123456789abcdef
serve s
left 'copies after a start'
is true "$(json .ok verify --data s)" 'verify'
stop 0
