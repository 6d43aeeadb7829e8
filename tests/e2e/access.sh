#!/usr/bin/env bash
# The table of rights, each of its places, with the real programs over real TLS: access.csv says what must come
# out. Acts are made by a client that keeps no rule and sent by `ketnap sync`.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
readonly forge=$KETNAP_BUILD/tests/forge
readonly table=$KETNAP_SOURCE/tests/e2e/access.csv
readonly places=(own child below beside above whole)
declare -A number=([P]=1 [D1]=2 [D2]=3 [C1]=4 [C2]=5 [C3]=6 [S1]=7 [none]=0)
declare -A home=([clerk]=C1 [approver]=C1 [s-clerk]=D1 [s-approver]=D1 [district]=D1 [operator]=P [auditor]=P)
declare -A role=([clerk]=clerk [approver]=approver [s-clerk]=clerk [s-approver]=approver [district]=operator
	[operator]=operator [auditor]=auditor)
declare -A at=([C1.own]=C1 [C1.child]=S1 [C1.beside]=C2 [C1.above]=D1 [C1.whole]=none
	[D1.own]=D1 [D1.child]=C1 [D1.below]=S1 [D1.beside]=D2 [D1.above]=P [D1.whole]=none
	[P.own]=P [P.child]=D1 [P.below]=C1 [P.whole]=none)

# ---- the province ----

cat >tree.csv <<'CSV'
code,parent,kind,name,reports,opened,closed
P,,province,Tỉnh P,no,2000-01-01,
D1,P,direct,Huyện Một,no,2000-01-01,
D2,P,direct,Huyện Hai,no,2000-01-01,
C1,D1,base_committee,Đảng bộ xã Một,yes,2000-01-01,
C2,D1,base_committee,Đảng bộ xã Hai,yes,2000-01-01,
C3,D2,base_committee,Đảng bộ xã Ba,yes,2000-01-01,
S1,C1,section,Đảng bộ bộ phận,no,2000-01-01,
CSV
echo 'unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value' >targets.csv
echo 'id,unit,from,to,measure,value,percent,of,instrument,source' >claims.csv
for unit in P D1 D2 C1 C2 C3 S1; do
	printf '%s,2022,admitted,,%s,,exact,12,,,,\n' "$unit" resolution,1-NQ "$unit" decision,2-QD >>targets.csv
	echo "of-$unit,$unit,2022-01-01,2022-08-31,admitted,7,,,," >>claims.csv
done
data=server
k init --illustrative --tree tree.csv --data $data
k clock 2022-09-22 --data $data
k import targets targets.csv --data $data
k import claims claims.csv --data $data
# entries of the targets 1-NQ, for receipts
k log --data $data --json
jq -r '[.[] | select(.kind == "target")] | group_by(.unit)[] | "\(.[0].unit) \(.[0].lsn)"' out >lsns
serve $data
for who in "${!home[@]}"; do
	enrol "$who" "${home[$who]}" "${role[$who]}"
	c "$who" sync
done
# from 2020 on the section reports instead of its committee: two acts of an operator's device
c operator act plan unit=C1 form=monthly from=2020-01-01 step=none
c operator sync
c operator act plan unit=S1 form=monthly from=2020-01-01 step=month
c operator sync
is 0 "$("$ketnap" status --data operator --json | jq .refused)" 'plans that were refused'

# ---- one place ----

made=100 # a number of its own for each op
: >asked

# device_at UNIT: the id of a new device there
device_at()
{
	made=$((made + 1))
	enrol "lost.$made" "$1" clerk
	device=$("$ketnap" status --data "lost.$made" --json | jq -r .device)
}

# forged WHO ACT UNIT: the op, once the server has judged it, will be looked for
forged()
{
	"$forge" op "$1" "$2" "${number[$3]}" "$made" 2>err || fail "forge $*"
}

# What reading brings: printed at once.
read_at()
{
	local who=$1 act=$2 unit=$3 got

	case $act in
	log) got=$(jq -r --arg u "$unit" 'any(.unit == $u and .kind == "target")' "$who.log.json") ;;
	name) got=$(jq -r --arg u "$unit" 'any(.unit == $u and .kind == "unit")' "$who.log.json") ;;
	claims) got=$(jq -r --arg u "$unit" 'any(.unit == $u)' "$who.claims.json") ;;
	totals | table) got=$("$forge" "$act" "$who" "${number[$unit]}") ;;
	receipt) got=$("$forge" receipt "$who" "$(awk -v u="$unit" '$1 == u { print $2 }' lsns)") ;;
	esac
	case $got in
	true) echo yes ;;
	false) echo no ;;
	*) echo "$got" ;;
	esac
}

queued()
{
	"$ketnap" status --data "$1" --json | jq .queued
}

