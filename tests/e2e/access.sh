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
declare -A lost=() seen=() queue=() month=()
: >asked
: >ops.txt

# device_at UNIT: the id of a device there that nobody has revoked yet
device_at()
{
	device=${lost[$1]-}
	[ -z "$device" ] || return 0
	made=$((made + 1))
	enrol "lost.$made" "$1" clerk
	device=$(device_of "lost.$made")
	lost[$1]=$device
}

device_of()
{
	"$ketnap" status --data "$1" --json | jq -r .device
}

# forge_all WHO: make what waits in `ops.txt`, and let each op's name stand behind its line in `asked`
forge_all()
{
	[ -s ops.txt ] || return 0
	"$forge" ops "$1" - <ops.txt >names 2>err || fail "forge: $1"
	is "$(wc -l <ops.txt)" "$(wc -l <names)" "ops made at $1"
	awk 'NR == FNR { name[NR] = $0; next } /,$/ { $0 = $0 name[++n] } { print }' names asked >asked.named
	mv asked.named asked
	: >ops.txt
}

# forged ACT UNIT: the op, once the server has judged it, will be looked for. What is about a sheet has a month
# of the unit to itself; a sheet is recalled that was signed just before.
forged()
{
	local n=$made

	case $1 in
	draft* | paper* | sign | import | return | accept | summary) n=$((month[$2] += 1)) ;;
	recall) n=${month[$2]} ;;
	esac
	printf '%s %s %s\n' "$1" "${number[$2]}" "$n" >>ops.txt
}

# What WHO's ledger has of each unit, as "what.unit".
read_all()
{
	local each

	"$ketnap" log --data "$1" --json >log.json
	"$ketnap" claims --data "$1" --json >claims.json
	seen=()
	while read -r each; do
		seen[$each]=yes
	done < <(jq -r '.[] | select(.kind == "target") | "log.\(.unit)"' log.json
		jq -r '.[] | select(.kind == "unit") | "name.\(.unit)"' log.json
		jq -r '.[] | "claims.\(.unit)"' claims.json)
}

# What reading brings: printed at once.
read_at()
{
	local who=$1 act=$2 unit=$3

	case $act in
	log | name | claims) echo "${seen[$act.$unit]-no}" ;;
	totals | table) "$forge" "$act" "$who" "${number[$unit]}" ;;
	receipt) "$forge" receipt "$who" "$(awk -v u="$unit" '$1 == u { print $2 }' lsns)" ;;
	esac
}

queued()
{
	"$ketnap" status --data "$1" --json | jq .queued
}

# The command of `ketnap`, into got: does it queue? What waited before is known from the last one.
command_at()
{
	local who=$1 act=$2 unit=$3 now
	local -a words

	case $act in
	ketnap-request) words=(request flash --day 2022-09-22 --scope "$unit"
		--due "$(printf '2022-09-23T%02d:%02d' $((made / 60 % 24)) $((made % 60)))") ;;
	ketnap-target) words=(target unit="$unit" period=2022 measure=admitted instrument=resolution
		doc_no="$made-NQ" type=exact value=9) ;;
	ketnap-plan) words=(act plan unit="$unit" form=monthly from=2001-02-01 to=2001-02-28 step=none) ;;
	ketnap-person) words=(act person unit="$unit" role=clerk name=Bình) ;;
	ketnap-revoke) words=(revoke "$device" --reason lost) ;;
	esac
	[ -n "${queue[$who]-}" ] || queue[$who]=$(queued "$who")
	got=refused
	if "$ketnap" "${words[@]}" --data "$who" >out 2>err; then
		got=queued
		queue[$who]=$((queue[$who] + 1))
	fi
	now=$(queued "$who")
	is "${queue[$who]}" "$now" "$act by $who at $unit: $got, and the queue"
}

# ask WHO ACT PLACE WANTED: WHO,ACT,PLACE,ANSWER into `asked`; of an op the answer comes later
ask()
{
	local who=$1 act=$2 place=$3 unit=${at[${home[$1]}.$3]} got=''

	made=$((made + 1))
	case $act in
	log | name | claims | totals | table | receipt) got=$(read_at "$who" "$act" "$unit") ;;
	ketnap-*)
		forge_all "$who"
		if [ "$act" = ketnap-revoke ]; then
			device_at "$unit"
			c "$who" sync
			queue[$who]=
			unset "lost[$unit]"
		fi
		command_at "$who" "$act" "$unit"
		;;
	revoke)
		device_at "$unit"
		forged "revoke:$device" "$unit"
		[ "$4" != accepted ] || unset "lost[$unit]"
		;;
	recall)
		echo "$who,sign-before,$place," >>asked
		forged sign "$unit"
		forged recall "$unit"
		;;
	*) forged "$act" "$unit" ;;
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
		read_all "$who"
		while IFS=, read -r _ act by cells; do
			[ "$by" = "$who" ] || continue
			IFS=, read -ra cells <<<"$cells"
			for i in "${!places[@]}"; do
				[ "${cells[$i]}" = - ] || ask "$who" "$act" "${places[$i]}" "${cells[$i]}" </dev/null
			done
		done < <(rows "$table")
		forge_all "$who"
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
is true "$("$ketnapd" log --data $data --json | jq 'any(.code == "outside-plan") and any(.code == "not-allowed")')" \
	'refusals in the log'
k log --data $data
has 'refused: this person or device may not do that for this unit' out
is 0 "$(grep -c ' refused  ' out || true)" 'refusals without their reason'
