#!/usr/bin/env bash
# A person's record corrected field by field, by two devices without a line: different fields both stand, one field
# with two values is put to a person, and nothing is lost. Also: who is recognised is a member by themselves. All names
# here are invented.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

small_province s
enrol a D.A clerk
enrol b D.A approver
enrol d D approver
for dir in a b d; do c $dir sync; done

# meet DIR ...: each has been to the server, and heard what the others brought
meet()
{
	local dir

	for dir in "$@" "$@"; do c "$dir" sync; done
}

# --- a case: the clerk typed three things wrong --------------------------------------------------------------
c a case open name='Nguyễn Bịa Sai' birth=1998-03-04 sex=m ethnicity=KINH religion=không card=001 source=rural education=3 day=2022-01-10
one=$(cj a '.[0].case[:8]' case list)
exits 2 "$ketnap" case correct "$one" name='Nguyễn Bịa Đúng' --data a
exits 1 "$ketnap" case correct "$one" birth=2050-01-02 --reason 'gõ nhầm' --data a
has 'in the future' err
exits 1 "$ketnap" case correct "$one" birth=32/13/2000 --reason 'gõ nhầm' --data a
exits 1 "$ketnap" case correct "$one" card=001 --reason 'gõ nhầm' --data a
has 'nothing to correct' err
exits 1 "$ketnap" case correct "$one" admitted=2022-02-03 --reason 'gõ nhầm' --data a
has 'those of its steps' err
exits 2 "$ketnap" case correct "$one" zodiac=cat --reason 'gõ nhầm' --data a
# before it was ever sent
c a case correct "$one" name='Nguyễn Bịa Đúng' --reason 'gõ nhầm'
is 'Nguyễn Bịa Đúng' "$(cj a '.[0].name' case list)" 'corrected before it was sent'
meet a b d
is 'Nguyễn Bịa Đúng' "$(cj b '.[0].name' case list)" 'at the other device'
is 'Nguyễn Bịa Đúng 0' "$(cj b '.[0].name' case search 'BIA đúng') $(cj b length case search 'bia sai')" 'found by the name that stands'

# --- two devices without a line, different fields ---------------------------------------------------------------
stop_server
c a case correct "$one" birth=09/08/1999 --reason 'theo giấy khai sinh'
c b case correct "$one" sex=f ethnicity=Cơ-tu --reason 'theo căn cước'
c b case correct "$one" education=4 source=student,rural --reason 'bằng tốt nghiệp'
is '1999-08-09 m' "$(cj a '.fields | "\(.birth) \(.sex)"' case show "$one")" 'its own at once'
is '1998-03-04 f' "$(cj b '.fields | "\(.birth) \(.sex)"' case show "$one")" 'its own at once, there'
serve s
meet a b d
for dir in a b; do
	is 'Nguyễn Bịa Đúng 1999-08-09 f Cơ-tu' "$(cj $dir '.fields | "\(.name) \(.birth) \(.sex) \(.ethnicity)"' case show "$one")" \
		"both stand, silently, at $dir"
	is 0 "$(cj $dir length conflicts)" 'and nobody is asked'
done
is '4 true theo căn cước' "$(cj a '"\(.corrections | length) \(all(.corrections[]; (.values | keys) == (.stands | sort))) \(.corrections[] | select(.values.ethnicity).reason)"' \
	case show "$one")" 'who corrected what, and why'
is 'true true 4' "$(cj a '.corrections | "\(any(.[]; .values.woman)) \(any(.[]; .values.minority)) \(.[] | select(.values.education).values.education)"' \
	case show "$one")" 'what is counted goes along'
c a case show "$one"
has 'theo giấy khai sinh' out
has '  sex: female' out
c a case show "$one" --lang vi
has '  giới tính: nữ' out
has '  ngày sinh: 09/08/1999' out
c b case correct "$one" occupation=student degree=college title=associate marks=policy,foreign-spouse --reason 'theo lý lịch'
exits 2 "$ketnap" case correct "$one" occupation=poet --reason 'thử' --data b
meet b a
is 'student college associate policy,foreign-spouse' \
	"$(cj a '.corrections[0].values | "\(.occupation) \(.degree) \(.title) \(.marks)"' case show "$one")" 'what form 2 asks for'
