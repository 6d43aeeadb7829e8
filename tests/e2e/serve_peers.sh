#!/usr/bin/env bash
# Peers that are silent, half open, many, or all of it, with few descriptors left: those who have work to do
# still get it done.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

# silent COUNT: connections that say nothing, in the background until $silent is killed. silent.ended has how many of them the
# server has ended, when two seconds are over and it is more than five, or eight are over: after ten it ends them all.
silent()
{
	rm -f silent.out silent.ended
	python3 - "${address%:*}" "${address##*:}" "$1" >silent.out <<'PY' &
import os, socket, sys, time
held = []
for _ in range(int(sys.argv[3])):
    try:
        s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
        held.append(s)
    except OSError:
        pass
print(len(held), flush=True)
begun = time.monotonic()
ended = 0
while ended <= 5 and time.monotonic() - begun < 8:
    time.sleep(2)
    ended = 0
    for s in held:
        s.setblocking(False)
        try:
            ended += s.recv(1) == b''
        except BlockingIOError:
            pass
        except OSError:
            ended += 1
with open('silent.ended.new', 'w') as f:
    print(ended, file=f)
os.rename('silent.ended.new', 'silent.ended')
time.sleep(60)
PY
	silent=$!
	pids+=("$silent")
	waits_for 'the silent ones have come' [ -s silent.out ]
}

# served: the month of c1 is acked, once those that were killed are gone at the server too.
served()
{
	"$ketnap" sync --data c1 --json >out 2>err </dev/null
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
month 2022-07 c1
waits_for 'c1 is served again' served
is 1 "$(jq .acked out)" 'acked once they were gone'
stop 0

# --- no descriptor is left ----------------------------------------------------------------------------------

# The limit falls while it runs, to a few above what it has open: below what it believed it could take, so that
# accept() itself fails.
open_files()
{
	find "/proc/$server/fd" -mindepth 1 | wc -l
}

# What the process has used of a processor, in hundredths of a second.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$server/stat"
}

listen=$address
serve d --per-host 300
limit=$(($(open_files) + 8))
prlimit --pid "$server" --nofile="$limit"
silent 60
waits_for 'nothing is accepted' grep -q 'accepting paused: Too many open files' log.d
has 'accepting paused: Too many open files' log.d
[ "$(open_files)" -ge $((limit - 1)) ] || fail "$(open_files) of $limit descriptors: nothing has run out"
month 2022-06 c1
before=$(ticks)
exits 75 "$ketnap" sync --data c1 --json # reset at once, or not heard in time
sleep 1
spent=$(($(ticks) - before))
[ "$spent" -lt 60 ] || fail "$spent ticks of the processor for peers that say nothing"
is 1 "$("$ketnap" status --data c1 --json | jq .queued)" 'the month waits'
waits_for 'the silent ones have counted' [ -s silent.ended ]
ended=$(cat silent.ended)
[ "$ended" -gt 5 ] || fail "only $ended of those without a descriptor were told"
kill "$silent"
wait "$silent" 2>/dev/null || true
waits_for 'c1 is served again' served
is 1 "$(jq .acked out)" 'acked once there were descriptors again'
[ "$(open_files)" -le "$limit" ] || fail 'more descriptors than the limit'
stop 0

# --- few descriptors ---------------------------------------------------------------------------------------

# With 90 of them only 26 are for connections; what comes beyond is told at once to come later.
ulimit -n 90
serve d
silent 60
is true "$(json '.serving | tostring' status --data d)" 'local commands go on'
kill "$silent"
wait "$silent" 2>/dev/null || true
month 2022-09 c1
waits_for 'c1 is served again' served
is 1 "$(jq .acked out)" 'acked after the flood'
stop 0
k verify --data d
is 4 "$(json '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log --data d)" 'sheets in the log'
