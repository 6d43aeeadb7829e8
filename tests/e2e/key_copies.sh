#!/usr/bin/env bash
# Copies of the key store: made apart from those of the log, kept for some days, and no way back for somebody who was
# forgotten. All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

first='Nguyễn Bịa Một' second='Trần Bịa Hai' birth=1999-03-04

small_province s
enrol a D.A clerk
enrol b D.A approver
c a sync
c b sync
one=$(cj a .case case open "name=$first" birth=$birth sex=f day=2022-01-10)
two=$(cj a .case case open "name=$second" birth=1995-05-06 sex=m day=2022-01-11)
c a sync
c b sync
c a sync
c b sync

# --- made while the server runs, and without one ---------------------------------------------------------------
k keys --backup one.keys --data s
is 600 "$(stat -c %a one.keys)" 'for its owner alone'
exits 1 "$ketnapd" keys --backup one.keys --data s
has 'not written over' err
exits 2 "$ketnapd" keys --backup x --prune one.keys --data s
stop_server
k keys --backup two.keys --data s
for copy in one two; do
	is 1 "$(key_rows "$one" $copy.keys)" "a key in $copy"
	for name in "$first" "$second" "$birth"; do
		nowhere "$name" $copy.keys
	done
done
is false "$([ -e s/keys.copy ] && echo true || echo false)" 'nothing is left in the data directory'
serve s

# --- forgotten, and the copy from before is put back ---------------------------------------------------------------
c a forget 'bia mot' why=own-right --reason 'theo đơn'
c a sync
c b sync
asked=$(cj b .asked_to_forget case show 'bia mot')
c b forget 'bia mot' --confirm "$asked" --reason 'theo đơn'
c b sync
c a sync
is 0 "$(key_rows "$one" s/keys/data.mdb)" 'forgotten at the server'
exits 75 "$ketnapd" keys --restore one.keys --data s # not while the server runs
stop_server
cp one.keys before.keys
truncate -s 12000 s/keys/data.mdb
exits 1 "$ketnapd" serve --listen 127.0.0.1:0 --data s
has 'the keys in s/keys are damaged; move that folder away' err
has 's/keys/data.mdb was cut short: it has 12,000 bytes of ' err
rm -r s/keys # the worst of it: nothing else is left
printf 'no copy' >bad.keys
exits 1 "$ketnapd" keys --restore bad.keys --data s
cp s/store/data.mdb bad.keys
exits 1 "$ketnapd" keys --restore bad.keys --data s
head -c 12000 one.keys >bad.keys
for option in --restore --prune; do
	exits 1 "$ketnapd" keys $option bad.keys --data s
	has 'bad.keys was cut short: it has 12,000 bytes of ' err
done
k init --tree tree.csv --data other --card other.card
exits 1 "$ketnapd" keys --restore one.keys --data other
has 'another store' err
exits 1 "$ketnapd" keys --restore none.keys --data s
is 'true 1' "$(json '"\(.rows > 0) \(.forgotten)"' keys --restore one.keys --data s)" 'keys came back, one person did not'
is keys-restored "$(json '.[-1].kind' log --data s)" 'it stands in the log'
is 0 "$(key_rows "$one" s/keys/data.mdb)" 'who was forgotten stays so'
is 1 "$(key_rows "$two" s/keys/data.mdb)" 'the others are back'
is false "$([ -e s/keys.copy ] && echo true || echo false)" 'nothing is left in the data directory'
serve s
c a sync
c b sync
enrol d D.A clerk
c d sync
c a sync
c d sync
is "$second" "$(cj d '[.[] | select(.name).name] | join(" ")' case list)" 'a new device opens the one and not the other'

# --- what was put between copy and loss: devices bring it ---------------------------------------------------------
c a case open 'name=Lê Bịa Ba' birth=2000-01-02 sex=f day=2022-06-01
c a sync
stop_server
rm -r s/keys
k keys --restore two.keys --data s
serve s
c a sync
enrol e D.A clerk
c e sync
c a sync
c e sync
is "$second Lê Bịa Ba" "$(cj e '[.[] | select(.name).name] | sort | reverse | join(" ")' case list)" 'what the copy lacked too'