c a case correct "$one" marks= title= --reason 'nhầm'
is '-' "$(cj a '[.corrections[] | select(.values | has("marks"))][0].values.marks' case show "$one")" 'not written down any more'
meet a b

# --- one field, two values ------------------------------------------------------------------------------------------
stop_server
c a case correct "$one" card=002 phone=0905111222 --reason 'thẻ mới'
c b case correct "$one" card=003 phone=0905111222 --reason 'đọc lại thẻ'
serve s
meet a b
is 'card 002 003' "$(cj a '[.[] | select(.field)][0] | "\(.field) \([.versions[].value] | sort | join(" "))"' conflicts)" \
	'put to a person; the telephone number is one value of two authors'
is 1 "$(cj b '[.[] | select(.field)] | length' conflicts)" 'at the other device too'
is 'field illustrative person unit versions' "$(cj a '[.[] | select(.field)][0] | keys | join(" ")' conflicts)" 'keys'
is "$(cj a .fields.card case show "$one")" "$(cj b .fields.card case show "$one")" 'one counts meanwhile, the same everywhere'
is 'D.A 1' "$(cj b '.[0] | "\(.unit) \([.versions[] | select(.counts)] | length)"' conflicts)" 'which is told'
c a conflicts
has 'two values of card' out
c a case show "$one"
has 'two values of card' out
c b case correct "$one" card=002 --reason 'thẻ 002 đúng, đã xem'
is 0 "$(cj b '[.[] | select(.field)] | length' conflicts)" 'settled here'
meet b a
is '0 002' "$(cj a '[.[] | select(.field)] | length' conflicts) $(cj a .fields.card case show "$one")" 'and there'
is '003 phone' "$(cj a '.corrections[] | select(.values.card == "003") | "\(.values.card) \(.stands | join(" "))"' case show "$one")" \
	'what gave way is still there to be seen'

# --- the body that decides opens it as corrected ------------------------------------------------------------------------
for step in 'list 2022-01-20' 'apply 2022-02-01' 'cell 2022-02-10' 'committee 2022-02-12' 'submit 2022-02-15'; do
	# shellcheck disable=SC2086
	c a case step "$one" $step
done
c a sync
keys_of_d()
{
	k log --data s --json
	jq -r '[.[] | select(.kind == "unit-key" and .unit == "D")] | length' out
}
is 1 "$(keys_of_d)" 'made by itself, when a unit below began to keep a register'
c d sync
lacks 'key was made' out
is 1 "$(keys_of_d)" 'once'
meet a d
c d sync
lacks 'key was made' out
is 'Nguyễn Bịa Đúng 1999-08-09' "$(cj d '.[0] | "\(.name) \(.birth)"' case list)" 'as corrected'
is "$one" "$(cj d '.[0].case[:8]' case search 'dung')" 'found by the body too'
exits 1 "$ketnap" case correct "$one" name='Tên Khác' --reason 'thử' --data d
has 'only the unit itself' err

# --- recognised: a member by themselves, and counted once -----------------------------------------------------------------
c a case open name='Trần Bịa Cũ' birth=1990-01-02 sex=f source=rural education=4 day=2020-01-05
two=$(cj a '.[] | select(.name == "Trần Bịa Cũ").case[:8]' case list)
for step in 'list 2020-01-20' 'apply 2020-02-01' 'cell 2020-12-10' 'committee 2020-12-12' 'decide 2021-01-05' 'ceremony 2021-01-20' 'review 2022-02-01'; do
	# shellcheck disable=SC2086
	c a case step "$two" $step
done
meet a b
stop_server
is 0 "$(cj a length members list)" 'not yet'
c b case step "$two" strike-off 2022-09-05 why=not-fit # b has not heard of it
c a case step "$two" recognise 2022-09-05
is 'Trần Bịa Cũ recognised' "$(cj a '.[0].name' members search 'bia cu') $(cj a '.[0].stage' case search 'bia cu')" 'found by the name'
is 'Trần Bịa Cũ 2021-01-20 2022-09-05 stays' "$(cj a '.[0] | "\(.name) \(.admitted) \(.recognised) \(.state)"' members list)" \
	'at once, without a line'
