#!/usr/bin/env bash
# Keys of persons by stick: a unit without a line has two devices, and the second opens what the first wrote. Then
# somebody is forgotten, and no answer that lies about, nor a bundle brought again, opens anything of them. All names
# here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

first='Nguyễn Bịa Một' second='Trần Bịa Hai'

enrol_by_stick() # DIR UNIT ROLE
{
	c "$1" enroll "$(code_of "$2" --role "$3" --person "Người $1")" --request "$1.request"
	k enroll --request "$1.request" --answer "$1.enrolled" --data "$data"
	c "$1" import "$1.enrolled"
}

# trip DIR: to the server and back
trip()
{
	c "$1" export "$1.bundle"
	k bundle "$1.bundle" --answer "$1.answer" --data s
	c "$1" import "$1.answer"
}

small_province s
enrol_by_stick a D.A clerk
enrol_by_stick b D.A approver
c a case open "name=$first" birth=1999-03-04 sex=f source=student day=2022-01-10
c a case open "name=$second" birth=1995-05-06 sex=m source=rural day=2022-01-11
trip a
trip a # it has heard of the other device
is true "$(cj a 'all(.[]; .delivered)' case list)" 'delivered, the keys too'
trip b
exits 1 "$ketnap" case show 'bia mot' --data b
stop_server # the second trip goes to the folder itself
c b export b.bundle
k bundle b.bundle --answer b.answer --data s
for file in b.bundle b.answer; do
	[ -s $file ] || fail "no $file"
	lacks 'Bịa' $file
done
cp b.answer old.answer
cp b.bundle old.bundle
kept=$(find s/answers -type f | sort)
[ -n "$kept" ] || fail 'the server keeps answers'
c b import b.answer
is "$first 1999-03-04" "$(cj b '"\(.name) \(.birth)"' case show 'bia mot')" 'the other device opens it'
c b import old.answer
is "$second" "$(cj b .name case show 'bia hai')" 'the answer once more changes nothing'
trip b
cp -r b before

# --- forgotten -----------------------------------------------------------------------------------------------
serve s
c b forget 'bia mot' why=own-right --reason 'theo đơn'
trip b
trip a
asked=$(cj a .asked_to_forget case show 'bia mot')
gone=$(cj a .case case show 'bia mot')
c a forget 'bia mot' --confirm "$asked" --reason 'theo đơn'
trip a
for file in $kept; do
	[ ! -e "$file" ] || fail "an answer of before is still kept: $file"
done
checks=$((checks + 1))
trip b
for dir in a b; do
	is null "$(cj $dir ".[] | select(.case == \"$gone\").name" case list)" "forgotten on $dir"
	is "$second" "$(cj $dir .name case show 'bia hai')" "the other one opens on $dir"
done
for file in s/keys/data.mdb a/keys/data.mdb b/keys/data.mdb; do
	is 0 "$(key_rows "$gone" "$file")" "a key of theirs in $file"
done

# the answers of before, at the device as it is
c b import old.answer
k bundle old.bundle --answer again.answer --data s
c b import again.answer
is 0 "$(key_rows "$gone" b/keys/data.mdb)" 'no key came back'
is null "$(cj b ".[] | select(.case == \"$gone\").name" case list)" 'still forgotten'
# and at one whose log does not say that anybody was forgotten, with the keys of after
cp before/store/data.mdb b/store/data.mdb
c b import old.answer
is null "$(cj b .name case show "$gone")" 'an answer of before brings no key'
is 0 "$(key_rows "$gone" b/keys/data.mdb)" 'nothing of it opens'
# the control: with the keys of before it does
rm -rf b/keys
cp -r before/keys b/keys
is "$first" "$(cj b .name case show "$gone")" 'what was kept of the keys themselves opens'
