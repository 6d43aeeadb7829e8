#!/usr/bin/env bash
# A device that uses nothing but PROTOCOL.md and the .proto files (client.sh beside this) enrols with the real
# server, sends a signed nil month, reads the feed and proves what it was told; what is not right is seen
# on both sides.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$KETNAP_SOURCE/tests/e2e/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$KETNAP_SOURCE/tests/e2e/client_lib.sh"

mkdir room
cp "$KETNAP_SOURCE"/proto/PROTOCOL.md "$KETNAP_SOURCE"/proto/schema/*.proto room
spoil=

# f STATE COMMAND ...: the device, in the folder with the page and the two files, without our environment
f()
{
	(cd room && exec env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 FOREIGN_SPOIL="$spoil" \
		bash "$KETNAP_SOURCE/tests/e2e/foreign/client.sh" "../$1" "${@:2}")
}

# flipped FILE PLACE: one bit of a byte, counted from the end when below zero
flipped()
{
	local hex at=$2 byte

	hex=$(cat "$1")
	[ "$at" -ge 0 ] || at=$((${#hex} / 2 + at))
	byte=$(printf %02x $((16#${hex:$((at * 2)):2} ^ 1)))
	printf '%s\n' "${hex:0:$((at * 2))}$byte${hex:$((at * 2 + 2))}"
}

sheets()
{
	json '[.[] | select(.kind == "sheet")] | length' log --data s
}

small_province s
code=$(code_of D.A --role approver --person 'Người Một')

# --- enrolment: what must not work -------------------------------------------------------------------
wrong=A
[ "${code:12:1}" != A ] || wrong=B
exits 1 f a enrol "$address" "${code:0:12}$wrong${code:13}"
has 'group 3 is mistyped' err
exits 1 f a enrol "$address" 22223-22224-22225-22226-22227-22228-22229 # all zero, and well formed
has 'error 48' err
spoil=proof
exits 1 f a enrol "$address" "$code"
has 'error 48' err
spoil=
k devices --data s --json
is 0 "$(jq length out)" 'devices after refused enrolments'

# --- the server's own proof; the same request again when the answer was no good ----------------------
spoil=answer
exits 1 f a enrol "$address" "$code"
has "the server's proof is wrong" err
spoil=
is '' "$(find a \( -name '*.pem' -o -name store -o -name log_key \))" 'pinned of a bad answer'
device=$(json '.[0].id' devices --data s)
exits 0 f a enrol "$address" "$code"
has "enrolled device=$device unit=" out
is 1 "$(json length devices --data s)" 'devices'
exits 1 f b enrol "$address" "$code"
has 'error 48' err

# --- the first contact: what the unit needs to know --------------------------------------------------
exits 0 f a sync
has 'hello epoch=1 acked=0' out
is "$(lsn_of s)" "$(cat a/cursor)" 'the cursor after the first contact'
is 0 "$(sheets)" 'sheets before'

# --- Hello, Submit and Pull in one flight ------------------------------------------------------------
exits 0 f a month 2022-08 members_end=20
exits 0 f a sync
lsn=$(lsn_of s)
verdict="verdict seq=1 lsn=$lsn verdict=1 code=0"
has "$verdict" out
has "consistent from=$((lsn - 1)) to=$lsn" out
has "page next=$lsn restart=false" out
has "proven seq=1 lsn=$lsn" out
exits 0 f a again 1
has 'hello epoch=1 acked=1' out
has "$verdict" out
is 1 "$(sheets)" 'sheets after the same op came twice'
is "1 1 20 0" "$(json '"\(.reporting.reported) \(.sheets.nil) \(.measures.members_end) \(.measures.admitted)"' \
	totals D.A --period 2022-08 --data s)" 'what the server counts'
k verify --data s

# --- the receipt, without the server -----------------------------------------------------------------
stop_server
exits 0 f a check receipt.1 "$lsn"
has good out
exits 1 f a check receipt.1 $((lsn - 1))
has 'the path does not lead' err
# bytes of the Receipt: the entry first, at the end path, 3 bytes, head (signed 80, 2 bytes, signature 64)
for place in 60:path 100:path -152:path -67:head -1:head; do
	flipped a/receipt.1 "${place%:*}" >a/bad
	exits 1 f a check bad "$lsn"
	has "receipt: the ${place#*:}" err
done

# --- another server than the one pinned --------------------------------------------------------------
serve s
mv a/store a/store.good
printf '%032d\n' 0 >a/store
exits 1 f a sync
has 'another server' err
mv a/store.good a/store
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -subj /O=Other \
	-out a/other.pem 2>/dev/null
mv a/ca.pem a/ca.good
mv a/other.pem a/ca.pem
exits 1 f a sync
has 'no TLS' err
mv a/ca.good a/ca.pem
exits 0 f a sync
is 'PROTOCOL.md op.proto wire.proto' "$(cd room && echo ./* | sed 's,\./,,g')" 'the folder it works in'