count='.counted | "\(.members_end) \(.members_probationary) \(.recognised)"'
is '1 0 1' "$(cj a "$count" case count 2022-09)" 'counted once'
serve s
meet a b
is 'Trần Bịa Cũ 1' "$(cj b '"\(.[0].name) \(length)"' members list)" 'and once it was sent'
is '1 0 1' "$(cj a "$count" case count 2022-09)" 'once still'
is '1 0 1' "$(cj b "$count" case count 2022-09)" 'at the other device too'
c b members correct 'bia cu' card=111222333 --reason 'thẻ đảng đã phát'
c b members end 111222333 died 2022-09-20
meet b a
is '111222333 died' "$(cj a '.[0] | "\(.card) \(.state)"' members list)" 'one record of one person'
is '0 1' "$(cj a '.counted | "\(.members_end) \(.died)"' case count 2022-09)" 'out of the balance'
# the other outcome is kept after all: nobody became a member, nor died as one
is '1 0 1' "$(cj a '"\(.beside | length)"' case show "$two") $(cj a '.counted | "\(.struck_off) \(.died)"' case count 2022-09)" 'two outcomes'
c a case settle "$two" keep=1 --reason 'biên bản họp'
for dir in a b; do
	is '0 1 0 0' "$(cj $dir length members list) $(cj $dir '.counted | "\(.struck_off) \(.died) \(.members_end)"' case count 2022-09)" \
		"struck off in probation, at $dir"
	exits 1 "$ketnap" members end 111222333 left 2022-09-21 --data $dir
	is 0 "$(cj $dir length members search 'bia cu')" 'and not found among members'
	meet a b
done

# --- recognised by mistake: nobody, at once and above ----------------------------------------------------------------------
c a case open name='Lý Bịa Nhầm' birth=1990-01-03 sex=f source=rural education=4 day=2020-01-05
three=$(cj a '.[] | select(.name == "Lý Bịa Nhầm").case[:8]' case list)
for step in 'list 2020-01-20' 'apply 2020-02-01' 'cell 2020-12-10' 'committee 2020-12-12' 'decide 2021-01-05' 'ceremony 2021-01-20' 'review 2022-02-01' 'recognise 2022-09-05'; do
	# shellcheck disable=SC2086
	c a case step "$three" $step
done
is '1 0 1' "$(cj a "$count" case count 2022-09)" 'a member'
c a members end "$three" mistake 2022-09-06 --reason 'nhập hai lần'
is '0 0 0' "$(cj a "$count" case count 2022-09)" 'written by mistake, and not sent yet'
meet a b
for dir in a b d; do
	c $dir sync
	is '0 0 0' "$(cj $dir "$count" case count 2022-09)" "counted nowhere, at $dir"
done

