#!/usr/bin/env bash
# A device whose disk is full: what does not fit is refused in words, what was typed before stays, and with room
# again it goes on. Skipped where no file system may be mounted.
set -euo pipefail
if [ -z "${KETNAP_FULL_DISK:-}" ]; then
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
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

mkdir disk
mount -t tmpfs -o size=4m none disk
unmount_and_leave()
{
	local result=$?

	umount disk
	leave_client "$result"
}
trap unmount_and_leave EXIT

small_province s
enrol disk/a D.A
c disk/a enter monthly 2022-07 members_end=17
c disk/a submit monthly 2022-07 --nil
head -c 8M /dev/zero >disk/ballast 2>/dev/null || true
got=0 month=0
for measure in admitted restored died expelled struck_off left src_rural src_student; do
	"$ketnap" enter monthly 2022-08 "$measure=$((month += 1))" --data disk/a >out 2>err </dev/null || got=$?
	[ $got -eq 0 ] || break
done
is 75 $got 'exit code on a full disk'
has 'No space left on device' err
has 'this was not kept, all that was there before is: make room on the disk, then do it again' err
is 1 "$(cj disk/a .queued status)" 'what was signed before is there'
rm disk/ballast
c disk/a enter monthly 2022-08 admitted=1 src_rural=1 members_end=18
c disk/a submit monthly 2022-08 --blanks-nil
c disk/a sync
is 2 "$(cj disk/a .acked status)" 'all of it confirmed'
is true "$(json .ok verify --data s)" 'verify'
