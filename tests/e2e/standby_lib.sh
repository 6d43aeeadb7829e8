# A standby beside the server of client_lib.sh. Sourced after it.
# shellcheck shell=bash disable=SC2034,SC2154
follow_pid=

stop_following()
{
	[ -n "$follow_pid" ] || return 0
	kill -"${1:-TERM}" "$follow_pid" 2>/dev/null || true
	wait "$follow_pid" 2>/dev/null || true
	follow_pid=
}

leave_standby()
{
	local result=${1:-$?}

	stop_following KILL
	[ "$result" -eq 0 ] || tail -n 5 ./*.follow.log 2>/dev/null || true
	leave_client "$result"
}
trap leave_standby EXIT

# follow DIR [HOST:PORT [CODE]]: in the background, until stop_following; waits for its line.
follow()
{
	local dir=$1 i

	shift
	: >"$dir.follow"
	"$ketnapd" follow "$@" --data "$dir" >"$dir.follow" 2>>"$dir.follow.log" </dev/null &
	follow_pid=$!
	for ((i = 0; i < 200; i++)); do
		! grep -q '^following ' "$dir.follow" || return 0
		kill -0 "$follow_pid" 2>/dev/null || fail "the standby ended: $(tail -n 3 "$dir.follow.log")"
		sleep 0.05
	done
	fail "the standby does not follow: $(tail -n 3 "$dir.follow.log")"
}

# new_standby DIR: enrolled at the server of $data, following.
new_standby()
{
	local code

	code=$(code_of P --role standby --person "Máy dự phòng")
	follow "$1" "$address" "$code"
}

# level DIR: waits until the standby has the log of the server in $data.
level()
{
	local want i

	want=$(lsn_of "$data")
	for ((i = 0; i < 200; i++)); do
		[ "$(lsn_of "$1")" -lt "$want" ] || return 0
		sleep 0.05
	done
	fail "the standby does not catch up: $(tail -n 3 "$1.follow.log")"
}

# keys_of DIR FILE: the server's own keys into FILE, their code into FILE.code.
keys_of()
{
	k server-keys "$2" --data "$1" --json
	jq -r .code out >"$2.code"
}

# promote CODE DIR KEYS [OPTION ...]: exit code CODE.
promote()
{
	local want=$1 dir=$2 keys=$3 got=0

	shift 3
	"$ketnapd" promote "$keys" --data "$dir" "$@" <"$keys.code" >out 2>err || got=$?
	is "$want" "$got" "exit code of promote $dir"
}

# Every op of a device, as the log of DIR has it: identity cannot be twice in a chain; kind, unit, verdict and body's
# period by the sheet.
ops_of()
{
	k log --data "$1" --json
	jq -r '.[] | select(.device != "0000000000000000") | "\(.device) \(.kind) \(.unit) \(.verdict)"' out | sort
}
