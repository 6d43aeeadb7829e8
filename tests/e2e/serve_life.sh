#!/usr/bin/env bash
# A server's life: ready, in use, stopped, killed, started again; and every local command while it serves.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/serve_lib.sh
. "$(dirname "$0")/serve_lib.sh"

k init --tree "$documents/tree.csv" --data d
serve d --threads 3
is 600 "$(stat -c %a d/server.key)" 'mode of the TLS key'
is 600 "$(stat -c %a d/seal.key)" 'mode of the sealing key'
is 600 "$(stat -c %a d/control)" 'mode of the socket'
is 1 "$(wc -l <ready.d)" 'lines on stdout'

# --- nobody else -----------------------------------------------------------------------------------

exits 75 "$ketnapd" serve --data d --listen 127.0.0.1:0
has 'd is in use by process' err
k init --tree "$documents/tree.csv" --data other
exits 75 "$ketnapd" serve --data other --listen "$address"
has "$address is in use by another program" err
exits 2 "$ketnapd" serve --data other --listen nonsense
exits 2 "$ketnapd" serve --data other --listen 127.0.0.1:0 --log-level loud
has 'is not a log level' err
exits 1 "$ketnapd" serve --data other --listen 192.0.2.1:7441
has 'this machine has no address' err

# --- every command while it serves --------------------------------------------------------------------

is true "$(json '.serving | tostring' status --data d)" 'status: serving'
before=$(lsn_of d)
for what in members targets figures claims; do
	k import "$what" "$documents/$what.csv" --data d
	has "$documents/$what.csv: " out
done
[ "$(lsn_of d)" -gt "$before" ] || fail 'the import wrote nothing'
before=$(lsn_of d)
k import members "$documents/members.csv" --data d --dry-run
has 'would be written' out
printf 'unit,date,members\nNA,2022-13-01,5\nnobody,2022-01-01,7\n' >bad.csv
exits 1 "$ketnapd" import members bad.csv --data d
has 'line 2, column date' err
has 'line 3, column unit' err
has 'nothing was written' err
exits 1 "$ketnapd" import members missing.csv --data d
has 'missing.csv: No such file' err
exits 2 "$ketnapd" import everything bad.csv --data d
is "$before" "$(lsn_of d)" 'lsn after what was refused'
is agrees "$(json '.[] | select(.id == "S0-07").verdict' claims --data d)" 'a claim'
k totals NA --data d --period 2022
has 'Đảng bộ tỉnh Nghệ An' out
k table NA --data d --period 2022
k log --data d --unit NA
has 'import figures' out
k verify --data d
is true "$(json .ok verify --data d)" 'verified while serving'
k backup copy.mdb --data d
has 'verified' out
[ -s copy.mdb ] || fail 'no backup'
exits 1 "$ketnapd" clock 2022-09-22 --data d
k request flash --day 2022-09-22 --due 2022-09-22T16:00 --scope NA --data d
has 'flash up to 2022-09-22' out
exits 1 "$ketnapd" request nothing --day 2022-09-22 --due 2022-09-22 --scope NA --data d
exits 2 "$ketnapd" request flash --scope NA --data d
exits 1 "$ketnapd" request monthly --day 2022-09-22 --due 2022-09-22T16:00 --scope NA --data d
has 'the form monthly is reported for whole periods without being asked' err
sed 's/^version *= *1$/version = 2/' "$KETNAP_SOURCE/common/domain/forms/flash.ini" >flash.ini
before=$(lsn_of d)
k import form flash.ini --data d --dry-run
is "$before" "$(lsn_of d)" 'lsn after a dry run'
k import form flash.ini --data d
is $((before + 1)) "$(lsn_of d)" 'lsn after a form'
exits 1 "$ketnapd" import form flash.ini --data d
has 'there is one already' err
exits 1 "$ketnapd" bundle file --answer file --data d
has 'file: No such file' err
exits 2 "$ketnapd" bundle flash.ini --data d
exits 1 "$ketnapd" bundle flash.ini --answer file --data d
[ ! -e file ] || fail 'an answer to what is no bundle'
is 0 "$(json length devices --data d)" 'devices'
exits 1 "$ketnapd" revoke 0000000000000001 --reason lost --data d
exits 2 "$ketnapd" revoke 0000000000000001 --data d

# In the language of who asks, whatever the server's.
env KETNAP_LANG=vi "$ketnapd" status --data d >out
lacks 'entries:' out

# --- many at once ---------------------------------------------------------------------------------------

many=()
for i in $(seq 12); do
	"$ketnapd" enroll NA --data d --person "No $i" --json >"code.$i" &
	many+=($!)
	"$ketnapd" totals NA --data d --period 2022 --json >"totals.$i" &
	many+=($!)
