#!/usr/bin/env bash
# A village without a line: enrolled by stick, its months carried by its district, the answers carried back,
# until all of it is confirmed there. What is damaged, of another store or revoked is refused in words.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

# ask_by_stick DIR UNIT: with the server as it is, running or not. The answer is DIR.enrolled.
ask_by_stick()
{
	code=$(code_of "$2" --role approver --person "Người $1")
	c "$1" enroll "$code" --request "$1.request"
	has 'take it to the server' out
	exits 0 "$ketnapd" enroll --request "$1.request" --answer "$1.enrolled" --data "$data"
	has "of $2 is enrolled" out
}

enrol_by_stick()
{
	ask_by_stick "$1" "$2"
	c "$1" import "$1.enrolled"
	has "($2) is enrolled" out
}

# Where the second file of an answer begins: label 16, hash 32, length 4, content, hash 32.
log_at()
{
	echo $((16 + 32 + 4 + 32 + 0x$(od -An -tx1 -j 48 -N 4 "$1" | tr -d ' \n')))
}

small_province s

# --- enrolled by stick, while the server runs --------------------------------------------------------
ask_by_stick a D.A
at=$(log_at a.enrolled)
cp a.enrolled bad.enrolled
printf 'XX' | dd of=bad.enrolled bs=1 seek=$((at + 200)) conv=notrunc status=none
exits 1 "$ketnap" import bad.enrolled --data a
has 'damaged' err
head -c $((at + 300)) a.enrolled >bad.enrolled
exits 1 "$ketnap" import bad.enrolled --data a
has 'not whole' err
is true "$(cj a .synced import a.enrolled)" 'the log came with the answer'
is 'approver true' "$(cj a '"\(.role) \(.read_to > 5)"' status)" 'enrolled, and the log is read'
is '12' "$(cj a '.[0].goal' progress)" 'the own target came with it'
c a export early.bundle
k bundle early.bundle --answer early.answer --data s # to be brought when it is long outdated
c a enter monthly 2022-07 members_end=17             # after one trip
c a submit monthly 2022-07 --nil
is 1 "$(cj a .queued status)" 'a month is signed'
exits 0 "$ketnapd" enroll --request a.request --answer again.enrolled --data s # the answer was lost
c z enroll "$code" --request z.request # a code that is used
exits 1 "$ketnapd" enroll --request z.request --answer z.enrolled --data s --lang vi
has 'mã không có, đã dùng' err
[ ! -e z.enrolled ] || fail 'a refused request has no answer'
exits 1 "$ketnap" import a.enrolled --data z
has 'another request' err

# an answer without the log, as older servers write it: its first bundle is empty and asks for it
ask_by_stick w D.A
head -c "$(log_at w.enrolled)" w.enrolled >short.enrolled
is false "$(cj w .synced import short.enrolled)" 'enrolled, and nothing read yet'
is 'approver false 0' "$(cj w '"\(.role) \(.delivered) \(.read_to)"' status)" 'nothing read'
exits 1 "$ketnap" enter monthly 2022-07 members_end=17 --data w
c w export first.bundle
has 'nothing is queued' out
k bundle first.bundle --answer first.answer --data s
has 'accepted 0' out
c w import first.answer
is true "$(cj w '.read_to > 5' status)" 'the log came by stick'
is '12' "$(cj w '.[0].goal' progress)" 'the own target came by stick'

# --- months, carried by the district -----------------------------------------------------------------
c a enter monthly 2022-08 admitted=3 src_rural=3 members_end=20
c a submit monthly 2022-08 --blanks-nil
is 2 "$(cj a .ops export a.bundle)" 'ops in the bundle'
enrol d D
lsn=$(lsn_of s)
for at in 0 17 40 60 500 -1; do # one byte changed, anywhere
	cp a.bundle bad.bundle
	[ "$at" -ge 0 ] || at=$(($(stat -c %s a.bundle) - 1))
	byte=$(od -An -tu1 -j "$at" -N 1 a.bundle)
	# shellcheck disable=SC2059
	printf "\\$(printf %o $(((byte + 1) % 256)))" | dd of=bad.bundle bs=1 seek="$at" conv=notrunc status=none
	exits 1 "$ketnap" import bad.bundle --data d --lang vi
	exits 1 "$ketnapd" bundle bad.bundle --answer no.answer --data s
