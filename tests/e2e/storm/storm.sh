#!/usr/bin/env bash
# Clients sign and sync through a bad line while the server is killed again and again; afterwards all
# that they were told must be in the log, once.
# With --older 1 an older copy of the store is put back after that, one device's folder too, and another's is copied: all
# that anybody was told must be there again, once.
# With --drop 1 packets of some connections are dropped for a time besides (drop.sh), in a network namespace of its own.
# usage: storm.sh [--kills N] [--seconds S] [--clients N] [--seed N] [--older 1] [--drop 1]
# KETNAP_SEED is the seed where none is given; otherwise a new one is drawn and printed. With KETNAP_KEEP a
# failed run leaves its folder there. Before the number of checks it prints one line of what happened.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(cd "$KETNAP_SOURCE/tests/e2e/storm" && pwd)
readonly here bin=$KETNAP_BUILD/tests ketnap=$KETNAP_BUILD/stage/bin/ketnap
kills=30 seconds=0 clients=24 older=0 drop=0 given=("$@") seed=${KETNAP_SEED:-$((RANDOM * 32768 + RANDOM))}
while [ $# -gt 1 ]; do
	case $1 in
	--kills) kills=$2 ;;
	--seconds) seconds=$2 ;;
	--clients) clients=$2 ;;
	--older) older=$2 ;;
	--drop) drop=$2 ;;
	--seed) seed=$2 ;;
	*) fail "no option $1" ;;
	esac
	shift 2
done
if [ "$drop" = 1 ] && [ -z "${KETNAP_STORM_NET-}" ]; then
	own_net=$(bash "$here/drop.sh" --can) || fail "$own_net"
	cd /
	rm -rf -- "$work"
	# shellcheck disable=SC2086
	KETNAP_STORM_NET=1 exec $own_net bash "$here/storm.sh" "${given[@]}" --seed "$seed"
fi
printf 'seed %s\n' "$seed"
RANDOM=$((seed % 32768))
server_pid='' proxy_pid='' storm_pid='' drop_pid='' compared='not compared'

# What happened, in one line.
tell_all()
{
	local clients=0 sheets=0 acks=0 client_kills=0 client_stops=0 server_kills=0 server_unanswered=0 server_stops=0
	local cut='' dropped='no packets dropped'

	# shellcheck disable=SC1091
	. ./counts
	cut=$(sed -nE 's/^line: .* cut ([0-9]+) times upwards and ([0-9]+) downwards .* ([0-9]+) left half open.*/\1 \2 \3/p' line)
	cut=$(awk '{ printf "%d connections cut, %d of them left half open", $1 + $2, $3 }' <<<"$cut")
	[ "$drop" = 0 ] || dropped=$(sed -n 's/^drop: //p' dropped)
	printf 'storm: %d clients, %d sheets, %d acks; %d kills of the server (%d with unanswered ops), %d of clients; %d stops of the server, %d of clients; %s; %s; %s; seed %d\n' \
		"$clients" "$sheets" "$acks" "$server_kills" "$server_unanswered" "$client_kills" "$server_stops" \
		"$client_stops" "$cut" "$dropped" "$compared" "$seed"
}

leave_storm()
{
	local result=$? pid

	for pid in $storm_pid $server_pid $proxy_pid $drop_pid; do
		kill "$pid" 2>/dev/null || true
	done
	[ ! -s counts ] || tell_all || true
	[ $result -eq 0 ] || tail -n 5 errors/server 2>/dev/null || true
	# For whoever looks for the reason.
	[ $result -eq 0 ] || [ -z "${KETNAP_KEEP-}" ] || cp -r "$work" "$KETNAP_KEEP"
	leave "$result"
}
trap leave_storm EXIT

# A port below those that the system hands out: while the server is dead nobody else may get it.
start_server()
{
	local tries=0

	for ((tries = 0; tries < 20; tries++)); do
		port=$((16000 + RANDOM % 15000))
		"$ketnapd" serve --data s --listen "127.0.0.1:$port" >ready 2>>errors/server &
		server_pid=$!
		until grep -qs '^ready ' ready || ! kill -0 "$server_pid" 2>/dev/null; do
			sleep 0.02
		done
		! grep -qs '^ready ' ready || return 0
		wait "$server_pid" || true
	done
	fail "no server: $(tail -n 3 errors/server)"
}

stop_calm()
{
	kill "$server_pid"
	wait "$server_pid" || fail 'the server did not stop in order'
	server_pid=''
}

start_proxy()
{
	"$bin/chop_proxy" --to "$port" --seed "$seed" >line &
	proxy_pid=$!
	until grep -qs '^ready ' line; do
		kill -0 "$proxy_pid" 2>/dev/null || fail 'no proxy'
		sleep 0.02
	done
	line=127.0.0.1:$(awk '{ print $2 }' line)
}