done
for pid in "${many[@]}"; do
	wait "$pid" || fail 'one of many'
done
is 12 "$(cat code.* | jq -r .code | sort -u | wc -l)" 'different codes'
is 12 "$(find d/codes -type f | wc -l)" 'codes kept'
is 600 "$(stat -c %a d/codes/* | sort -u)" 'their mode'

# --- SIGHUP, stop, kill -----------------------------------------------------------------------------------

stop 0
[ ! -e d/control ] || fail 'the socket is still there'
has 'event=stopped' log.d
k verify --data d
is false "$(json '.serving | tostring' status --data d)" 'status: nobody serves'
printf '[serve]\nlog-level = error\n' >conf.ini
: >log.d
serve d --config conf.ini
is '' "$(cat log.d)" 'log at level error'
printf '[serve]\nlog-level = debug\n' >conf.ini
kill -HUP "$server"
waits_for 'the certificate is read anew' grep -q 'event=certificate' log.d
has 'event=certificate loaded=1' log.d
# hangup: until the server has read all anew; the certificate is the last.
hangup()
{
	: >log.d
	kill -HUP "$server"
	waits_for 'all is read anew' grep -q event=certificate log.d
}
# A wrong file changes nothing; a level that the file says no more is the default again.
printf '[serve]\nlog-level = loud\n' >conf.ini
hangup
has 'event=reload error=' log.d
printf '[serve]\nlog-level = error\ncolour = red\n' >conf.ini
hangup
has "unknown option 'colour'" log.d
printf '[serve]\nlog-level = error\n' >conf.ini
: >log.d
kill -HUP "$server"
sleep 0.5
is '' "$(cat log.d)" 'log at level error again'
printf '[serve]\n' >conf.ini
hangup
# The CA's certificate is still that of who enrols and of what comes by stick.
enroll d NA c1
c export one.bundle --data c1
k bundle one.bundle --answer one.answer --data d
c import one.answer --data c1
lacks event=left-out log.d
stop 0 INT

serve d
stop 137 KILL
[ -S d/control ] || fail 'a killed server removes nothing'
k status --data d
serve d
is true "$(json '.serving | tostring' status --data d)" 'serving again'
is 0 "$("$ketnapd" log --data d --json | jq '[.[] | select(.kind == "start")] | length - 4')" 'starts in the log'
stop 0

# --- what only reads keeps no server from starting ----------------------------------------------------------

# held CONDITION COMMAND ...: ketnapd in the background, stopped while CONDITION holds; its process in $reader.
held()
{
	local condition=$1 i

	shift
	for ((i = 0; i < 200; i++)); do
		rm -f copy.mdb
		"$ketnapd" "$@" --data d --json >read.out 2>read.err </dev/null &
		reader=$!
		while ! $condition && [ -d "/proc/$reader" ]; do :; done
		kill -STOP "$reader" 2>/dev/null || true
		until [[ ! -e /proc/$reader || $(cut -d' ' -f3 "/proc/$reader/stat") = [TZ] ]]; do :; done 2>/dev/null
		! $condition || return 0
		kill -CONT "$reader" 2>/dev/null || true
		wait "$reader" || fail "$*: $(cat read.err)"
	done
	fail "$1 was over each time"
}
copying()
{
	[ -e copy.mdb.part ]
}
looking()
{
	[[ $(cat "/proc/$reader/maps" 2>/dev/null) = *d/store/data.mdb* ]]
}
for what in copying looking; do
	[ $what = looking ] || set -- backup copy.mdb
	[ $what = copying ] || set -- verify
	entries=$(lsn_of d)
	held $what "$@"
	pids+=("$reader")
	serve d
	k import members "$documents/members.csv" --data d
	[ "$(lsn_of d)" -gt "$entries" ] || fail 'nothing was written meanwhile'
	kill -CONT "$reader"
	wait "$reader" || fail "$1 beside a server that started: $(cat read.err)"
	[ "$(jq .entries read.out)" -ge "$entries" ] || fail "$1 has not all that was there: $(cat read.out)"
	stop 0
	is true "$(json .ok verify --data d)" "verify after $1"
done

# --- a certificate past half its life is made anew; a broken one too ----------------------------------------

first=$(sha256sum <d/server.pem)
serve d
stop 0
is "$first" "$(sha256sum <d/server.pem)" 'a good certificate stays'
cp other/ca.pem d/server.pem
serve d
stop 0
[ "$first" != "$(sha256sum <d/server.pem)" ] || fail 'not made anew'
openssl verify -CAfile d/ca.pem d/server.pem >out 2>err || fail 'the new one is not of our CA'