# --- the key store of a device alone is lost: the server has all but what was not sent yet ----------------------------
names_at()
{
	cj "$1" '[.[] | select(.name).name] | sort | reverse | join(" ")' case list
}
lacks event=keys s.log
c e case open 'name=Phạm Bịa Bốn' birth=2001-02-03 sex=m day=2022-06-03
truncate -s 12000 e/keys/data.mdb
exits 1 "$ketnap" case list --data e
has 'the keys in e/keys are damaged; move that folder away' err
rm -r e/keys
is '' "$(names_at e)" 'nothing opens without its keys'
exits 1 "$ketnap" case show 'bia ba' --data e
has 'no case that this device may open' err
exits 1 "$ketnap" case open 'name=Ai đó' birth=1990-01-01 sex=m day=2022-06-01 --data e
has 'send and receive' err
c e sync
is "$second Lê Bịa Ba" "$(names_at e)" 'all that had been sent is back'
is 4 "$(cj e length case list)" 'the one that had not been is a case without a name'
c a sync
is "$second Lê Bịa Ba" "$(names_at a)" 'nobody else has that key'

# --- the server's, and there is no copy: whoever is new gets nothing until it is said --------------------------------
stop_server
rm -r s/keys
serve s
has event=keys s.log
has 'ketnapd keys --lost' s.log
enrol f D.A clerk
for dir in f a e a f; do c $dir sync; done
is '' "$(names_at f)" 'devices put again what is asked for alone'
k keys --lost --data s
has 'from a copy alone' out
is keys-restored "$(json '.[-1].kind' log --data s)" 'it stands in the log'
c a sync
c f sync
is "$second Lê Bịa Ba" "$(names_at f)" 'and now all that a device holds'

# --- pruned -------------------------------------------------------------------------------------------------------------
# Cut off at each step of it: said again it is done, with one copy and nothing beside it.
cp before.keys whole.keys
for step in 'unlink 5' 'rename 1' 'rename 2' 'rename 3' 'write 3'; do
	cp whole.keys cut.keys
	read -r call at <<<"$step"
	dies "$call" "$at" "$ketnapd" keys --prune cut.keys --data s
	k keys --prune cut.keys --data s
	is '0 1' "$(key_rows "$one" cut.keys) $(key_rows "$two" cut.keys)" "cut off at $step: taken out, the others kept"
	is cut.keys "$(echo cut.keys*)" "cut off at $step: nothing is left beside it"
done
is 'false 1' "$(json '"\(.destroyed) \(.forgotten)"' keys --prune before.keys --data s)" 'taken out of the copy'
is 0 "$(key_rows "$one" before.keys)" 'nothing of them is left in it'
is 1 "$(key_rows "$two" before.keys)" 'the others are'
is 600 "$(stat -c %a before.keys)" 'still for its owner alone'
k keys --prune before.keys --data s
has '0 persons' out
stop_server
k keys --restore before.keys --data s
k clock 2022-10-25 --data s # 33 days later
exits 1 "$ketnapd" keys --restore before.keys --data s
has 'for 30 days' err

k keys --prune before.keys --data s
has 'destroyed' out
is false "$([ -e before.keys ] && echo true || echo false)" 'a copy that is too old goes'
serve s
enrol o P operator
c o act setting key=keys.copy-days value=60
c o sync
is false "$(json ".destroyed | tostring" keys --prune two.keys --data s)" 'the province may keep them longer'

# --- the page beside the card ------------------------------------------------------------------------------------------
k keys --print page --data s
has "number $(head -1 s.card | grep -o '[0-9a-f]*$')" page
has 'D.A: two persons above it' page
lacks "$(grep '^    ' s.card | tr -d ' ')" page
lacks "$first" page
k verify --data s
