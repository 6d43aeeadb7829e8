#!/usr/bin/env bash
# Peers that are silent, half open, many, or all of it, with few descriptors left: those who have work to do
# still get it done.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

# silent COUNT: connections that say nothing, in the background until $silent is killed.
silent()
{
	python3 - "${address%:*}" "${address##*:}" "$1" >silent.out <<'PY' &
import socket, sys, time
held = []
for _ in range(int(sys.argv[3])):
    try:
        s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
        held.append(s)
    except OSError:
        pass
print(len(held), flush=True)
time.sleep(60)
PY
	silent=$!
	pids+=("$silent")
	for _ in $(seq 200); do
		[ ! -s silent.out ] || return 0
		sleep 0.05
	done
	fail 'the silent ones do not come'
}

make_small d
serve d --per-host 300
enroll d NA c1 --role approver

# --- silent ones beside one who works ------------------------------------------------------------------

silent 200
month 2022-08 c1
c sync --data c1 --json
is 1 "$(jq .acked out)" 'acked beside 200 silent ones'
kill "$silent"
wait "$silent" 2>/dev/null || true

# --- more than one host may have ------------------------------------------------------------------------

silent 500
fds=$(find "/proc/$server/fd" -mindepth 1 | wc -l)
[ "$fds" -lt 400 ] || fail "$fds descriptors for one host"
kill "$silent"
wait "$silent" 2>/dev/null || true
sleep 0.3
month 2022-07 c1
c sync --data c1
stop 0

# --- few descriptors ---------------------------------------------------------------------------------------

# With 90 of them only 26 are for connections; what comes beyond is told at once to come later.
ulimit -n 90
listen=$address # where its devices look for it
serve d
silent 60
is true "$(json '.serving | tostring' status --data d)" 'local commands go on'
kill "$silent"
wait "$silent" 2>/dev/null || true
sleep 0.3
month 2022-06 c1
c sync --data c1 --json
is 1 "$(jq .acked out)" 'acked after the flood'
stop 0
k verify --data d
is 3 "$(json '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log --data d)" 'sheets in the log'
