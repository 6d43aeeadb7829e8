#!/usr/bin/env bash
# A unit loses its devices: those above hand its keys to a new one, by two persons; at the root the printed key does.
# All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

first='Nguyễn Bịa Một' second='Trần Bịa Hai' top='Lê Bịa Ba'

# device_of DIR
device_of()
{
	cj "$1" .device status
}

small_province s
has 'Recovery key of store' s.card
is 600 "$(stat -c %a s.card)" 'for its owner alone'
card=$(grep '^    ' s.card)
enrol a D.A approver
enrol d D clerk
enrol f D approver
enrol p P clerk
for dir in a d f p; do c $dir sync; done

# --- what there is to lose ---------------------------------------------------------------------------------
c p case key
c p case open "name=$top" birth=1980-01-02 sex=f day=2022-01-12
c p sync
c d case key
c d sync
c f sync # d knows of f when it next comes
c d sync
c f sync
c a case open "name=$first" birth=1999-03-04 sex=f source=student day=2022-01-10
c a case open "name=$second" birth=1995-05-06 sex=m source=rural day=2022-01-11
c a enter monthly 2022-08 admitted=1 src_rural=1 members_end=20
c a submit monthly 2022-08 --blanks-nil
c a sync
c a sync
is true "$(cj a 'all(.[]; .delivered)' case list)" 'cases and keys are delivered'
c a enter monthly 2022-09 admitted=2 # typed, and no more
for n in $(seq 60); do
	c a case open "name=Bịa Thứ $n" birth=1990-01-02 sex=m day=2022-06-01 "note=$(printf 'ghichú%.0s' {1..26})"
done
held=$(cj a .queued status)
[ "$held" -ge 60 ] || fail "$held wait, not 60"
before=$(lsn_of s)
coproc line { exec "$KETNAP_BUILD/tests/cut_line" "${address##*:}"; }
read -r cut_port <&"${line[0]}"
exits 75 "$ketnap" sync --server "127.0.0.1:$cut_port" --data a
eval "exec ${line[1]}>&-"
rm -r a
came=$(($(lsn_of s) - before))
[ $came -lt "$held" ] || fail 'everything came before the line was cut'
is "1 $((held - came))" "$(json '.devices[] | select(.unit == "D.A") | "\(.drafts) \(.held)"' status --data s)" \
	'what was lost unsent the province was told'
names=$((2 + came)) # the keys of those that came so late are lost with the device

# --- a new device, and those above ---------------------------------------------------------------------------
enrol e D.A clerk
c e sync
new=$(device_of e)
is "0 $names" "$(cj e '"\([.[] | select(.name)] | length) \(length)"' case list)" 'cases without names'
exits 1 "$ketnap" case open "name=Ai đó" birth=1990-01-01 sex=m day=2022-06-01 --data e
has 'ketnap recover' err
c d sync
is "D.A 0 0" "$(cj d ".[] | select(.id == \"$new\") | \"\(.unit) \(.asked) \(.confirmed)\"" recover)" 'who could be meant'
exits 2 "$ketnap" recover "$new" --data d
exits 1 "$ketnap" recover "$new" --reason 'cháy máy' --data e
c d recover "$new" --reason 'cháy máy'
c d sync
c d sync
asked=$(cj d ".[] | select(.id == \"$new\").asked" recover)
exits 1 "$ketnap" recover "$new" --confirm "$asked" --reason 'cháy máy' --data d
c e sync
is 0 "$(cj e '[.[] | select(.name)] | length' case list)" 'one person alone recovers nothing'
c f sync
c f recover "$new" --confirm "$asked" --reason 'đã xác minh'
c f sync
c f sync # the entry has been read: it opens the wrap and hands the key over
c e sync
is "$first $second" "$(cj e '[.[] | select(.name).name] | sort | join(" ")' case list)" 'all names are back'
is 1 "$(cj e .measures.admitted totals --from 2022-08-01 --to 2022-08-31)" 'and the figures'
is '2 cháy máy|đã xác minh' "$(json '[.[] | select(.kind == "recover" and .verdict == "accepted")] | "\(length) \([.[].reason] | join("|"))"' log --unit D.A --data s)" \
	'two entries with their reasons'
