#!/usr/bin/env bash
# A server whose disk fills up while it serves: what does not fit is "not now", nothing acked is lost, reading goes on,
# and with room again the same process goes on by itself. Skipped where no file system may be mounted.
set -euo pipefail
if [ -z "${KETNAP_FULL_DISK:-}" ]; then
	# In a chroot `/` is no mount point, so its propagation cannot be changed.
	for how in private unchanged; do
		if unshare --mount --propagation "$how" true 2>/dev/null; then
			KETNAP_FULL_DISK=yes exec unshare --mount --propagation "$how" bash "$0"
		fi
	done
	echo 'skipped: not permitted to mount a small disk here'
	exit 77
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

mkdir disk
mount -t tmpfs -o size=4m none disk
unmount_and_leave()
{
	local result=$? pid

	for pid in "${pids[@]}"; do
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	umount -l disk
	leave_serving "$result"
}
trap unmount_and_leave EXIT

make_small disk/d
ln -s disk/d d
serve d
enroll d NA c1 --role approver
enroll d NA c2 --role approver
month 2022-05 c1
c sync --data c1 --json
is 1 "$(jq .acked out)" 'acked before'

# --- full ---------------------------------------------------------------------------------------------------
head -c 8M /dev/zero >disk/ballast 2>/dev/null || true
acked=1 full=no
for period in 2022-06 2022-07 2022-08 2021-01 2021-02 2021-03 2021-04 2021-05 2021-06 2021-07; do
	month "$period" c1
	got=0
	"$ketnap" sync --data c1 --json >out 2>err </dev/null || got=$?
	if [ $got -ne 0 ]; then
		full=yes
		break
	fi
	acked=$((acked + 1))
done
is yes "$full" 'the disk filled up'
is 75 "$got" 'exit code of a device on a full disk'
is 1 "$(wc -l <err)" 'lines on stderr'
is 1 "$("$ketnap" status --data c1 --json | jq .queued)" 'what waits'
kill -0 "$server" || fail 'the server ended'
# reading goes on, for those at the server and for devices
is true "$(json '.serving | tostring' status --data d)" 'local commands'
exits 0 "$ketnap" totals NA --from 2022-01-01 --to 2022-08-31 --data c2 --json
month 2021-12 c2
exits 75 "$ketnap" sync --data c2 --json
exits 75 "$ketnap" sync --data c1 --json
grep -qE 'full|No space|no room' log.d || fail "the log does not say it: $(tail -n 3 log.d)"

# --- room again, the same process -----------------------------------------------------------------------------
rm disk/ballast
served()
{
	"$ketnap" sync --data "$1" --json >out 2>err </dev/null
}
for who in c1 c2; do
	waits_for "$who is served again" served $who
	is 0 "$("$ketnap" status --data $who --json | jq .queued)" "nothing of $who waits any more"
done
kill -0 "$server" || fail 'the server ended'
stop 0
is $((acked + 2)) "$(json '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log --data d)" \
	'sheets in the log'
is true "$(json .ok verify --data d)" 'verify'
