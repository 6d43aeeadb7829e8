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
	local dir=$1

	shift
	: >"$dir.follow"
	"$ketnapd" follow "$@" --data "$dir" >"$dir.follow" 2>>"$dir.follow.log" </dev/null &
	follow_pid=$!
	waits_to_hear "$follow_pid" '^following ' "$dir.follow" "$dir.follow.log"
}

# new_standby DIR: enrolled at the server of $data, following.
new_standby()
{
	local code

	code=$(code_of P --role standby --person "Máy dự phòng")
	follow "$1" "$address" "$code"
}

# level DIR: waits until the standby has the log of the server in $data, and says so.
level()
{
	waits_for "the standby $1 has caught up" says "$1" ".lsn >= $(lsn_of "$data") and .standby.state == \"level\""
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

# sheet DIR PERIOD ADMITTED BEGIN: entered and signed there, for a reason that nothing else has: by it the op is known
# in every log. All of them stand in `made`.
sheet()
{
	local reason

	touch made
	reason="$1 $(($(wc -l <made) + 1))"
	signed "$@" --reason "$reason"
	printf '%s\n' "$reason" >>made
}

# Every op of a device that the log of DIR has, a line each: the reason, which no two sheets share, and what became of it.
ops_of()
{
	k log --data "$1" --json
	jq -r '.[] | select(.device != "0000000000000000") | "\(.reason)|\(.device) \(.kind) \(.unit) \(.verdict)"' out | sort
}

# differences MADE ACKED NOW: what is wrong with a log, of whose ops NOW has the lines. Each reason of MADE must be there
# once and nothing else at all, and each line of ACKED as it was told.
differences()
{
	awk -F'|' '
		FILENAME == ARGV[1] { made[$1]++; next }
		FILENAME == ARGV[2] { acked[$0]++; next }
		{ now[$0]++; times[$1]++ }
		END {
			for (r in made)
				if (made[r] != 1 || times[r] != 1)
					printf "%s: made %d times, %d times in the log\n", r, made[r], times[r]
			for (r in times)
				if (!(r in made))
					printf "%s: in the log, and never made\n", r
			for (line in acked)
				if (now[line] != 1)
					printf "%s: told so, and so %d times in the log\n", line, now[line]
		}' "$@"
}

# once MADE ACKED NOW: nothing is missing and nothing there twice. The controls: a log in which one op is lacking, one
# is there twice, one was told otherwise.
once()
{
	local line name

	is '' "$(differences "$@")" "the ops of $3, each once"
	line=$(head -n 1 "$2") name=${line%%|*}
	grep -vxF -- "$line" "$3" >changed
	is "$name: made 1 times, 0 times in the log" "$(differences "$1" "$2" changed | grep made)" 'control: lacking'
	{ cat "$3"; printf '%s\n' "$line"; } >changed
	is "$name: made 1 times, 2 times in the log" "$(differences "$1" "$2" changed | grep made)" 'control: twice'
	{ cat changed; printf '%s\n' "${line/% accepted/ refused}"; } | sort -u | grep -vxF -- "$line" >changed.too
	is "$line: told so, and so 0 times in the log" "$(differences "$1" "$2" changed.too)" 'control: told otherwise'
}
