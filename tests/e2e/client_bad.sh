#!/usr/bin/env bash
# What can go wrong at a device, each in words that a clerk can act on, and the entry still there.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

exits 2 "$ketnap"
exits 2 "$ketnap" frobnicate
exits 2 "$ketnap" status
exits 2 "$ketnap" ui
exits 1 "$ketnap" export f --data x
has 'holds no enrolled device' err
exits 2 "$ketnap" export --data x
exits 1 "$ketnap" import f --data x
c x --version
has 'protocol 1 store' out
exits 1 "$ketnap" status --data nowhere
has 'holds no enrolled device' err

small_province s

# --- codes -------------------------------------------------------------------------------------------
code=$(code_of D.A --role approver --person 'Nguyễn Văn A')
typed=${code:0:12}${code:13} # a symbol left out of the third group
exits 1 "$ketnap" enroll "$address" "$typed" --data a
has 'group 3' err
case ${code:12:1} in A) other=B ;; *) other=A ;; esac
exits 1 "$ketnap" enroll "$address" "${code:0:12}$other${code:13}" --data a
has 'group 3 is mistyped' err
exits 1 env KETNAP_LANG=vi "$ketnap" enroll "$address" "${code:0:12}$other${code:13}" --data a
lacks 'mistyped' err
has '3' err
exits 1 "$ketnap" enroll "$address" 22222-22223-22220-22227-22225-22226-22229 --data a
exits 75 "$ketnap" enroll 127.0.0.1:1 "$code" --data a
has 'no line to' err
exits 2 "$ketnap" enroll 127.0.0.1 "$code" --data a
has 'is not HOST:PORT' err
# shellcheck disable=SC2086
c a enroll "$address" ${code//-/ } # with blanks, in lower or upper case
exits 1 "$ketnap" enroll "$address" "$code" --data b
has 'does not take this code' err
exits 1 "$ketnap" enroll "$address" "$code" --data a
has 'already' err

# What is no period, day or entry is the usage's fault, not the figures'.
for wrong in 'enter monthly 2026-13 admitted=1' 'submit monthly 2026-13' 'months --period 2026-13' \
	'months --from 2022-02-30 --to 2022-03-31' 'receipt D.A 2026-13 f' 'close monthly 2026-13' \
	'target unit=D.A period=20x2' 'decide-late x --counts --reason R' 'tree --on 2022-02-30' 'forget Bịa --reason R --confirm x' \
	'recover 0000000000000001 --reason R --confirm x' 'sync --server 127.0.0.1'; do
	# shellcheck disable=SC2086 # the command's own arguments
	exits 2 "$ketnap" $wrong --data a
done
exits 1 "$ketnap" enter monthly 2022-08 admitted=1.5 --data a # but a figure is a figure

# --- another server under the same address ------------------------------------------------------------
c a enter monthly 2022-08 admitted=1 src_rural=1 members_end=9
c a submit monthly 2022-08 --blanks-nil
stop_server
k init --illustrative --tree tree.csv --data t
serve t
exits 1 "$ketnap" sync --data a
has 'is not the server this device was enrolled with' err
has 'nothing is lost: 1 sheets' err
is 1 "$(cj a .queued status)" 'still queued'
stop_server
serve s

# --- the folder --------------------------------------------------------------------------------------
cp -r a v
echo 'ketnap device 99' >v/VERSION
exits 1 "$ketnap" status --data v
has 'another program or version' err
exits 1 "$ketnap" status --data s
rm v/VERSION
exits 1 "$ketnap" status --data v
cp -r a v2
while IFS=: read -r offset _; do
	printf 'X' | dd of=v2/store/data.mdb bs=1 seek="$offset" conv=notrunc status=none
done < <(LC_ALL=C grep -aobF "$address" a/store/data.mdb)
exits 1 "$ketnap" status --data v2
has 'the store in v2 is damaged; keep the folder' err
cp -r a v3
truncate -s 100000 v3/store/data.mdb
for command in status sync months 'enter monthly 2022-08 admitted=1'; do
	# shellcheck disable=SC2086 # the command's own arguments
	exits 1 "$ketnap" $command --data v3
	has 'v3/store/data.mdb was cut short: it has 100,000 bytes of ' err
done
: >v3/store/data.mdb
exits 1 "$ketnap" status --data v3
has 'the store in v3 is damaged; keep the folder' err
exec 9>>a/lock
flock -n 9
exits 75 "$ketnap" status --data a
has 'is held by process' err
exec 9>&-
if [ "$(id -u)" -ne 0 ]; then
	chmod 500 a
	exits 1 "$ketnap" enter monthly 2022-07 admitted=1 --data a
	chmod 700 a
else
	chmod 711 "$work"
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	exits 1 "${as_nobody[@]}" "$ketnap" status --data "$work/a"
	has 'ask who set up this computer' err
	cp -r a theirs # to read and not to write
	chmod -R a+rX theirs
	exits 1 "${as_nobody[@]}" "$ketnap" enter monthly 2022-07 admitted=1 --data "$work/theirs"
	has 'Permission denied' err
	has 'ask who set up this computer' err
	rm -r theirs
fi

# --- a copy put elsewhere is another installation ------------------------------------------------------
cp -r a clone
c a sync
is 'true 1' "$(cj a '"\(.delivered) \(.acked)"' status)" 'the first one delivered'
c clone sync
is '2 1' "$(cj clone '"\(.epoch) \(.acked)"' status)" 'the clone has an epoch of its own, and the op once'
is 1 "$(json '.reporting.reported' totals D.A --period 2022-08 --data s)" 'the sheet counts once'
exits 1 "$ketnap" sync --data a
has 'two computers' err
is true "$(json .ok verify --data s)" 'verify'

# --- the server's disk is put back to before a device was enrolled ------------------------------------------
# First it must be said that it was; then the device is known no more, and goes on with all that it made.
stop_server
cp -r s earlier
serve s
enrol late D.A
for month in 2022-06 2022-07; do
	c late enter monthly $month members_end=20 --old
	c late submit monthly $month --nil --old
	[ $month = 2022-07 ] || c late sync
done
stop_server
rm -r s
mv earlier s
serve s
exits 1 "$ketnap" sync --data late
has 'its operator must declare that it was restored' err
k restore --cause 'a disk died' --data s
exits 1 "$ketnap" sync --data late
has 'ask the operator for a new code' err
has 'nothing typed is lost' err
is 'unknown 1' "$(cj late '"\(.halt) \(.queued)"' status)" 'what was typed is kept'
c late status
has 'ask the operator for a new code' out
k restore --end --data s
code=$(code_of D.A --role approver --person 'Người muộn')
c late enroll "$address" "$code" # without --again: a contact has said it
is '2 0 ' "$(cj late '"\(.aside) \(.acked) \(.halt)"' status)" 'what was confirmed once is put to a person too'
for op in $(cj late '.[].op' aside); do
	c late aside again "$op"
done
is '2 2' "$(cj late '"\(.sent) \(.acked)"' sync)" 'sent by a person'
is true "$(cj late .delivered status)" 'green'
is '1 1' "$(json .reporting.reported totals D.A --period 2022-06 --data s) $(json .reporting.reported \
	totals D.A --period 2022-07 --data s)" 'they count'
