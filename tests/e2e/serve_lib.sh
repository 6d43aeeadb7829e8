# What the tests of a running server share, beside lib.sh.
# shellcheck shell=bash disable=SC2154

readonly ketnap=$KETNAP_BUILD/stage/bin/ketnap
pids=()

leave_serving()
{
	local result=$? pid

	for pid in "${pids[@]}"; do
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	if [ $result -ne 0 ] && ls log.* >/dev/null 2>&1; then
		tail -n 15 log.*
	fi
	rm -rf -- "$work"
	[ $result -ne 0 ] || printf '%d checks\n' "$checks"
}
trap leave_serving EXIT

# serve DIR [OPTION ...]: in the background; its process in $server, its address in $address.
serve()
{
	local dir=$1

	shift
	: >"ready.$dir"
	"$ketnapd" serve --data "$dir" --listen "${listen:-127.0.0.1:0}" "$@" >"ready.$dir" 2>>"log.$dir" </dev/null &
	server=$!
	pids+=("$server")
	waits_to_hear "$server" '^ready ' "ready.$dir" "log.$dir"
	checks=$((checks + 1))
	grep -qE '^ready [^ ]+:[0-9]+ store=[0-9a-f]{32} lsn=[0-9]+$' "ready.$dir" ||
		fail "the ready line: $(cat "ready.$dir")"
	address=$(cut -d' ' -f2 "ready.$dir")
}

# stop CODE [SIGNAL]: end the server and see its exit code.
stop()
{
	local got=0

	kill -"${2:-TERM}" "$server"
	wait "$server" || got=$?
	is "$1" "$got" "exit code of the server after ${2:-TERM}"
}

# c ARGUMENT ...: ketnap, which must succeed.
c()
{
	exits 0 "$ketnap" "$@"
}

# enroll DIR UNIT CLIENT [OPTION ...]: a new device.
enroll()
{
	local dir=$1 unit=$2 client=$3 code

	shift 3
	k enroll "$unit" --data "$dir" --json "$@"
	code=$(jq -r .code out)
	c enroll "$address" "$code" --data "$client"
}

# An illustrative store of the five documents' units, on 22/9/2022.
make_small()
{
	k init --illustrative --tree "$documents/tree.csv" --data "$1"
	k clock 2022-09-22 --data "$1"
}

# month PERIOD CLIENT: a month without events, signed and queued.
month()
{
	c enter monthly "$1" members_end=20 --old --data "$2"
	c submit monthly "$1" --nil --old --data "$2"
}
