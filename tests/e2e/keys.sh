#!/usr/bin/env bash
# What other people's scripts rely on: the JSON keys of each command, exit codes, languages, the log.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_documents s
readonly range=(--from 2022-01-01 --to 2022-09-22)

# keys WANTED FILTER ARGUMENT ...: the keys of what FILTER finds, in any order.
keys()
{
	local want=$1 filter=$2

	shift 2
	k "$@" --json
	is "$(tr ' ' '\n' <<<"$want" | sort | paste -sd' ')" "$(jq -r "$filter | keys | join(\" \")" out)" \
		"keys of $filter in $1"
}

# --- totals, as promised in writing ----------------------------------------------------------------

keys 'unit from to known_at tree basis illustrative members members_from units measures prev_year reporting sheets covered targets instruments_differ differences sum_below questions hash hash_of missing_sheets' \
	. totals QNA "${range[@]}" --data s
keys 'incarnation lsn time' .known_at totals QNA "${range[@]}" --data s
keys 'expected reported accepted late contested' .reporting totals QNA "${range[@]}" --data s
keys 'expected signed accepted late missing nil on_behalf changed broken' .sheets totals QNA "${range[@]}" --data s
keys 'value computed' .prev_year.admitted totals QNA "${range[@]}" --data s
is true "$(json '.targets[0] | (["instrument","doc_no","issuer","period","type","value","value_max",
	"attained_percent","excess","excess_percent"] - keys) == []' totals QNA "${range[@]}" --data s)" 'keys of a target'
is '"81.46" -304 "-18.54" "string" false true' "$(json '"\(.targets[0].attained_percent | tojson) \(.targets[0].excess) \(.targets[0].excess_percent | tojson) \(.targets[0].attained_percent | type | tojson) \(.illustrative) \(.covered)"' \
	totals QNA "${range[@]}" --data s)" 'types'
is 'null 0 1' "$(json '"\(.measures.died) \(.units.section) \(.units.province)"' totals QNA "${range[@]}" --data s)" \
	'nobody reported is null, none is 0'
is 'true' "$(json .instruments_differ totals QNA "${range[@]}" --data s)" 'instruments differ'
is 'accepted 0 as-is' "$(json '"\(.basis) \(.reporting.accepted) \(.tree)"' totals QNA "${range[@]}" \
	--basis accepted --tree as-is --data s)" 'basis and tree as asked'

# --- the others ----------------------------------------------------------------------------------------

keys 'id unit printed computed verdict difference explained_by illustrative' '.[0]' claims --data s
keys 'value percent' '.[0].printed' claims --data s
keys 'value percent' '.[0].computed' claims --data s
keys 'lsn time incarnation illustrative units devices map_used map_size disk_free serving behind succeeded recovering log_ahead_days standby standbys' . status --data s
keys 'unit from to known_at tree basis measure illustrative units instruments differences rows total' . table NT --period 2021 --data s
keys 'unit name value targets members members_on reported expected changed broken' '.rows[0]' table NT --period 2021 --data s
keys 'ok entries accepted late refused rows closings root first_bad error illustrative' . verify --data s
keys 'lsn time unit device kind verdict code detail author source reason on_behalf illustrative' '.[0]' log --data s
keys 'file entries root verified dropped beyond illustrative' . backup b.mdb --data s
printf 'unit,date,members\nHY,2024-01-01,71000\n' >one.csv
keys 'ok rows entries skipped stands done_line dry_run problem_count problems note_count notes illustrative' . \
	import members one.csv --data s
k init --illustrative --tree "$documents/tree.csv" --data v
keys 'clock lsn illustrative' . clock 2022-01-01 --data v
keys 'code address unit person role expires illustrative' . enroll HY --data v
keys 'lsn form day due scope stands illustrative' . request flash --day 2022-09-22 --due 2022-09-22T16:00 --scope HY --data v
is 0 "$(json length devices --data v)" 'nobody has used the code'
k requests --data v --lang vi
has 'hạn gửi' out
has 'chưa trả lời' out

# --- the log -------------------------------------------------------------------------------------------------

is true "$(json '[.[].lsn] == [range(1; length + 1)]' log --data s)" 'entries from 1 on'
is true "$(json '[.[].time] | . == sort' log --data s)" 'times never decrease'
# shellcheck disable=SC2016
is 'incarnation form unit recovery-key members target plan sheet claim' \
	"$(json 'reduce .[].kind as $k ([]; if index($k) then . else . + [$k] end) | join(" ")' log --data s)" 'kinds'