start_drop()
{
	bash "$here/drop.sh" --ports "$port,${line##*:}" --every $((60000 / clients)) --seed "$seed" >dropped 2>errors/drop &
	drop_pid=$!
	until grep -qs '^ready' dropped; do
		kill -0 "$drop_pid" 2>/dev/null || fail "nobody drops packets: $(cat errors/drop)"
		sleep 0.02
	done
}

# acks_are_true WORD...: what everybody was told is in log.json
acks_are_true()
{
	local result=0

	bash "$here/check_acks.sh" log.json notes final "$@" >out 2>err || result=$?
	compared=$(sed -n 's/.*: \([0-9]* differences\)$/\1/p' out)
	cat out
	is 0 "$result" 'exit code of check_acks.sh'
}

make_units()
{
	local i

	printf 'code,parent,kind,name,reports,opened,closed,act\n'
	printf 'P,,province,Tỉnh P,no,2020-01-01,,\n'
	printf 'D,P,direct,Huyện Một,no,2020-01-01,,\n'
	for ((i = 1; i <= clients; i++)); do
		printf 'U.%02d,D,base_committee,Đảng bộ xã %d,yes,2020-01-01,,\n' "$i" "$i"
	done
}

enrol_all()
{
	local i name

	for ((i = 1; i <= clients; i++)); do
		printf -v name %02d "$i"
		"$ketnapd" enroll "U.$name" --role approver --person "Người $i" --data s --json >code.json
		exits 0 "$ketnap" enroll "$line" "$(jq -r .code code.json)" --data "c$name"
	done
}

[ "$drop" = 0 ] || ip link set lo up
mkdir errors notes final
make_units >tree.csv
k init --illustrative --tree tree.csv --data s
k clock 2022-09-22 --data s
start_server
start_proxy
enrol_all
[ "$drop" = 0 ] || start_drop
cp -r c02 older-02
stop_calm

# --- the storm -----------------------------------------------------------------------------------------
"$bin/storm" --ketnapd "$ketnapd" --ketnap "$ketnap" --watch "$bin/libstorm_watch.so" --dir . \
	--port "$port" --proxy "$proxy_pid" --drop "${drop_pid:-0}" --clients "$clients" --kills "$kills" --seconds "$seconds" \
	--seed "$seed" &
storm_pid=$!
# In the middle of it, between two deaths of the server or during one.
until [ "$(cat notes/*.jsonl 2>/dev/null | wc -l)" -ge $((6 * clients)) ] || ! kill -0 "$storm_pid" 2>/dev/null; do
	sleep 0.1
done
"$ketnapd" backup middle.mdb --data s >/dev/null 2>errors/backup || fail "no backup: $(cat errors/backup)"
wait "$storm_pid" || fail "the storm failed, seed $seed"
storm_pid=''
kill "$proxy_pid"
wait "$proxy_pid" || fail 'the line was too good'
proxy_pid=''
tail -n 1 line
if [ "$drop" = 1 ]; then
	kill "$drop_pid"
	wait "$drop_pid" || fail "no packet was dropped: $(cat errors/drop)"
	drop_pid=''
	tail -n 1 dropped
fi
# What a sanitizer or an assert said in a process that was killed afterwards.
is '' "$(grep -rhE 'Sanitizer:|runtime error:|Assertion' errors || true)" 'what the programs complained of'

