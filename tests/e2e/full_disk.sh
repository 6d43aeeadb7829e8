#!/usr/bin/env bash
# A disk of 4 MB: what does not fit is refused whole, what was there before stays and verifies, and with room
# again the same file goes in. Skipped where no file system may be mounted.
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

"$make_province" csv >/dev/null
mkdir disk
mount -t tmpfs -o size=4m none disk
unmount_and_leave()
{
	local result=$?

	umount disk
	leave "$result"
}
trap unmount_and_leave EXIT

k init --tree csv/tree.csv --data disk/s
k import members csv/members.csv --data disk/s
full=no
for file in csv/figures-*.csv; do
	before=$(lsn_of disk/s)
	got=0
	"$ketnapd" import figures "$file" --data disk/s >out 2>err </dev/null || got=$?
	[ $got -ne 0 ] || continue
	full=yes
	break
done
is yes $full 'the disk filled up'
is 75 "$got" 'exit code on a full disk'
has 'no room is left; make some and try again' err
is 1 "$(wc -l <err)" 'lines on stderr'
is "$before" "$(lsn_of disk/s)" 'lsn after what did not fit'
is true "$(json .ok verify --data disk/s)" 'verify on the full disk'
exits 75 "$ketnapd" backup disk/copy.mdb --data disk/s
is '' "$(find disk -maxdepth 1 -name 'copy.mdb*')" 'what is left of half a backup'
mount -o remount,size=16m disk
k import figures "$file" --data disk/s
is true "$(json .ok verify --data disk/s)" 'verify with room again'

# init where nothing fits leaves nothing.
head -c 20M /dev/zero >disk/ballast 2>/dev/null || true
exits 75 "$ketnapd" init --tree csv/tree.csv --data disk/new
[ ! -e disk/new ] || fail "init left $(ls disk/new)"

# No code either, and status says how much room there is.
for ask in 'QNA --role approver' "--subtree QNA.TK --out $work/cards"; do
	# shellcheck disable=SC2086 # several words
	exits 75 "$ketnapd" enroll $ask --data disk/s
	has 'no room is left for an enrolment code; make some and try again' err
done
is 0 "$(json .disk_free status --data disk/s)" 'room on the disk'
k status --data disk/s
has 'free on its disk: 0 MiB' out

# Nor does rebuild where half of the copy fits, and it says what is the matter.
k backup copy.mdb --data disk/s
truncate -s -200K disk/ballast
exits 75 "$ketnapd" rebuild copy.mdb --data disk/new
has 'no room is left; make some and try again' err
[ ! -e disk/new ] || fail "rebuild left $(ls disk/new)"
