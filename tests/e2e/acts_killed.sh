#!/usr/bin/env bash
# Acts at the server, killed: the command that does it itself, at each of its writes; the command that has a running server do
# it, and that server, at any moment. Each is done wholly or not at all; what was told to be done is there; the same once more
# does what is not done, and says so of what is.
# usage: acts_killed.sh [ROUNDS [SEED]]
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
readonly rounds=${1:-24} seed=${2:-$$} most=120
RANDOM=$seed
readonly kinds=(close act targets allocate)
declare -A whole=() takes=() met=()
args=() acts=0 before='' where=''

# prepare KIND: the next act, in $args; nobody did it before
prepare()
{
	acts=$((acts + 1))
	[ $acts -le $most ] || fail "more than $most acts"
	case $1 in
	close)
		args=(close monthly 2021-12 --scope "D.C$acts")
		;;
	act)
		printf 'change,unit,parent,kind,name,into\n' >act.csv
		printf 'create,D.N%d,D,base_committee,Đảng bộ %d,\n' $acts $acts >>act.csv
		printf 'merge,D.C%d,,,,D.N%d\nmerge,D.E%d,,,,D.N%d\n' $acts $acts $acts $acts >>act.csv
		args=(act act.csv --no "$acts-QĐ" --signed 2022-01-10 --signer 'Trần B' --effective 2022-02-01)
		;;
	targets)
		printf 'unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value\n' >given.csv
		for unit in D F G P; do
			printf '%s,2022,admitted,,directive,%d-CT,2022-01-05,exact,9,,,,\n' $unit $acts >>given.csv
		done
		args=(import targets given.csv)
		;;
	allocate)
		args=(allocate P --period 2023 --total 20 --base weights:weights.csv --publish
			--instrument "plan:$acts-KH" --day 2022-09-01)
		;;
	esac
}

# made: entries since $before, but for the server's own beginnings
made()
{
	json "[.[] | select(.lsn > $before and .kind != \"start\")] | length" log --data s
}

not_twice()
{
	local had

	had=$(lsn_of s)
	exits 1 "$ketnapd" "${args[@]}" --data s
	[ -s err ] || fail "for the second time, not a word: $where"
	is "$had" "$(lsn_of s)" "entries of the second time: $where"
}

# What an act comes to when nothing happens to it, and how long it takes.
undisturbed()
{
	local from

	where="$1, undisturbed"
	prepare "$1"
	before=$(lsn_of s)
	from=$(milliseconds)
	k "${args[@]}" --data s
	takes[$1]=$(($(milliseconds) - from))
	whole[$1]=$(made)
	[ "${whole[$1]}" -gt 0 ] || fail "$1 made no entry"
	not_twice
}

# judge KIND GOT: behind a kill, of what said `said`
judge()
{
	local now

	now=$(made)
	checks=$((checks + 1))
	case $now in
	0) [ "$2" -ne 0 ] || fail "$where: told to be done, and nothing is there" ;;
	"${whole[$1]}") ;;
	*) fail "$where: $now entries of ${whole[$1]}: $(head -c 300 said)" ;;
	esac
	case $2 in
	0 | 75 | 137) ;;
	1) has 'whether it acted is unknown' said ;;
	*) fail "$where: exit code $2: $(head -c 300 said)" ;;
	esac
	if [ "$now" -eq 0 ]; then
		met[not]=$((${met[not]:-0} + 1))
		k "${args[@]}" --data s
		is "${whole[$1]}" "$(made)" "entries once it was done: $where"
	else
		met[done]=$((${met[done]:-0} + 1))
	fi
	not_twice
}

# at_each KIND CALL: the command itself does not survive its n-th call of that function of the system, for each n
at_each()
{
	local n got

	for ((n = 1; ; n++)); do
		where="$1, at $2 number $n"
		prepare "$1"
		before=$(lsn_of s) got=0
		rm -f hit
		{
			env "FAIL_CALL=$2" "FAIL_AT=$n" FAIL_DEADLY=yes FAIL_HIT=hit \
				"LD_PRELOAD=$KETNAP_BUILD/tests/libfail_calls.so" \
				"ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
				"$ketnapd" "${args[@]}" --data s >out 2>said </dev/null || got=$?
		} 2>/dev/null
		if [ -f hit ]; then
			[ $got -ge 128 ] || fail "$where: it survived, exit code $got"
			judge "$1" 137
		else
			judge "$1" $got
			break
		fi
	done
	[ $n -gt 1 ] || fail "$1 has no $2"
}

# round KIND asking|server: which of the two is killed
round()
{
	local got=0 pid after_ms=$((RANDOM % (takes[$1] + takes[$1] / 4 + 2)))

	prepare "$1"
	[ -n "$server_pid" ] || serve s
	before=$(lsn_of s)
	where="$1, $2 killed after $after_ms ms (seed $seed)"
	{
		"$ketnapd" "${args[@]}" --data s >out 2>said </dev/null &
		pid=$!
		sleep "$(printf '%d.%03d' $((after_ms / 1000)) $((after_ms % 1000)))"
		if [ "$2" = server ]; then
			kill -9 "$server_pid"
			wait "$server_pid" || true
			server_pid=
		else
			kill -9 "$pid" || true
		fi
		wait "$pid" || got=$?
	} 2>/dev/null
	if [ "$2" = server ]; then
		serve s
	else # what it has been asked it does, one after another
		k status --data s
		k status --data s
	fi
	judge "$1" $got
}

cat >tree.csv <<'CSV'
code,parent,kind,name,reports,opened,closed,act
P,,province,Tỉnh P,no,2020-01-01,,
D,P,direct,Huyện Một,no,2020-01-01,,
F,P,direct,Huyện Hai,yes,2020-01-01,,
G,P,direct,Huyện Ba,yes,2020-01-01,,
CSV
for ((n = 1; n <= most; n++)); do # two that merge, for each decision
	printf 'D.C%d,D,base_cell,Chi bộ C%d,yes,2020-01-01,,\n' $n $n
	printf 'D.E%d,D,base_cell,Chi bộ E%d,yes,2020-01-01,,\n' $n $n
done >>tree.csv
printf 'unit,weight\nD,5\nF,7\nG,9\n' >weights.csv
k init --illustrative --tree tree.csv --data s
k clock 2022-09-22 --data s
for kind in "${kinds[@]}"; do
	undisturbed "$kind"
done

# --- by itself ---------------------------------------------------------------------------------------------------
for kind in "${kinds[@]}"; do
	for call in pwrite fdatasync write; do
		at_each "$kind" $call
	done
done

# --- with a server ---------------------------------------------------------------------------------------------
for ((n = 0; n < rounds; n++)); do
	if [ $((n / 4 % 2)) -eq 0 ]; then
		round "${kinds[$((n % 4))]}" server
	else
		round "${kinds[$((n % 4))]}" asking
	fi
done
stop_server
is true "$(json .ok verify --data s)" 'verify'
[ "${met[not]:-0}" -gt 0 ] || fail 'nothing was killed in time'
[ "${met[done]:-0}" -gt 0 ] || fail 'nothing was done before it was killed'
printf '%d acts: not done %d, done %d\n' $acts "${met[not]}" "${met[done]}"
