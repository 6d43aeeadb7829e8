#!/usr/bin/env bash
# Data directories: what init makes and for whom, and those that cannot be used, each with a reason and an
# exit code; backups, and copies that somebody has touched.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

umask 022
make_documents s
is '600 600 644 700' "$(stat -c %a s/ca.key s/log.key s/ca.pem s/store | paste -sd' ')" 'modes'
is 600 "$(stat -c %a s/store/data.mdb)" 'mode of the store itself'

# refused CODE REASON ARGUMENT ...
refused()
{
	local code=$1 reason=$2

	shift 2
	exits "$code" "$ketnapd" "$@"
	has "$reason" err
	is 1 "$(wc -l <err)" 'lines on stderr'
	is '' "$(cat out)" 'stdout'
}

# --- missing, or something else --------------------------------------------------------------------

refused 1 'none is not a data directory; ' status --data none
mkdir folder
refused 1 'folder is not a data directory' status --data folder
refused 1 'No such file or directory' init --tree nothing.csv --data new
[ ! -e new ] || fail 'init left something'
refused 1 's is a data directory already' init --tree "$documents/tree.csv" --data s
mkdir -p half/store
refused 1 'half is not empty' init --tree "$documents/tree.csv" --data half
k init --tree "$documents/tree.csv" --data folder # empty, and there before

# --- another version ----------------------------------------------------------------------------------

cp -r s other
printf 'ketnap data 9\n' >other/VERSION
refused 1 'made by another version of this program, "ketnap data 9"; this one reads "ketnap data 1": use' status --data other
printf 'ketnap data 1\n' >other/VERSION
k status --data other

# --- in use ---------------------------------------------------------------------------------------------

exec 8<s/lock
flock 8
refused 75 's is in use by process' status --data s
refused 75 's is in use by process' import members "$documents/members.csv" --data s
exec 8<&-
k status --data s

# --- not ours to write ------------------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	chmod 711 "$work"
	mkdir closed && chmod 755 closed
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	exits 1 "${as_nobody[@]}" "$ketnapd" status --data "$work/s"
	has 'Permission denied' err
	exits 1 "${as_nobody[@]}" "$ketnapd" init --tree "$documents/tree.csv" --data "$work/closed/new"
	has 'Permission denied' err
	# Theirs to read and not to write.
	cp -r s readable
	chmod -R a+rX readable
	exits 1 "${as_nobody[@]}" "$ketnapd" import members "$documents/members.csv" --data "$work/readable"
	has 'Permission denied' err
fi

# --- keys -----------------------------------------------------------------------------------------------------

cp -r s keys
rm keys/log.key
refused 1 'keys/log.key: No such file or directory' status --data keys
head -c 32 /dev/urandom >keys/log.key
refused 1 'is not the key of this store' status --data keys
printf 'short' >keys/log.key
refused 1 'does not hold a key' status --data keys

# --- backup -----------------------------------------------------------------------------------------------------

k backup copy.mdb --data s --json
is "true $(lsn_of s)" "$(jq -r '"\(.verified) \(.entries)"' out)" 'the backup'
is 600 "$(stat -c %a copy.mdb)" 'its mode'
refused 1 'copy.mdb is there already' backup copy.mdb --data s
refused 1 'No such file or directory' backup no/where.mdb --data s
is copy.mdb "$(ls -d copy.mdb*)" 'nothing beside it'
# A store with the copy in place of its own file.
cp -r s restored
cp copy.mdb restored/store/data.mdb
is "$(json .root verify --data s)" "$(json .root verify --data restored)" 'the root of the copy'
# What was imported after the backup is not in it.
printf 'unit,date,members\nHY,2024-01-01,71000\n' >later.csv
k import members later.csv --data s
is "$(($(lsn_of restored) + 1))" "$(lsn_of s)" 'one entry more'

# --- somebody has touched it ----------------------------------------------------------------------------------------

# One digit of a name, of a figure's source, of a claim: wherever the text stands in the file.
touched=0
for text in 'Báo Thái Nguyên' '1657-CV/TU' 'Hưng Yên'; do
	while IFS=: read -r offset _; do
		cp -r restored touched
		printf 'X' | dd of=touched/store/data.mdb bs=1 seek="$offset" conv=notrunc status=none
		got=0
		"$ketnapd" verify --data touched --json >out 2>err || got=$?
		# A page that no tree of the store holds any more may say anything.
		if [ $got -ne 0 ]; then
			is 1 $got 'exit code of verify'
			[ -s err ] || fail 'verify gave no reason'
			touched=$((touched + 1))
			exits 1 "$ketnapd" backup touched.mdb --data touched
			is '' "$(find . -maxdepth 1 -name 'touched.mdb*')" 'what is left of a bad copy'
		fi
		rm -rf touched
	done < <(LC_ALL=C grep -aobF "$text" restored/store/data.mdb | head -n 4)
done
[ $touched -ge 3 ] || fail "only $touched changes were noticed"

# --- cut short ------------------------------------------------------------------------------------------------------

whole=$(stat -c %s copy.mdb)
for length in $((whole - 1)) 65536 8192 5000; do
	cp -r restored touched
	truncate -s $length touched/store/data.mdb
	for command in verify status 'backup touched.mdb' 'serve --listen 127.0.0.1:0'; do
		# shellcheck disable=SC2086 # the command's own arguments
		refused 1 "touched/store/data.mdb was cut short: it has " $command --data touched
	done
	has 'ketnapd rebuild' err
	rm -rf touched
	head -c $length copy.mdb >cut.mdb
	refused 1 "cut.mdb was cut short: it has " rebuild cut.mdb --data new
	[ ! -e new ] || fail "rebuild of $length bytes left something"
done
for length in 100 0; do
	head -c $length copy.mdb >cut.mdb
	refused 1 'nothing was made of cut.mdb; take another copy' rebuild cut.mdb --data new
	[ ! -e new ] || fail "rebuild of $length bytes left something"
done
cp -r restored touched
: >touched/store/data.mdb
refused 1 'touched/store/data.mdb holds nothing' status --data touched
printf '%d changes noticed\n' $touched
