# The story's server, for province.sh and client.sh: ketnapd, run and die() are theirs.
# shellcheck shell=bash disable=SC2154
set -euo pipefail

address()
{
	awk '/^ready / { print $2 }' "$run/server.ready"
}

# start_server HOST:PORT: its process in run/server.pid before it begins, so that whoever comes later can
# end it
start_server()
{
	local tries=0

	: >"$run/server.ready"
	# 9 is the lock of scripts/run, which must not live on in the server.
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$0"; exec "$@"' "$run/server.pid" "$ketnapd" serve --data "$run/province" \
		--listen "$1" --log-level warn \
		</dev/null >"$run/server.ready" 2>>"$run/server.log" 9>&- &
	until grep -q '^ready ' "$run/server.ready"; do
		tries=$((tries + 1))
		if [ $tries -eq 400 ] || ! kill -0 $! 2>/dev/null; then
			die "ketnapd: $(tail -n 3 "$run/server.log")"
		fi
		sleep 0.05
	done
}

# The server of run/, if it lives: a number alone may be somebody else's by now.
server_pid()
{
	local pid

	[ -s "$run/server.pid" ] || return 0
	pid=$(cat "$run/server.pid")
	if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "$run/province"; then
		printf '%s' "$pid"
	fi
}

# end_server SIGNAL: and wait, since the next one needs its lock
end_server()
{
	local pid tries=0

	pid=$(server_pid 2>/dev/null)
	[ -n "$pid" ] || return 0
	kill "-$1" "$pid" 2>/dev/null || true
	while [ -n "$(server_pid 2>/dev/null)" ]; do
		tries=$((tries + 1))
		[ $tries -ne 200 ] || kill -KILL "$pid" 2>/dev/null || true
		[ $tries -lt 400 ] || die "ketnapd $pid does not end"
		sleep 0.05
	done
	rm -f "$run/server.pid"
}
