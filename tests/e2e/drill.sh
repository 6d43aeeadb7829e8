#!/usr/bin/env bash
# Copies kept in a folder while the server serves, and the drill: what comes back, and what is lost when the newest
# work, the keys (as a file or on paper), their code or the copy are missing.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/standby_lib.sh
. "$(dirname "$0")/standby_lib.sh"

admitted_of()
{
	k totals P --data "$1" --period 2022 --json
	jq .measures.admitted out
}

# rebuild CODE DIR COPY KEYS
rebuild()
{
	local got=0

	"$ketnapd" rebuild "$3" "$4" --data "$2" <"$4.code" >out 2>err || got=$?
	is "$1" "$got" "exit code of rebuild $2"
}

small_province s X
for who in a:D.A b:D.B x:D.X d:D; do
	enrol "${who%:*}" "${who#*:}"
done

# --- copies, while it serves -------------------------------------------------------------------------------------
mkdir copies
: >copies/other.mdb
: >copies/ketnap-notes.mdb
exits 2 "$ketnapd" backup one.mdb --keep 2 --data s
exits 2 "$ketnapd" backup copies --keep 0 --data s
delivered a 2022-01 1 20
k backup copies --data s --json
first=$(jq -r '.file | ltrimstr("copies/")' out)
grep -qE '^ketnap-[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[0-9]{12}\.mdb$' <<<"$first" || fail "the name of a copy: $first"
delivered b 2022-01 2 20
k backup copies --keep 2 --data s --json
is 0 "$(jq '.dropped | length' out)" 'two are kept'
second=$(jq -r .file out)
delivered x 2022-01 4 20
# One by a clock that ran ahead, one of a log with more entries, and what a backup left that was killed.
ahead=ketnap-20990101T000000.000Z-000000000001.mdb more=ketnap-20200101T000000.000Z-999999999999.mdb
touch "copies/$ahead" "copies/$more"
mkdir copies/ketnap-20220101T000000.000Z-000000000001.mdb.part
: >copies/ketnap-20220101T000000.000Z-000000000001.mdb.part/data.mdb
k backup copies --keep 2 --data s --json
is "$ahead $first" "$(jq -r '.dropped | join(" ")' out)" 'the oldest went, before it what only says that it is the newest'
is 1 "$(jq .beyond out)" 'what has more entries than this log stays'
is '' "$(find copies -mindepth 1 -type d)" 'what is left of a backup that was killed'
newest=$(jq -r .file out)
is true "$(jq .verified out)" 'the newest is verified'
printf '%s\n' "${newest#*/}" "${second#*/}" "$more" ketnap-notes.mdb other.mdb | sort >want
find copies -type f -printf '%f\n' | sort >there
is '' "$(diff want there)" 'two copies stay, what has more entries, and what is no copy'
# What cannot be dropped is told, and that the new one is good all the same.
old=copies/ketnap-20200102T000000.000Z-000000000001.mdb
mkdir "$old"
exits 1 "$ketnapd" backup copies --keep 2 --data s
has 'is made and verified: not every older copy went' err
has "${old#*/}: Is a directory" err
rmdir "$old"
# Two at once under one name: one makes it. The second is told, and takes nothing from under the first.
mkdir two.mdb.part
exec 7<two.mdb.part
flock 7
exits 75 "$ketnapd" backup two.mdb --data s
has 'another backup is being made there' err
exec 7<&-
k backup two.mdb --data s
keys_of s s.keys
k keys --print page.too --data s
has 'keep it elsewhere than the page' out
k keys --print page.vi --data s --lang vi
has 'KHÓA RIÊNG CỦA MÁY CHỦ' page.vi
k keys --print page --data s --json
cp out page.json
is 600 "$(stat -c %a page)" 'the page is the owner'\''s'
jq -r .code page.json >paper.code
for file in log.key seal.key ca.key ca.pem; do
	cp s/$file kept.$file
done
copied=$(lsn_of s)

# --- after the copy: work of three, and one of them is gone with all it held ---------------------------------------
delivered a 2022-02 10 21
delivered b 2022-02 20 22
delivered x 2022-02 40 24
rm -rf x
stop_server
rm -rf s