done
has 'hỏng' <("$ketnap" import bad.bundle --data d --lang vi 2>&1 || true)
head -c 300 a.bundle >cut.bundle
exits 1 "$ketnap" import cut.bundle --data d --lang vi
has 'chép lại' err
is "$lsn" "$(lsn_of s)" 'nothing damaged was taken'
exits 1 "$ketnap" import a.bundle --data a
has "own bundle" err
c d import a.bundle
has 'carries it to the server' out
c d import a.bundle # again changes nothing
is '1 waiting D.A' "$(cj d '"\(.carried | length) \(.carried[0].state) \(.carried[0].unit)"' status)" 'carried'
exits 1 "$ketnap" export early.answer --answer-for D.A --data d
has 'no answer yet' err
is '1 0 0' "$(cj d '.carried | "\(.answered) \(.refused) \(.left)"' sync)" 'the sync carried it'
is "$((lsn + 2))" "$(lsn_of s)" 'two sheets'
is 3 "$(json .measures.admitted totals D.A --period 2022-08 --data s)" 'counted at the server'
is answered "$(cj d '.carried[0].state' status)" 'its answer is here'
c d export a.answer --answer-for D.A
exits 1 "$ketnap" import a.answer --data d
has 'for another device' err
is '0 2 false' "$(cj a '"\(.acked) \(.queued) \(.delivered)"' status)" 'before the answer'
is 'answer true 2 0 5' "$(cj a '"\(.kind) \(.ok) \(.acked) \(.refused) \(.pulled)"' import a.answer)" 'the answer'
c a status
has 'confirmed by the server' out
is '2 0 true' "$(cj a '"\(.acked) \(.queued) \(.delivered)"' status)" 'green'
c a import a.answer # again changes nothing
is '2 0 true' "$(cj a '"\(.acked) \(.queued) \(.delivered)"' status)" 'still green'
c a import early.answer # an older one neither
is '2 0 true' "$(cj a '"\(.acked) \(.queued) \(.delivered)"' status)" 'still green'

# --- a neighbour takes it, who cannot deliver --------------------------------------------------------
enrol near D.B
c near import a.bundle
has 'from a unit above its own only' out
lacks ' ?' out
c near sync
is refused "$(cj near '.carried[0].state' status)" 'not taken from a neighbour'
c near status
has 'must go through a unit above its own' out
exits 1 "$ketnap" export near.answer --answer-for "$(cj a .device status)" --data near
has 'must go through a unit above its own' err

# --- by either way, in either order, once ------------------------------------------------------------
lsn=$(lsn_of s)
k bundle a.bundle --answer again.answer --data s
has 'accepted 2' out
is "$lsn" "$(lsn_of s)" 'twice is once'
c a enter monthly 2022-09 admitted=1 src_rural=1 members_end=21
c a submit monthly 2022-09 --blanks-nil
c a export late.bundle
is '1 1' "$(cj a '"\(.sent) \(.acked)"' sync --server "$address")" 'by wire first'
c a enter monthly 2022-09 admitted=2 src_rural=2 members_end=22
c a submit monthly 2022-09 --blanks-nil --reason 'thêm một người'
c a sync
lsn=$(lsn_of s)
k bundle late.bundle --answer late.answer --data s
is "$lsn" "$(lsn_of s)" 'a late bundle changes nothing'
c a import late.answer
is '4 0 1 true' "$(cj a '"\(.acked) \(.queued) \(.epoch) \(.delivered)"' status)" 'nor does its answer'

# --- without a running server ------------------------------------------------------------------------
stop_server
enrol_by_stick b D.B
c b export b.bundle
exits 2 "$ketnapd" bundle b.bundle --data s
has '--answer' err
is 'D.B 0' "$(json '"\(.unit) \(.accepted)"' bundle b.bundle --answer b.answer --data s)" 'directly, no server'
c b import b.answer
c b enter monthly 2022-08 members_end=9
c b submit monthly 2022-08 --nil
c b export b.bundle
has '1 signed sheets' out

# another store
k init --tree tree.csv --data other
exits 1 "$ketnapd" bundle b.bundle --answer no.answer --data other
has 'another store' err

# not below the carrier: the village cannot carry for its neighbour
serve s
c a import b.bundle
is '0 1 0' "$(cj a '.carried | "\(.answered) \(.refused) \(.left)"' sync)" 'not below the carrier'
is refused "$(cj a '.carried[0].state' status)" 'its carrier is told'

# revoked: the bundle is not good any more, and its carrier is told
c d import b.bundle
device=$(cj b .device status)
k revoke "$device" --reason 'mất máy' --data s
is '0 1 0' "$(cj d '.carried | "\(.answered) \(.refused) \(.left)"' sync)" 'a revoked device'
c d status
has 'no good' out
exits 1 "$ketnapd" bundle b.bundle --answer no.answer --data s
has 'revoked' err

# --- the revoked device's folder goes on as another device -------------------------------------------
code=$(code_of D.B --role approver --person 'Người b')
exits 1 "$ketnap" enroll "$address" "$code" --data b
has 'say --again' err
exits 1 "$ketnap" sync --data b --server "$address"
has 'revoked' err
c b enroll "$address" "$code"
has 'wait for a decision' out
is '1 0 ' "$(cj b '"\(.aside) \(.acked) \(.halt)"' status)" 'what it held is put to a person'
[ "$(jq -r .device out)" != "$device" ] || fail 'another device id'
op=$(cj b '.[0].op' aside)
c b aside again "$op"
is '1 1' "$(cj b '"\(.sent) \(.acked)"' sync)" 'sent anew by a person'
is true "$(cj b .delivered status)" 'green'
[ ! -e b/again.pem ] || fail 'the new keys are in place'
stop_server
k verify --data s
