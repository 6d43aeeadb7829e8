#!/usr/bin/env bash
# What one client of the story does, for xargs: client.sh VERB UNIT. Its data directory is run/clients/UNIT.
# The unit "kill" is none: there the server is killed. Expects ketnap, ketnapd, run and address in the
# environment.
# shellcheck disable=SC2154
set -euo pipefail
# shellcheck source=scripts/run.d/server.sh
. "$(dirname "$0")/server.sh"
verb=$1 name=$2 unit=${2%%+*} # QNA.TK.001+2: the second person there
data=$run/clients/$name
log=$run/json/$name

die()
{
	printf '%s\n' "$1" >&2
	exit 1
}

kill_server()
{
	find "$run/delivered" -type f | wc -l >"$run/delivered-at-kill"
	end_server KILL
	sleep 0.5
	start_server "$address"
}

enrol()
{
	local code

	code=$("$ketnapd" enroll "$unit" --role approver --person "Cán bộ $name" --data "$run/province" --json |
		jq -er .code)
	"$ketnap" enroll "$address" "$code" --data "$data" --json >"$log.enroll.json"
}

# Everything from January to the flash in one act. Who enters for others says for whom and why.
enter()
{
	local how=()

	case $unit in
	*.*.*) ;;
	*) how=(--on-behalf --from "điện thoại của cơ sở" --reason "cơ sở chưa có máy") ;;
	esac
	"$ketnap" enter --file "$run/entry/$name.csv" --submit --blanks-nil --old "${how[@]}" --data "$data" \
		--json >"$log.enter.json"
}

# The contact that is broken off; that it fails is what is wanted.
cut()
{
	local result=0

	"$ketnap" sync --server "$address" --data "$data" --json >"$log.cut.json" 2>/dev/null || result=$?
	[ $result -eq 75 ] || {
		printf '%s: the line was to be cut, and sync ended with %d\n' "$name" $result >&2
		return 1
	}
}

# As somebody at a bad line does: until it works. One line for each try.
deliver()
{
	local tries=0 result

	while :; do
		result=0
		tries=$((tries + 1))
		"$ketnap" sync --server "$address" --data "$data" --json >"$log.sync.json" 2>"$log.sync.err" ||
			result=$?
		printf '%d\n' $result >>"$log.tries"
		[ $result -ne 0 ] || break
		if [ $result -ne 75 ] || [ $tries -eq 200 ]; then
			cat "$log.sync.err" >&2
			return 1
		fi
		sleep 0.2
	done
	: >"$run/delivered/$name"
}

status()
{
	"$ketnap" status --data "$data" --json >"$log.status.json"
}

if [ "$name" = kill ]; then
	kill_server
else
	"$verb"
fi
printf '%s %s\n' "$verb" "$name"