c e case open 'name=Phạm Bịa Tư' birth=2000-01-02 sex=f day=2022-06-01
c e sync
is true "$(cj e 'all(.[]; .delivered)' case list)" 'and it goes on from here'

# --- one of its devices is shut out ---------------------------------------------------------------------------
enrol g D.A clerk
c g sync
c e sync
c g sync
is "$first" "$(cj g .name case show 'bia mot')" 'another device of the unit'
cp -r g thief
k revoke "$(device_of g)" --reason 'mất máy' --data s
exits 1 "$ketnap" sync --data g
c e sync
is '2 2' "$(json '[.[] | select(.kind == "unit-key" and .verdict == "accepted")] | "\(length) \(length)"' log --unit D.A --data s)" \
	'the next key of the unit, in the first contact'
c e case open 'name=Vũ Bịa Năm' birth=2001-01-02 sex=f day=2022-06-02
c e sync
is true "$(cj e 'all(.[]; .delivered)' case list)" 'new persons, and those wrapped anew'
enrol h D.A clerk
c h sync
c e sync
c h sync
is "$first Vũ Bịa Năm" "$(cj h '[.[] | select(.name == ("'"$first"'", "Vũ Bịa Năm")).name] | join(" ")' case list)" \
	'a later device opens old and new'
# the log and the whole key store of the unit in the hands of the device that was shut out
rm -r thief/store
cp -r h/store thief/store
exits 1 "$ketnap" case show 'bia nam' --data thief
c thief case list
lacks 'Vũ Bịa Năm' out

# --- the root: two operators and the paper -------------------------------------------------------------------
rm -r p # before it heard of any other device of its unit
enrol o P operator
enrol q P operator
enrol r P clerk
c r sync
new=$(device_of r)
is 0 "$(cj r '[.[] | select(.name)] | length' case list)" 'lost'
c o sync
exits 1 "$ketnap" recover --card s.card --data o
has 'nothing was recovered' err
c o recover "$new" --reason 'hỏng ổ đĩa'
c o sync
c o sync
asked=$(cj o ".[] | select(.id == \"$new\").asked" recover)
c q sync
c q recover "$new" --confirm "$asked" --reason 'đồng ý'
c q sync
c q sync
c r sync
exits 1 "$ketnap" recover --card nothing --data r
printf '%s\n' "${card//2/3}" | tr 'A-H' 'B-HA' >wrong
exits 1 "$ketnap" recover --card wrong --data r
printf '%s\n' "$card" | tr '[:upper:]' '[:lower:]' >typed
is 1 "$(cj r .keys recover --card typed)" 'the symbols alone, as typed'
c r sync
is "$top" "$(cj r '.[] | select(.name).name' case list)" 'the names of the root'

# --- another card ----------------------------------------------------------------------------------------------
k keys --new-card --card card --data s
is 600 "$(stat -c %a card)" 'for its owner alone'
exits 1 "$ketnapd" keys --new-card --card card --data s # nothing was made anew
exits 2 "$ketnapd" keys --data s
c r sync
c r sync
rm -r r o q # they all had the key by now
enrol o P operator
enrol q P operator
enrol t P clerk
c t sync
new=$(device_of t)
c o sync
c o recover "$new" --reason 'lại hỏng'
c o sync
c q sync
c q recover "$new" --confirm "$(cj q ".[] | select(.id == \"$new\").asked" recover)" --reason 'đồng ý'
c q sync
c t sync
is '["illustrative","keys"] 1' "$(cj t '"\(keys) \(.keys)"' recover --card card)" 'the new card'
c t sync
is "$top" "$(cj t '.[] | select(.name).name' case list)" 'opens what was sealed to it'

# --- no name in clear; the symbols of a card on paper alone -----------------------------------------------------------
k backup copy --data s
k keys --backup copy.keys --data s
k keys --print page --data s
c e export bundle
stop_server
for name in "$first" "$second" "$top" 'Vũ Bịa Năm' 1999-03-04 'ghichúghichú'; do
	nowhere "$name" s copy copy.keys page bundle d e f h o q t thief
done
for file in s.card card; do
	symbols=$(grep '^    ' $file | tr -d ' ')
	is $file "$(grep -laF -- "$symbols" s.card card)" 'the search finds it on the card'
	nowhere "$symbols" s copy copy.keys page bundle d e f h o q t
done
k verify --data s
