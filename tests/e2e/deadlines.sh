#!/usr/bin/env bash
# The last safe days, at a desk without a store: figures counted by hand (tests/unit/test_deadline.c has the
# counting), doubtful days told, and what is asked wrongly answered in words.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
readonly ketnap=$KETNAP_BUILD/stage/bin/ketnap

# ask ARGUMENT ...: JSON in out
ask()
{
	exits 0 "$ketnap" deadlines "$@" --json
}

# step NAME KEY
step()
{
	jq -r --arg step "$1" ".steps[] | select(.step == \$step) | .$2" out
}

ask --cut-off 2026-12-31 --on 07/10/2026
is '15 decision none 2026-10-07' "$(jq -r '[(.steps | length), .goal, .from, .on] | join(" ")' out)" 'the whole way'
is '2026-10-07 false decide decision-days 60 rule' "$(jq -r '.steps[] | select(.step == "cell")
	| [.last_safe, .late, .before, .rule, .value, .kind] | join(" ")' out)" 'the cell may still resolve that day'
is 'true plan' "$(step verify-ask late) $(step committee kind)" 'the verification is too late, the committee planned'
is '2026-08-31 2026-09-01 2026-09-02' "$(step verify-ask 'unverified_days | join(" ")')" 'days that nobody verified'
is false "$(step decide beyond)" 'days that are known'

ask --cut-off 31/10/2026 --goal dossier --from opinions --on 2026-09-01
is 'cell 2026-10-04, committee 2026-10-25, submit 2026-10-31' \
	"$(jq -r '[.steps[] | "\(.step) \(.last_safe)"] | join(", ")' out)" 'dossiers by 31/10'
ask --cut-off 2026-12-31 --goal ceremony --from agreed --on 2026-09-01
is 'decide 2026-11-18, ceremony 2026-12-31' \
	"$(jq -r '[.steps[] | "\(.step) \(.last_safe)"] | join(", ")' out)" 'a ceremony within the year'

# The term runs from the day of the cell's resolution.
ask --cut-off 2024-12-31 --from submitted --on 2023-10-31
is 0 "$(jq '.due | length' out)" 'the day of the cell is not known'
ask --cut-off 2024-12-31 --from cell --on 2023-10-31
is 'decide 2024-01-24 2024-03-13 2024-01-01' "$(jq -r '.due[]
	| [.step, .due, .extended, .unverified_days[]] | join(" ")' out)" '60 working days, and 30 more'
ask --cut-off 2023-12-31 --from probation --on 2022-01-10
is 'review 2023-01-10 2023-02-28' "$(jq -r '.due[] | [.step, .opens, .due] | join(" ")' out)" 'after probation'
is 0 "$(jq '.steps | length' out)" 'nothing more to do for a decision'
ask --cut-off 2027-03-31 --from agreed
is 'false false' "$(step decide beyond) $(step decide late)" 'the cut-off itself'
ask --cut-off 2027-03-31 --from submitted
is true "$(step agree beyond)" 'holidays of 2027 are not known'

exits 0 "$ketnap" deadlines --cut-off 2026-12-31 --from cv --on 2026-10-07
has "2026-10-07  the cell's resolution" out
has '2026-08-23  request to verify the CV - too late' out
has '29-QĐ/TW (2016) 4.3' out
has 'planned, no text sets it' out
has 'source not verified' out
has 'not verified: 3 (2026-08-31, 2026-09-01, 2026-09-02)' out
lacks 'introduction by a union' out
exits 0 "$ketnap" deadlines --cut-off 2026-12-31 --from cv --on 2026-10-07 --lang vi
has '07/10/2026  nghị quyết của chi bộ' out
has 'Hạn cuối' out
has 'Quy định 29-QĐ/TW (2016)' out
lacks 'planning figure' out # where a rule comes from is said in the reader's language

exits 2 "$ketnap" deadlines
has 'deadlines needs --cut-off DAY' err
exits 2 "$ketnap" deadlines --cut-off 2026-12-31 --from nowhere
has 'no stage nowhere' err
exits 2 "$ketnap" deadlines --cut-off 2026-12-31 --from withdrawn
has 'nothing leads further' err
exits 2 "$ketnap" deadlines --cut-off 2026-12-31 --goal party
exits 2 "$ketnap" deadlines --cut-off 2026-02-30
has '--cut-off' err
exits 2 "$ketnap" deadlines --cut-off 2026-12-31 --on soon
has '--on' err
exits 1 "$ketnap" deadlines --cut-off 2015-12-31
has 'no rule is in force' err

# An operator extends the files beside the program; one that is spoilt is named by its line.
cp -r "$KETNAP_BUILD/stage" own
printf '2027-02-05,Tết Nguyên đán,holiday,Công văn 1/2027\n' >>own/share/ketnap/holidays/vietnam.csv
exits 0 own/bin/ketnap deadlines --cut-off 2027-03-31 --from submitted --json
is false "$(step agree beyond)" 'a year that was added'
sed -i 's/^decision-days,2016-07-25,60,/decision-days,2016-07-25,45,/' own/share/ketnap/rules/admission.csv
exits 0 own/bin/ketnap deadlines --cut-off 2026-12-31 --from opinions --json
is 'plan-committee' "$(step cell rule)" 'a shorter term: the plan is what holds then'
printf 'decision-days,2030-01-01,many,working-days,rule,x\n' >>own/share/ketnap/rules/admission.csv
exits 1 own/bin/ketnap deadlines --cut-off 2026-12-31
has "line $(wc -l <own/share/ketnap/rules/admission.csv)" err
rm own/share/ketnap/holidays/vietnam.csv
exits 1 own/bin/ketnap deadlines --cut-off 2026-12-31
has 'vietnam.csv' err