is true "$(json 'all(.[]; .unit == "HY") and length > 5' log --unit HY --data s)" 'entries of one unit'
k import members <(printf 'unit,date,members\nHY,2024-02-01,71000\n') --data s --as 'Nguyễn Văn Thử'
is true "$(json '.[-1].source | startswith("Nguyễn Văn Thử: import members ")' log --data s)" 'who did it'
is true "$(json '.[-2].source | startswith("console:")' log --data s)" 'who did it when nobody says'

# --- used wrongly ------------------------------------------------------------------------------------------------

for wrong in '' 'nonsense --data s' 'status' 'totals --data s' 'totals QNA HY --data s' 'totals QNA --data s' \
	'totals QNA --from x --to y --data s' 'totals QNA --period 2022-13 --data s' 'claims --csv --data s' \
	'table QNA --period 2022 --level village --data s' 'table QNA --period 2022 --order name --data s' \
	'totals QNA --period 2022 --basis guessed --data s' 'totals QNA --period 2022 --tree oak --data s' \
	'import money x.csv --data s' 'init --data w' 'status --data s --wrong' 'status --data s --lang fr'; do
	read -ra words <<<"$wrong"
	exits 2 "$ketnapd" "${words[@]}"
	[ -s err ] || fail "no reason for '$wrong'"
done
exits 1 "$ketnapd" totals XX --period 2022 --data s
has 'there is no unit XX' err
exits 1 "$ketnapd" table QNA --period 2022 --measure nothing --data s
has 'no form has a measure nothing' err
exits 1 "$ketnapd" clock 2022-01-01 --data s
has 'only an illustrative store has a clock' err
exits 1 "$ketnapd" totals QNA --from 2022-09-22 --to 2022-01-01 --data s
exits 1 bash -c "exec '$ketnapd' claims --data s >/dev/full"

# --- help, version, languages ------------------------------------------------------------------------------------------

k --version
is "ketnapd $(sed -n 's/^project(ketnap VERSION \([0-9.]*\).*/\1/p' "$KETNAP_SOURCE/CMakeLists.txt") protocol 1 store 1" \
	"$(cat out)" 'version'
k --help
cp out help.en
for command in init import totals table claims log status verify backup clock; do
	has "  $command " help.en
done
k --help --lang vi
is '' "$(diff <(grep -o -- '^  [-a-z][-a-z]*' help.en) <(grep -o -- '^  [-a-z][-a-z]*' out))" 'the same commands and options'
! cmp -s help.en out || fail 'help is the same in both languages'
# The manual knows each command and option of the help, and nothing else.
page=$KETNAP_SOURCE/server/cli/ketnapd.8
while read -r name; do
	grep -qF -- "${name//-/\\-}" "$page" || fail "the manual says nothing of $name"
	checks=$((checks + 1))
done < <(grep -o -- '^  [-a-z][-a-z]*' help.en)
while read -r name; do
	grep -qE -- "^  $name( |\$)" help.en || fail "the manual has $name, the program not"
	checks=$((checks + 1))
done < <(sed 's/[\]//g' "$page" | sed -n 's/^\.BI* \(--[a-z-]*\).*/\1/p' | sort -u)
k totals QNA "${range[@]}" --data s --lang vi
has '81,46%' out
has '1.336' out
has '22/09/2022' out
k totals QNA "${range[@]}" --data s --lang en
has '81.46%' out
has '1,336' out
has '2022-09-22' out
# JSON is English and plain whatever the language.
k totals QNA "${range[@]}" --data s --json --lang en
cp out en.json
k totals QNA "${range[@]}" --data s --json --lang vi
is '' "$(diff en.json out)" 'JSON in two languages'
# Options from a file; a flag given beside it wins.
printf '[ketnapd]\nlang = vi\ndata = s\n' >options.ini
k totals QNA "${range[@]}" --config options.ini
has '81,46%' out
k totals QNA "${range[@]}" --config options.ini --lang en
has '81.46%' out
printf 'colour = red\n' >options.ini
exits 2 "$ketnapd" status --data s --config options.ini
has 'colour' err