# --- the keys, or their code, are missing ----------------------------------------------------------------------------
cp s.keys wrong.keys
tr 2-9A-Y 3-9A-Z <s.keys.code >wrong.keys.code
rebuild 1 r "$newest" wrong.keys
[ ! -e r ] || fail 'nothing half made stays behind'
head -c 100 s.keys >cut.keys
cp s.keys.code cut.keys.code
rebuild 1 r "$newest" cut.keys
k rebuild "$newest" --data r
is 7 "$(admitted_of r)" 'figures can be read without keys'
is true "$(json .ok verify --data r)" 'and verified'
exits 1 "$ketnapd" serve --data r
has 'can be read, and nothing else' err
exits 1 "$ketnapd" import targets targets.csv --data r
exits 1 "$ketnapd" restore --data r
rm -rf r

# --- cut short: what was being made is no data directory, whatever of it is there -----------------------------------
for at in 1 2 4; do
	dies rename $at "$ketnapd" rebuild "$newest" s.keys --data r <s.keys.code
	exits 1 "$ketnapd" status --data r
	has 'r is not a data directory' err
	rebuild 1 r "$newest" s.keys
	has 'name a new folder' err
	rm -rf r
done
for at in 2 3; do
	dies fdatasync $at "$ketnapd" init --tree tree.csv --data r
	exits 1 "$ketnapd" import members members.csv --data r
	has 'r is not a data directory' err
	rm -rf r
done

# --- the same from paper: the copy and what somebody typed ---------------------------------------------------------------
# paper CODE: rebuild out of the newest copy and typed.keys.
paper()
{
	cp "${2:-paper.code}" typed.keys.code
	rebuild "$1" r "$newest" typed.keys
}
keys_lines='^[0-9][0-9]( [2-9A-Z]{5}){9}$'
is "$(grep -cE "$keys_lines" page)" "$(jq .lines page.json)" 'lines of keys on the page'
[ "$(grep -cE "$keys_lines" page)" -gt 9 ] || fail 'no lines of keys on the page'
lacks "$(cat paper.code)" page
grep -E "$keys_lines" page | tac | tr 'A-Z ' 'a-z-' | sed 's/^\(..\)-/\1  /; 5s/-//3; 7s/$/\r/' >typed.keys
paper 0
is "$copied" "$(lsn_of r)" 'all that the copy had'
for file in log.key seal.key ca.key ca.pem; do
	cmp r/$file kept.$file || fail "$file from paper is another"
	checks=$((checks + 1))
done
is 600 "$(stat -c %a r/ca.key)" 'the CA key is the owner'\''s'
rm -rf r
cp page typed.keys # scanned, words and all
paper 0
rm -rf r
sed '/^07 /{s/ A/ B/;t;s/ ./ A/}; /^19 /s/.$//' page >typed.keys
paper 1
has 'lines 7, 19;' err
[ ! -e r ] || fail 'nothing half made stays behind'
sed '/^11 /d; /^26 /d' page >typed.keys
paper 1
has 'missing: 11, 26' err
sed '/^05 /s/ ./ 0/' page >typed.keys
paper 1
has 'lines 5;' err
{ sed '/^04 /d' page; grep '^04 ' page.too; } >typed.keys
paper 1
has 'not those of one paper' err
cp page typed.keys
paper 1 wrong.keys.code
paper 1 s.keys.code
has 'the code is not that of this paper' err
grep -vE "$keys_lines" page >typed.keys
paper 1
has 'holds no keys of a server' err
[ ! -e r ] || fail 'nothing half made stays behind'

# --- copy, keys and code: everything that a device still holds comes back ----------------------------------------------
rebuild 1 r one.mdb s.keys # no copy
cp page typed.keys
cp paper.code typed.keys.code
rebuild 0 s "$newest" typed.keys
is "$copied" "$(lsn_of s)" 'all that the copy had'
is 600 "$(stat -c %a s/log.key)" 'the log key is the owner'\''s'
is 600 "$(stat -c %a s/ca.key)" 'the CA key too'
rebuild 1 s "$newest" typed.keys
has 'is a data directory already' err
is true "$(json .ok verify --data s)" 'verify'
serve s
exits 1 "$ketnap" sync --data a
has 'its operator must declare that it was restored' err
k restore --at "$(lsn_of s)" --data s # too late: it takes in what was written since, and no device can follow
exits 1 "$ketnap" sync --data a
has 'its operator must declare that it was restored' err
is 'true true' "$(json '"\(.behind) \(.recovering)"' status --data s)" 'a device has shown that it was too late'
k restore --cause 'the drill' --data s --json
is "$copied" "$(jq -r .branch out)" 'branch at the end of the copy'
for who in a b d a b; do
	c "$who" sync
done
is 37 "$(admitted_of s)" 'the two that are still there; what the third had sent after the copy is lost'
k restore --end --data s
delivered a 2022-03 1 31
is true "$(json .ok verify --data s)" 'verify in the end'