# The command of `ketnap`: does it queue?
command_at()
{
	local who=$1 act=$2 unit=$3 before after=refused
	local -a words

	case $act in
	ketnap-request) words=(request flash --day 2022-09-22 --due 2022-09-23T16:00 --scope "$unit") ;;
	ketnap-target) words=(target unit="$unit" period=2022 measure=admitted instrument=resolution
		doc_no="$made-NQ" type=exact value=9) ;;
	ketnap-plan) words=(act plan unit="$unit" form=monthly from=2001-02-01 to=2001-02-28 step=none) ;;
	ketnap-person) words=(act person unit="$unit" role=clerk name=Bình) ;;
	ketnap-revoke) words=(revoke "$device" --reason lost) ;;
	esac
	before=$(queued "$who")
	if "$ketnap" "${words[@]}" --data "$who" >out 2>err; then
		after=queued
		before=$((before + 1))
	fi
	[ "$before" = "$(queued "$who")" ] || fail "$act at $unit: $after, and the queue is $(queued "$who")"
	echo $after
}

# ask WHO ACT PLACE: WHO,ACT,PLACE,UNIT, and the op or what was read, into `asked`
ask()
{
	local who=$1 act=$2 place=$3 unit=${at[${home[$1]}.$3]} got

	made=$((made + 1))
	case $act in
	log | name | claims | totals | table | receipt) got=$(read_at "$who" "$act" "$unit") ;;
	ketnap-revoke)
		device_at "$unit"
		c "$who" sync
		got=$(command_at "$who" "$act" "$unit")
		;;
	ketnap-*) got=$(command_at "$who" "$act" "$unit") ;;
	revoke)
		device_at "$unit"
		got=$(forged "$who" "revoke:$device" "$unit")
		;;
	recall)
		forged "$who" sign "$unit" >/dev/null
		got=$(forged "$who" recall "$unit")
		;;
	*) got=$(forged "$who" "$act" "$unit") ;;
	esac
	echo "$who,$act,$place,$got" >>asked
}

# ---- all of them ----

# rows FILE: its lines without comments and header
rows()
{
	grep -v -e '^#' -e '^row,' "$1"
}

drive()
{
	local who act by cells i

	for who in clerk approver s-clerk s-approver district operator auditor; do
		"$ketnap" log --data "$who" --json >"$who.log.json"
		"$ketnap" claims --data "$who" --json >"$who.claims.json"
		while IFS=, read -r _ act by cells; do
			[ "$by" = "$who" ] || continue
			IFS=, read -ra cells <<<"$cells"
			for i in "${!places[@]}"; do
				[ "${cells[$i]}" = - ] || ask "$who" "$act" "${places[$i]}" </dev/null
			done
		done < <(rows "$table")
		exits 0 "$ketnap" sync --data "$who" --json
		is 0 "$(jq .not_now out)" "ops of $who that wait"
		"$forge" said "$who" all >>verdicts
	done
	# each op's name gives way to what the server said of it
	awk 'NR == FNR { said[$1] = $2; next }
		{ n = split($0, f, ","); if (f[n] in said) f[n] = said[f[n]]; print f[1] "," f[2] "," f[3] "," f[4] }' \
		verdicts asked >got
}

# judge FILE: a line for each cell that came out otherwise; how many were right in `right`
judge()
{
	awk -F, -v names="${places[*]}" '
		BEGIN { split(names, place, " ") }
		NR == FNR { got[$1, $2, $3] = $4; next }
		/^#/ || /^row,/ { next }
		{
			for (i = 4; i <= 9; i++) {
				if ($i == "-") continue
				if (got[$3, $2, place[i - 3]] == $i) right++
				else print $2 " by " $3 ", " place[i - 3] ": wanted " $i ", got " got[$3, $2, place[i - 3]]
			}
		}
		END { print right + 0 >"right" }' got "$1"
}

drive
judge "$table" >differ
[ ! -s differ ] || fail "$(wc -l <differ) places differ from access.csv: $(head -40 differ)"
printf '%s places as access.csv says\n' "$(cat right)"
checks=$((checks + $(cat right)))

# The judge itself: with one line wrong, that one and no other is named.
sed 's/^sign,sign,clerk,not-allowed,/sign,sign,clerk,accepted,/' "$table" >wrong.csv
judge wrong.csv >differ
is 'sign by clerk, own: wanted accepted, got not-allowed' "$(cat differ)" 'the deliberately wrong line'

# Everything refused is in the log, and the log is whole.
stop_server
json .ok verify --data $data >/dev/null
is true "$("$ketnapd" log --data $data --json | jq 'any(.code == "unsupported") and any(.code == "not-allowed")')" \
	'refusals in the log'
