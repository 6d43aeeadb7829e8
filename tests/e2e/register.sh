#!/usr/bin/env bash
# Persons on their way to admission: two devices of one unit and the body that decides, without a line and with it.
# Names are opened where they belong and stand in clear nowhere else. All names here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

first='Nguyễn Bịa Một' second='Trần Bịa Hai' third='Lê Bịa Ba'
birth=1999-03-04 paper=77-QĐ/BỊA

# where NAME FILE ...: which of the files have it
where()
{
	local name=$1

	shift
	grep -rlaF -- "$name" "$@" || true
}

small_province s
enrol a D.A clerk
enrol b D.A approver
enrol d D approver
enrol x D.B approver
for dir in a b d x; do c $dir sync; done

# --- without a line ----------------------------------------------------------------------------------
stop_server
c d case key
# The first one makes a store of keys, the unit's key and the person's: on a disk that stalls somebody waits for each flush.
KETNAP_FLUSH_MS=0 KETNAP_FLUSH_COUNT=$PWD/flushes LD_PRELOAD=$KETNAP_BUILD/tests/slow_flush.so ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
	"$ketnap" case open "name=$first" birth=$birth sex=f source=student,rural education=4 facts=union day=2022-01-10 --data a >out
[ "$(sed -n 's/^flushes=//p' flushes)" -le 10 ] || fail "the first case: $(cat flushes)"
one=$(jq -r .case <(cj a . case open "name=$second" birth=1995-05-06 sex=m source=rural day=2022-01-11))
is 32 ${#one} 'the number of a case'
exits 1 "$ketnap" case open name= --data a
exits 1 "$ketnap" case open "name=$third" birth=2030-01-01 --data a
exits 2 "$ketnap" case open "name=$third" zodiac=cat --data a
is '2 false' "$(cj a '"\(length) \(any(.[]; .delivered))"' case list)" 'two cases, not delivered'
is "$second" "$(cj a '.[0].name' case list)" 'sorted by the given name'
c a case step "nguyen bia" list 2022-01-20
c a case step "NGUYỄN BỊA" apply 2022-02-01
exits 1 "$ketnap" case step 'bia' cv 2022-02-02 --data a
has '2 cases go by bia' err
exits 1 "$ketnap" case step 'bia mot' decide 2022-02-03 --data a
exits 1 "$ketnap" case step 'bia mot' cell 2023-01-01 --data a
has 'still to come' err
c a case step 'bia mot' cell 2022-07-01 votes=5/9 no=6-NQ/BỊA
has 'please check' err
has 'two thirds' err
has 'not written down yet' err
c a case step 'bia mot' submit 2022-07-10
is 'submitted D' "$(cj a '"\(.stage) \(.steps[-1].to)"' case show 'bia mot')" 'with the committee above'

# --- sent, received ----------------------------------------------------------------------------------
serve s
c d sync
c a sync
c a sync # now it has heard of the committee's key
is true "$(cj a 'all(.[]; .delivered)' case list)" 'delivered, the keys too'
exits 1 "$ketnap" case show 'bia mot' --data b
c b sync # a knew of b, and has handed the unit's key over
is "$first $birth" "$(cj b '"\(.name) \(.birth)"' case show 'bia mot')" 'the other device of the unit'
is 6-NQ/BỊA "$(cj b '.steps[] | select(.step == "cell").no' case show 'bia mot')" 'the number of the paper'
c d sync
is "1 $first D.A" "$(cj d '"\(length) \(.[0].name) \(.[0].unit)"' case list)" 'the body opens what was submitted to it'
printf 'unit,admitted,recognised,card,name,birth,sex,ethnicity,religion\nD,2001-02-03,,,%s,%s,nam,,\n' "$first" "$birth" >mine.csv
c d members import mine.csv --dry-run
has 'of D.A has the same name and birth date; it stands at: dossier submitted' err
c x sync
is 0 "$(cj x length case list)" 'a sibling sees none'
printf 'unit,admitted,recognised,card,name,birth,sex,ethnicity,religion\nD.B,2001-02-03,,,%s,%s,nam,,\n' "$first" "$birth" >mine.csv
c x members import mine.csv --dry-run
lacks 'line 2' err
rm mine.csv
exits 1 "$ketnap" case show "${one:0:8}" --data x

# --- a sibling with the whole database in hand ------------------------------------------------------------
stop_server
cp -r x thief
rm -r thief/store
cp -r a/store thief/store
is '(sealed)' "$(c thief case list >/dev/null; grep -o '(sealed)' out | head -1)" 'the store of a, opened with other keys'
cp -r a/keys thief/keys.a
rm -rf thief/keys
mv thief/keys.a thief/keys
c thief case list
lacks "$first" out
lacks "$second" out

# --- the body decides, the unit goes on ---------------------------------------------------------------------
c d case step 'bia mot' agree 2022-08-01
c d case step 'bia mot' decide 2022-08-10 "no=$paper" 'signer=Phạm Bịa Ký'
c b case step 'bia mot' return 2022-08-02 why=papers # b has not heard of it
serve s
c d sync
c b sync
is 'decided 1' "$(cj b '"\(.stage) \(.rivals)"' case show 'bia mot')" 'two outcomes side by side'
has 'return' out
is '1 return' "$(jq -r '"\(.beside | length) \(.beside[0].step)"' out)" 'what stands beside'
exits 2 "$ketnap" case settle 'bia mot' keep=0 --data b
c b case settle 'bia mot' keep=0 --reason 'biên bản họp'
c b sync
c a sync
is 'decided 0' "$(cj a '"\(.stage) \(.rivals)"' case show 'bia mot')" 'settled for all'
is "$paper" "$(cj a '.steps[-1].no' case show 'bia mot')" 'the number of the decision'
c a case step 'bia mot' ceremony 2022-08-20
c a sync

# --- counted ----------------------------------------------------------------------------------------
is '1 1 1 0' "$(cj a '.counted | "\(.admitted) \(.admitted_women) \(.src_student) \(.src_rural)"' case count 2022-08)" \
	'counted in August, by the decision'
c a enter monthly 2022-08 admitted=2
is 'admitted 2 1 1' "$(cj a '.differ[] | select(.measure == "admitted") | "\(.measure) \(.typed) \(.counted) \(.cases | length)"' case count 2022-08)" \
	'typed beside counted, and the case behind it'
c d sync
is '1 2 1' "$(cj d '"\(.counted.admitted) \(.cases) \(.stages.probation)"' case count 2022-08)" 'above: counts'
lacks "$second" out
c a case due --on 2023-08-15
has 'recognition' out

# --- a class and a meeting, each in one go ------------------------------------------------------------
cat >class.csv <<-CSV
case,step,day,no
bia hai,send,2022-03-01,
CSV
c a case step 'bia hai' list 2022-02-01
c a class class.csv
printf 'case,step,day\nbia hai,certify,2022-03-20\nbia mot,certify,2022-03-20\n' >class.csv
exits 1 "$ketnap" class class.csv --data a # the second cannot be: nothing of it is
has 'line 3' err
is in-class "$(cj a .stage case show 'bia hai')" 'nothing half taken'
printf 'case,step,day\nbia hai,send,2022-03-01\n' >class.csv
exits 1 "$ketnap" meeting class.csv --data a
c a case step 'bia hai' apply 2022-04-01
printf 'case,step,day,votes\nbia hai,cell,2022-05-01,8/9\n' >meeting.csv
c a meeting meeting.csv
is cell "$(cj a .stage case show 'bia hai')" 'what the meeting resolved'
c a sync
c b sync

# --- whoever reads names is known ----------------------------------------------------------------------
c a sync
is true "$(json '[.[] | select(.kind == "names-read")] | length > 5' log --unit D.A --data s)" 'readings in the log'
is true "$(json 'all(.[]; .verdict == "accepted" or .kind != "names-read")' log --unit D.A --data s)" 'all of them taken'

# --- no name in clear, anywhere --------------------------------------------------------------------------
gcore -o core "$server_pid" >/dev/null 2>&1 || true
cores=(core.*)
if [ ! -e "${cores[0]}" ]; then
	cores=()
	printf 'no gcore here: the memory of the server was not looked at\n'
fi
k backup copy --data s
c a case open "name=$third" birth=2000-01-02 sex=f day=2022-06-01
exits 1 "$ketnap" forget "$third" --reason 'theo đơn' --data a # nobody else has heard of them
has 'this case has not been sent yet' err
c a export bundle
stop_server
for name in "$first" "$second" "$third" "$paper" "$birth"; do
	nowhere "$name" s copy bundle ${cores[0]+"${cores[@]}"} a/store a/keys b d x
done
# the search finds what is in clear: the name of a person of the figures, who is no secret
is true "$([ -n "$(where 'Người a' s)" ] && echo true)" 'a name in clear is found in the store'
is true "$([ -n "$(where 'Người a' copy)" ] && echo true)" 'and in the backup'
if [ ${#cores[@]} -gt 0 ]; then
	# the mapped store is the file above; what the server holds besides are names of units
	is true "$([ -n "$(where 'Đảng bộ xã An' "${cores[@]}")" ] && echo true)" 'and one in the memory of the server'
fi

# --- forgotten, by two persons ------------------------------------------------------------------------------
serve s
c a sync
exits 1 "$ketnap" forget 'bia mot' --reason 'theo đơn' --data a
has 'has to be kept' err
exits 2 "$ketnap" forget 'bia ba' --data a
c a forget 'bia ba' why=own-right --reason 'theo đơn'
gone=$(cj a '.case' case show 'bia ba')
c a sync
asked=$(cj a .asked_to_forget case show 'bia ba')
exits 1 "$ketnap" forget 'bia ba' --confirm "$asked" --reason 'theo đơn' --data a
c b sync
c a sync
c b sync
is "$third" "$(cj b .name case show 'bia ba')" 'the second person sees who it is about'
before=$(stat -c %i s/keys/data.mdb)
c b forget 'bia ba' --confirm "$asked" --reason 'theo đơn'
c b sync
c a sync
is true "$([ "$before" != "$(stat -c %i s/keys/data.mdb)" ] && echo true)" 'the key store was written anew'
for dir in a b; do
	is 'null true' "$(cj $dir ".[] | select(.case == \"$gone\") | \"\(.name) \(.forgotten)\"" case list)" "forgotten on $dir"
done
# keys_in FILE PERSON: 1 where the file has this number; a number may hold the byte of a line's end, so not by lines
keys_in()
{
	od -An -v -tx1 "$1" | tr -d ' \n' | grep -c -- "$2" || true
}
for file in s/keys/data.mdb a/keys/data.mdb b/keys/data.mdb; do
	is 0 "$(keys_in "$file" "$gone")" "a key of theirs in $file"
done
is 1 "$(keys_in s/keys/data.mdb "$one")" 'the key of another is found the same way'
c d sync
is 3 "$(cj d .cases case count 2022-08)" 'counted all the same'
k verify --data s

# --- a disk is lost --------------------------------------------------------------------------------------
c a enter monthly 2022-09 admitted=1
c a sync # the server is told that there is a draft here
rm -r a
is 2 "$(json '[.devices[] | select(.unit == "D.A") | .drafts] | add' status --data s)" 'what the lost device held was told'
enrol e D.A clerk
c e sync
exits 1 "$ketnap" case show 'bia mot' --data e
c b sync # it hears of the new device, and hands the key over
c e sync
is "$first $second" "$(cj e '[.[] | select(.name).name] | sort | join(" ")' case list)" 'all names are back'
is "$paper" "$(cj e '[.steps[] | .no | select(.)][-1]' case show 'bia mot')" 'and the papers'

# --- the register of members, from another program's file --------------------------------------------------
cat >members.csv <<-'CSV'
unit;admitted;recognised;card;name;birth;sex;ethnicity;religion
D.A;03/02/2001;03/02/2002;BIA0001;Hoàng Bịa Sáu;01/05/1970;nữ;Kinh;Không
D.A;03/02/2011;03/02/2012;BIA0002;Vũ Bịa Bảy;02/06/1985;nam;Cơ Tu;Không
D.A;03/02/2022;;;Đặng Bịa Tám;03/07/1999;nam;Kinh;Phật giáo
CSV
c e members import members.csv --dry-run
has 'nothing was written' out
is 0 "$(cj e length members list)" 'a dry run writes nothing'
c e members import members.csv
is 'Hoàng Bịa Sáu Đặng Bịa Tám Vũ Bịa Bảy' "$(cj e '[.[] | .name] | sort_by(. == "Vũ Bịa Bảy", . == "Đặng Bịa Tám") | join(" ")' members list)" 'three members'
is 'Vũ Bịa Bảy BIA0002' "$(cj e '.[] | "\(.name) \(.card)"' members search 'VU BIA bay')" 'found without diacritics'
exits 1 "$ketnap" members import members.csv --data e
has 'is here already' err
c e members import members.csv alike=skip
is 3 "$(cj e length members list)" 'nobody twice'
printf 'unit,admitted,recognised,card,name,birth,sex,ethnicity,religion\nD.A,2001-02-03,,X1,Bịa Sai,2050-01-01,nam,,\nD.B,2001-02-03,,X2,Bịa Đúng,1970-01-01,nam,,\n' >bad.csv
exits 1 "$ketnap" members import bad.csv --data e
has 'line 2' err
is 3 "$(cj e length members list)" 'nothing half imported'
sed -i 2d bad.csv
exits 1 "$ketnap" members import bad.csv --data e
has 'is not the unit of this device' err
c e sync
c b sync
c b sync
is 'Hoàng Bịa Sáu' "$(cj b '.[0].name' members search sau)" 'the other device'
c b members end BIA0001 died 2022-09-01
c b members list
has 'and 1 who are no longer' out # they stand on the list, and are no members
exits 1 "$ketnap" members end BIA0001 died 2022-09-02 --data b
has 'ended already' err
exits 2 "$ketnap" members end BIA0002 vanished 2022-09-02 --data b
c b sync
c e sync
is 'died 2022-09-01' "$(cj e '.[] | select(.card == "BIA0001") | "\(.state) \(.ended)"' members list)" 'ended for both'
c x sync
is 0 "$(cj x length members list)" 'a sibling has its own'
for name in 'Hoàng Bịa' BIA0002 1970-05-01; do
	is '' "$(where "$name" s b/store e/store x)" "where $name stands in clear"
done

# --- a member is forgotten when no rule keeps the record any more ----------------------------------------------
exits 1 "$ketnap" forget BIA0001 --reason 'theo đơn' --data b
has '2092-09-01' err
has 'TT-BNV' err
exits 1 "$ketnap" forget BIA0002 --reason 'theo đơn' --data b
has 'while the membership lasts' err
enrol m P operator
c m act setting key=register.keep-months value=0
c m sync
c b sync
c e sync
gone=$(cj b '.[] | select(.card == "BIA0001").member' members list)
c b forget BIA0001 --reason 'theo đơn'
c b sync
c e sync
asked=$(cj e '[.[] | select(.kind == "forget" and .verdict == "accepted") | .lsn] | max' log)
exits 1 "$ketnap" forget "$gone" --confirm "$asked" --reason 'theo đơn' --data b
c e forget BIA0001 --confirm "$asked" --reason 'theo đơn'
c e sync
c b sync
for dir in b e; do
	is 'null died' "$(cj $dir ".[] | select(.member == \"$gone\") | \"\(.name) \(.state)\"" members list)" "forgotten on $dir"
done
for file in s/keys/data.mdb b/keys/data.mdb e/keys/data.mdb; do
	is 0 "$(keys_in "$file" "$gone")" "a key of theirs in $file"
done
exits 1 "$ketnap" forget BIA0002 --reason 'theo đơn' --data b
k verify --data s

# --- an act says what it touches -----------------------------------------------------------------------------
printf 'change,unit,name\nrename,D.A,Tên Mới\n' >act.csv
k act act.csv --no 1-QĐ/TU --signed 2022-10-01 --signer 'Người Ký' --effective 2022-11-01 --data s --dry-run --json
cp out touched.json
open_cases=$(cj b '[.[] | select(.forgotten or (.stage | IN("recognised", "struck-off", "ended", "refused", "withdrawn")) | not)] | length' case list)
[ "$open_cases" -gt 0 ] || fail 'no case is on its way any more'
is "$open_cases $open_cases" "$(jq -r '"\(.cases) \(.touched[0].cases)"' touched.json)" 'cases on their way'

# --- a province without a register ---------------------------------------------------------------------------
k status --data s
enrol o P operator
c o sync
c o act setting key=register value=off
c o sync
c e sync
exits 1 "$ketnap" case list --data e
has 'keeps no register' err
c e enter monthly 2022-08 admitted=1 src_rural=1 members_end=20
k verify --data s