# --- a member of the register, and what is given to them -------------------------------------------------------------------
printf 'card,name,birth,sex,ethnicity,religion,unit,admitted,recognised\nB5,Lê Bịa Đảng,1970-01-02,nam,Kinh,Không,D.A,2001-02-03,\n' >members.csv
c a members import members.csv
c a members correct B5 religion=Phật recognised=2002-02-03 admitted=2001-02-04 --reason 'theo lý lịch đảng viên'
exits 1 "$ketnap" members correct B5 recognised=1999-01-01 --reason 'thử' --data a
is 'B5 2001-02-04 2002-02-03 Phật' "$(cj a '"\(.card) \(.admitted) \(.recognised) \(.fields.religion)"' members show B5)" 'corrected'
is 'B5' "$(cj a '.[0].card' members search 'bia dang')" 'found by the name'
c a members correct B5 name='Lê Bịa Đoàn' --reason 'theo căn cước'
is 'B5 0' "$(cj a '.[0].card' members search 'bia doan') $(cj a length members search 'bia dang')" 'by the corrected one, and by the other no more'
meet a b
is 'B5' "$(cj b '.[0].card' members search 'bia doan')" 'at the other device too'
is 'B5 2001-02-04 2002-02-03 Phật 2' "$(cj b '"\(.card) \(.admitted) \(.recognised) \(.fields.religion) \(.corrections | length)"' members show B5)" 'there'
is 'theo lý lịch đảng viên' "$(cj b '.corrections[1].reason' person export B5)" 'all of it for that person'
# --- onto the list without being admitted here: from another province, and restored -------------------------------------------
exits 1 "$ketnap" members arrive name='Võ Bịa Đến' birth=1980-05-06 admitted=2005-01-02 day=2022-09-07 --data a
has 'no=NUMBER' err
exits 1 "$ketnap" members arrive name='Võ Bịa Đến' birth=1980-05-06 admitted=2005-01-02 day=2050-09-07 no=1-GT --data a
exits 1 "$ketnap" members arrive name='Võ Bịa Đến' birth=1980-05-06 admitted=2005-01-02 day=2004-09-07 no=1-GT --data a
c a members arrive name='Võ Bịa Đến' birth=06/05/1980 sex=f card=B77 admitted=2005-01-02 recognised=2006-01-02 day=2022-09-07 no=1-GT
exits 1 "$ketnap" members arrive name='Vo bia den' birth=1980-05-06 admitted=2005-01-02 day=2022-09-07 no=1-GT --data a
has 'on the list already' err
exits 1 "$ketnap" members end B5 struck-off 2022-08-09 no=12-QĐ/BĐ dated=2050-08-05 --data a
has 'still to come' err
exits 2 "$ketnap" members end B5 struck-off 2022-08-09 number=12 --data a
c a members end B5 struck-off 2022-08-09 no=12-QĐ/BĐ dated=05/08/2022 signer='Phạm Bịa Ký'
left=$(cj a '.[] | select(.card == "B5" and .state == "struck-off").member[:8]' members list)
exits 1 "$ketnap" members restore from=B77 day=2022-09-08 no=5-QĐ --data a
has 'taken away' err
exits 1 "$ketnap" members restore from=B5 day=2022-08-01 no=5-QĐ --data a
c a members restore from=B5 day=2022-09-08 no=5-QĐ signer='Bí thư'
flows='.counted | "\(.restored) \(.moved_in_outside) \(.admitted) \(.members_end)"'
is '1 1 0 2' "$(cj a "$flows" case count 2022-09)" 'kinds of gain, none of them admitted'
is '0 1 0' "$(cj a '.counted | "\(.restored) \(.struck_off) \(.members_end)"' case count 2022-08 | sed 's/ [0-9]*$/ 0/')" 'what ended stays ended in its month'
meet a b
is '1 1 0 2' "$(cj b "$flows" case count 2022-09)" 'at the other device too'
is 'outside 2022-09-07 1-GT' "$(cj b '"\(.gain) \(.gained) \(.letter)"' members show B77)" 'with the paper'
is 'Lê Bịa Đoàn 2002-02-03 restored 5-QĐ Phật' "$(cj b '.[] | select(.card == "B5" and .state == "stays").member[:8]' members list >id
	cj b '"\(.name) \(.recognised) \(.gain) \(.letter) \(.fields.religion)"' members show "$(cat id)")" 'what was known goes along'
for dir in a b; do
	is 'struck-off 2022-08-09 12-QĐ/BĐ 2022-08-05 Phạm Bịa Ký' \
		"$(cj $dir '"\(.state) \(.ended) \(.decision) \(.decision_day) \(.decision_signer)"' members show "$left")" "with which decision, at $dir"
done
is 'null' "$(cj b .decision members show B77)" 'of whom is still one there is none'
c b members show "$left" --lang vi
has 'quyết định số: 12-QĐ/BĐ' out
has 'ngày quyết định: 05/08/2022' out
c b members show B77
has 'arrived from another province' out
for name in 'Nguyễn Bịa' 'Võ Bịa' 1999-08-09 Cơ-tu 0905111222 Phật 'Lê Bịa' 12-QĐ/BĐ 'Phạm Bịa'; do
	nowhere "$name" s s.log
done
is 0 "$(cj a '.refused' status)" 'nothing was refused'
stop_server
exits 0 "$ketnapd" verify --data s