# --- what is true afterwards ---------------------------------------------------------------------------
exits 0 "$ketnapd" log --data s --json
mv out log.json
acks_are_true
is true "$(json .ok verify --data s)" 'verify'
for final in final/*.json; do
	unit=$(jq -r .unit "$final")
	is "$(jq .class_sent "$final")" "$(json '.measures.class_sent // 0' totals "$unit" --from 2020-01-01 \
		--to 2022-09-30 --data s)" "what $unit signed last"
done

# --- the checker sees what is wrong ----------------------------------------------------------------------
# lies WHAT LOG NOTES FINAL: this is not accepted.
lies()
{
	local result=0

	bash "$here/check_acks.sh" "$2" "$3" "$4" >out 2>err || result=$?
	checks=$((checks + 1))
	[ $result -ne 0 ] || fail "the checker does not see $1"
	grep -q ' [1-9][0-9]* differences' out || fail "the checker fails on $1 without naming it"
}

# false_note WHAT FILTER: one more line, made by FILTER from one that is true
false_note()
{
	rm -rf false
	cp -r notes false
	grep -h '"told"' notes/*.jsonl | sed -n 1p | jq -c "$2" >>false/01.jsonl
	lies "$1" log.json false final
}

false_note 'an ack of an op that nobody made' '.told |= sub("-1-.*"; "-1-999999")'
rm -rf false
cp -r notes false
sed -i "0,/\"told\"/{/\"told\"/s/\"lsn\": \([0-9]*\)/\"lsn\": 9\1/}" false/01.jsonl
lies 'another lsn' log.json false final
rm -rf false
cp -r notes false
sed -i '0,/"told"/{/"told"/s/"accepted"/"late"/}' false/01.jsonl
lies 'another verdict' log.json false final
made="$(jq -r '.[0].device' <(jq '[.[] | select(.reason | startswith("storm 01-"))]' log.json))-1-999999"
rm -rf false
cp -r notes false
printf '{"made": "%s", "reason": "storm 01-99999"}\n{"told": "%s", "verdict": "accepted", "code": "ok", "lsn": 77}\n' \
	"$made" "$made" >>false/01.jsonl
lies 'a made-up ack of a sheet that is not in the log' log.json false final
jq '. + [[.[] | select(.reason | startswith("storm "))][0] | .lsn = 9999999]' log.json >twice.json
lies 'an entry that is there twice' twice.json notes final
jq '[.[] | select(.reason == "storm 01-00001" | not)]' log.json >lost.json
lies 'an entry that is lost' lost.json notes final
cp -r final held
jq '.status.queued = 1' final/01.json >held/01.json
lies 'an op that is still queued' log.json notes held

# --- older copies --------------------------------------------------------------------------------------------
[ "$older" = 1 ] || exit 0
# delivered NAME: syncs until nothing waits there
delivered()
{
	local i name=$1

	for ((i = 0; i < 20; i++)); do
		if "$ketnap" sync --data "$name" --server "127.0.0.1:$port" >sync.out 2>sync.err &&
			[ "$("$ketnap" status --data "$name" --json | jq .queued)" = 0 ]; then
			return 0
		fi
	done
	fail "$name cannot deliver: $(cat sync.err)"
}

# one_more NAME OF NUMBER FIGURE: that folder signs the first month again; noted as what the client OF makes
one_more()
{
	exits 0 "$ketnap" enter monthly 2020-01 "class_sent=$4" --old --data "$1"
	exits 0 "$ketnap" submit monthly 2020-01 --blanks-nil --old --reason "storm $2-$3" --data "$1" --json
	jq -c --arg reason "storm $2-$3" '{made: .op, $reason}' out >>"notes/$2.jsonl"
	printf '{"killed": "storm %s"}\n' "$2" >>"notes/$2.jsonl" # nobody writes down what it is told from here on
}

# The server has the store of the middle of the storm, and says so. Its devices bring the rest.
cp middle.mdb s/store/data.mdb
rm -f s/store/lock.mdb s/course
k restore --cause 'the disk after the storm' --data s
before=$(jq length log.json)
start_server
[ "$(json .lsn status --data s)" -lt "$before" ] || fail 'nothing is lacking'
for ((i = 1; i <= clients; i++)); do
	printf -v name %02d "$i"
	delivered "c$name"
	"$ketnap" status --data "c$name" --json | jq --slurpfile was "final/$name.json" '$was[0] + {status: .}' >again.json
	mv again.json "final/$name.json"
done
k restore --end --data s
exits 0 "$ketnapd" log --data s --json
mv out log.json
acks_are_true restored

# One device's folder is that of before the storm, and it learns what it made; another's is in two places.
rm -rf c02
cp -r older-02 c02
delivered c02
one_more c02 02 90001 901
delivered c02
cp -r c01 copy-01
one_more c01 01 90001 902
delivered c01
exits 0 "$ketnap" enter monthly 2020-02 class_sent=903 --old --data copy-01
exits 0 "$ketnap" submit monthly 2020-02 --blanks-nil --old --reason 'of the copy' --data copy-01
exits 0 "$ketnap" sync --server "127.0.0.1:$port" --data copy-01
exits 1 "$ketnap" sync --server "127.0.0.1:$port" --data c01
has 'two computers' err
k lift "$(jq -r .device <("$ketnap" status --data c01 --json))" --reason 'the copy is wiped' \
	--installation "$(jq -r .installation <("$ketnap" status --data c01 --json))" --data s
delivered c01 # it learns of its new start before it signs
one_more c01 01 90002 904
delivered c01
stop_calm
exits 0 "$ketnapd" log --data s --json
mv out log.json
rm final/0[12].json
acks_are_true restored
is true "$(json .ok verify --data s)" 'verify after older copies'
is 901 "$(json .measures.class_sent totals U.02 --from 2020-01-01 --to 2020-01-31 --data s)" 'of the older folder'
is 904 "$(json .measures.class_sent totals U.01 --from 2020-01-01 --to 2020-01-31 --data s)" 'of the one that was copied'
